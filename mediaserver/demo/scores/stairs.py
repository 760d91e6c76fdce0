"""Thirteen Stairs: electric piano and vibraphone over a lazy beat. C minor, in a turn of chords that never lands."""

from __future__ import annotations

from mediaserver.demo.notation import (
    Note,
    Part,
    Score,
    Tempo,
    beaten,
    chord,
    comped,
    later,
    phrase,
    pitch,
    repeated,
    swelling,
)

_BAR = 4.0
_ROUND = [
    chord("Ab3 C4 Eb4 G4"),
    chord("Ab3 C4 D4 G4"),
    chord("G3 Bb3 D4 F4"),
    chord("G3 Bb3 C4 Eb4"),
    chord("F3 Ab3 C4 D4"),
    chord("F3 Ab3 B3 Eb4"),
    chord("Eb3 G3 Bb3 D4"),
    chord("E3 G3 Bb3 Db4"),
]
_ROOTS = ("F2", "Bb1", "Eb2", "Ab1", "D2", "G1", "C2", "C2")
_NEXT = ("B1", "E2", "A1", "Db2", "Ab1", "Db2", "B1", "E2")
_RHYTHMS = (((0.0, 1.25), (1.5, 0.4), (2.75, 1.1)), ((0.0, 0.9), (1.75, 1.2), (3.5, 0.4)))
_CALL = """
    -/.5 C5/.5 Eb5/.5 G5/1 F5/.5 Eb5/1 | D5/1.5 C5/.5 Bb4/.75 G4/1.25 |
    -/.5 Bb4/.5 D5/.5 F5/1 D5/.5 Bb4/1 | C5/3 -/1 |
    -/.5 Ab5/.5 F5/.5 D5/1 C5/.5 Ab4/1 | B4/1 D5/.5 F5/.5 Ab5/.75 G5/1.25 |
    Eb5/1.5 D5/.5 C5/.5 G4/1.5 | -/1 Bb4/.5 Db5/.5 C5/.5 Bb4/.5 -/1
"""
_ANSWER = """
    C5/.75 Eb5/.25 G5/.5 Bb5/1 Ab5/.5 G5/1 | F5/.75 G5/.25 D5/1 -/.5 C5/.5 D5/.5 F5/.5 |
    G5/1.5 F5/.5 D5/.5 Bb4/1.5 | -/.5 Eb5/.5 C5/.5 Bb4/.5 G4/2 |
    F5/.75 Ab5/.25 C6/.5 Ab5/1 F5/.5 D5/1 | Eb5/.75 D5/.25 B4/1 -/.5 G4/.5 B4/.5 D5/.5 |
    G5/1.5 Eb5/.5 D5/.5 C5/1.5 | Bb4/.5 G4/.5 E4/.5 G4/.5 Db5/1 -/1
"""
_LAST_BAR = 28


def score() -> Score:
    """Return the piece: four bars of piano, then rounds of eight with a call, an answer, and a call again."""
    groove = 24
    drums = {
        "kick": later(repeated(beaten("X....... ..X..o.. | X......o ..X....."), 8.0, groove // 2), 16.0),
        "rim": later(repeated(beaten("....X... ....X..o | ....X..o ....X..."), 8.0, groove // 2), 16.0),
        "hat": later(_varied(repeated(beaten("x.o.x.ox x.o.x.o."), 4.0, groove)), 16.0),
        "brush": later(repeated(beaten("o...x... o...x..."), 4.0, groove + 1), 12.0),
    }
    keys = {"piano": _piano(), "bass": _bass(), "vibraphone": _vibraphone()}
    return Score(Tempo(bars=(84.0,) * 27 + (80.0, 72.0), swing=0.24, grain=0.25), (_LAST_BAR + 2) * _BAR, keys | drums)


def _piano() -> Part:
    """Return the chords: long ones at first, then two rhythms in turn, and one held chord at the end."""
    opening = comped(_ROUND[4:], ((0.0, 2.2), (2.5, 1.4)), _BAR, 0.45)
    rounds: Part = ()
    for number, chords in enumerate(_ROUND * 3):
        rounds += later(comped([chords], _RHYTHMS[number % 2], _BAR, 0.5 + 0.06 * (number // 8)), (4 + number) * _BAR)
    last = phrase("Ab2+Ab3+C4+Eb4+G4+Bb4/7", _LAST_BAR * _BAR, 0.5)
    return swelling(opening, 0.7, 1.0) + rounds + last


def _bass() -> Part:
    """Return root, a quick lift, the octave, and a step towards the next root."""
    notes: list[Note] = []
    for number in range(24):
        bar = (4 + number) * _BAR
        root, lead = pitch(_ROOTS[number % 8]), pitch(_NEXT[number % 8])
        notes += [
            Note(bar, 1.3, root, 0.8),
            Note(bar + 1.75, 0.25, root, 0.5),
            Note(bar + 2.5, 0.8, root + (12 if number % 2 else 7), 0.65),
            Note(bar + 3.5, 0.4, lead, 0.6),
        ]
    return (*notes, Note(_LAST_BAR * _BAR, 6.0, pitch("F1"), 0.7))


def _vibraphone() -> Part:
    """Return the melody, with an answer that is played harder, and three notes over the last chord."""
    return (
        swelling(phrase(_CALL, 12 * _BAR, 0.6), 0.9, 1.1)
        + swelling(phrase(_ANSWER, 20 * _BAR, 0.72), 0.95, 1.05)
        + phrase("-/1 G5/1 Bb5/1 C6/1 | G6/4", _LAST_BAR * _BAR, 0.45)
    )


def _varied(part: Part) -> Part:
    """Return a drum part in which the same stroke comes from four takes in turn."""
    return tuple(Note(note.start, note.length, 60 + place % 4, note.velocity) for place, note in enumerate(part))
