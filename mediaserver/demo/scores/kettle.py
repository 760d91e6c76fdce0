"""Kettle, Before Eight: a guitar picks over a bass that walks down by steps, a harp sings above it. D major."""

from __future__ import annotations

from mediaserver.demo.notation import (
    Part,
    Score,
    Tempo,
    chord,
    higher,
    later,
    louder,
    phrase,
    picked,
    swelling,
)

_BAR = 4.0
_VERSE = [
    chord("D3 A3 D4 E4 F#4"),
    chord("C#3 A3 D4 E4 F#4"),
    chord("B2 A3 D4 E4 F#4"),
    chord("G2 A3 B3 D4 F#4"),
    chord("F#2 A3 D4 E4 A4"),
    chord("E2 G3 B3 D4 G4"),
    chord("A2 G3 A3 D4 E4"),
    chord("A2 G3 A3 C#4 E4"),
]
_BRIDGE = [
    chord("G2 B3 D4 F#4 A4"),
    chord("A2 B3 D4 E4 G4"),
    chord("F#2 A3 C#4 E4 A4"),
    chord("B2 A3 D4 F#4 B4"),
    chord("E2 G3 B3 D4 F#4"),
    chord("A2 G3 C#4 E4 G4"),
    chord("D3 A3 D4 F#4 A4"),
    chord("A2 G3 A3 C#4 E4"),
]
_CLOSE = [*_VERSE[:6], chord("A2 G3 A3 C#4 E4"), chord("D3 A3 D4 E4 F#4")]

_FIRST = """
    -/1 A4/.5 D5/.5 F#5/1.5 E5/.5 | E5/2 D5/.5 C#5/.5 A4/1 | B4/1.5 D5/.5 A5/1 F#5/1 | G5/.5 F#5/.5 E5/1 D5/2 |
    -/.5 A4/.5 D5/.5 E5/.5 F#5/1.5 A5/.5 | B5/1.5 A5/.5 G5/1 E5/1 | D5/1.5 E5/.5 D5/1 B4/1 | C#5/3 E5/1
"""
_SECOND = """
    F#5/1.5 A5/.5 F#5/1 E5/1 | E5/2 F#5/.5 E5/.5 C#5/1 | D5/1.5 E5/.5 F#5/1 A5/1 | B5/.5 A5/.5 F#5/1 D5/2 |
    -/.5 A4/.5 D5/.5 E5/.5 F#5/1.5 A5/.5 | B5/1.5 D6/.5 B5/1 G5/1 | E5/1 F#5/.5 E5/.5 D5/1 C#5/1 | D5/4
"""
_THIRD = """
    B5/2 A5/1 F#5/1 | G5/1.5 F#5/.5 E5/2 | A5/2 G5/.5 F#5/.5 E5/1 | F#5/1.5 E5/.5 D5/2 |
    G5/1 F#5/.5 E5/.5 B4/1 E5/1 | C#5/1.5 D5/.5 E5/1 G5/1 | F#5/3 D5/.5 E5/.5 | E5/3 -/1
"""
_LAST = """
    -/1 A4/.5 D5/.5 F#5/1.5 E5/.5 | E5/2 D5/.5 C#5/.5 A4/1 | B4/1.5 D5/.5 A5/1 F#5/1 | G5/.5 F#5/.5 E5/1 D5/2 |
    -/.5 A4/.5 D5/.5 E5/.5 F#5/1.5 A5/.5 | B5/1.5 A5/.5 G5/1 E5/1 | E5/1.5 F#5/.5 E5/1 C#5/1 | D5/4
"""
_BELLS = "F#6/4 | E6/4 | D6/2 A6/2 | B6/4 | A6/4 | G6/2 B6/2 | A6/4 | F#6/4"


def score() -> Score:
    """Return the piece: four bars alone, two verses, a bridge, a last verse, one chord."""
    end = 37 * _BAR
    return Score(
        Tempo(bars=(104.0,) * 34 + (98.0, 88.0, 76.0), swing=0.06, grain=0.5),
        end,
        {
            "guitar": _guitar(),
            "harp": _harp(),
            "strings": _strings(),
            "bells": later(phrase(_BELLS, 0, 0.4), 28 * _BAR),
        },
    )


def _guitar() -> Part:
    """Return the picked chords; the accent falls on the thumb, and the pattern turns round in every second section."""
    plain, turned = (0, 3, 2, 4, 1, 3, 2, 4), (0, 2, 3, 4, 3, 1, 2, 3)
    sections = ((_VERSE[:4], plain), (_VERSE, plain), (_VERSE, turned), (_BRIDGE, turned), (_CLOSE, plain))
    notes: Part = ()
    bar = 0
    for chords, pattern in sections:
        notes += later(picked(chords, pattern, 0.5, 2.4, 0.5), bar * _BAR)
        bar += len(chords)
    thumb = louder(tuple(note for note in notes if note.start % _BAR == 0.0), 1.35)
    fingers = tuple(note for note in notes if note.start % _BAR != 0.0)
    return swelling(fingers, 0.85, 1.0) + thumb + _final_chord()


def _final_chord() -> Part:
    """Return the last chord, rolled from low to high."""
    return tuple(
        note
        for place, tone in enumerate(("D2", "A2", "F#3", "A3", "E4", "A4", "D5"))
        for note in phrase(f"{tone}/4", 36 * _BAR + 0.12 * place, 0.55)
    )


def _harp() -> Part:
    """Return the melody: rising verses, a louder bridge, and a quiet end."""
    return (
        swelling(phrase(_FIRST, 4 * _BAR, 0.62), 0.9, 1.1)
        + swelling(phrase(_SECOND, 12 * _BAR, 0.68), 0.95, 1.15)
        + swelling(phrase(_THIRD, 20 * _BAR, 0.76), 1.1, 0.9)
        + louder(higher(phrase(_THIRD, 20 * _BAR, 0.76), -12), 0.45)
        + swelling(phrase(_LAST, 28 * _BAR, 0.64), 1.0, 0.7)
    )


def _strings() -> Part:
    """Return three held voices under the second verse and the bridge, moving by steps."""
    verse = """
        F#3+A3+D4/4 | E3+A3+C#4 | D3+F#3+B3 | D3+G3+B3 | D3+F#3+A3 | E3+G3+B3 | E3+G3+D4/4 | E3+G3+C#4/4
    """
    bridge = """
        D3+G3+B3/4 | D3+G3+E4 | C#3+F#3+A3 | D3+F#3+B3 | E3+G3+B3 | E3+G3+C#4 | F#3+A3+D4 | E3+A3+C#4
    """
    close = "F#3+A3+D4/8 | D3+F#3+B3/4 | D3+G3+B3/4 | D3+F#3+A3/4 | E3+G3+B3/4 | E3+A3+C#4/4 | F#3+A3+D4/8"
    return (
        swelling(phrase(verse, 12 * _BAR, 0.5), 0.6, 1.1)
        + phrase(bridge, 20 * _BAR, 0.62)
        + swelling(phrase(close, 28 * _BAR, 0.5), 1.0, 0.7)
    )
