"""Every Lamp On: a house beat, chords that breathe with the kick, a tune to whistle. It follows `corridor` at once."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.demo.notation import (
    Note,
    Part,
    Score,
    beaten,
    chord,
    comped,
    higher,
    later,
    louder,
    phrase,
    picked,
    pitch,
    repeated,
    swelling,
)
from mediaserver.demo.scores.corridor import TEMPO

BARS = 44
_BAR = 4.0
_CHORDS = [
    chord("F#3 A3 C#4 E4"),
    chord("G#3 B3 C#4 E4"),
    chord("A3 C#4 E4 G#4"),
    chord("G#3 B3 C#4 E4"),
    chord("F#3 A3 C#4 E4"),
    chord("G#3 B3 E4 F#4"),
    chord("A3 C#4 E4 A4"),
    chord("G#3 B3 D4 E4"),
]
_ROOTS = ("D2", "E2", "F#2", "C#2", "D2", "E2", "F#2", "E2")
_FIGURES = [chord("D4 A4 C#5 E5"), chord("E4 B4 C#5 E5"), chord("F#4 A4 C#5 G#5"), chord("E4 G#4 C#5 E5")]
_TUNE = """
    C#5/1.5 E5/.5 F#5/1 E5/1 | B4/1.5 C#5/.5 E5/2 | A4/1 C#5/1 B4/.5 A4/.5 C#5/1 | G#4/3 -/1 |
    C#5/1.5 E5/.5 A5/1 G#5/1 | F#5/1 E5/1 B4/1 C#5/1 | E5/1.5 C#5/.5 A4/1 B4/1 | B4/2 -/2
"""
_BELOW = """
    A4/1.5 C#5/.5 C#5/1 C#5/1 | G#4/1.5 A4/.5 B4/2 | F#4/1 A4/1 G#4/.5 F#4/.5 A4/1 | E4/3 -/1 |
    A4/1.5 C#5/.5 F#5/1 E5/1 | D5/1 B4/1 G#4/1 A4/1 | C#5/1.5 A4/.5 F#4/1 G#4/1 | G#4/2 -/2
"""
_BREAK = "F#6/2 E6/2 | C#6/4 | A5/2 B5/2 | C#6/2 E6/2"
_WITH_BEAT = (*range(24), *range(28, 42))


def score() -> Score:
    """Return the piece: the beat comes in at once, the tune after sixteen bars, four bars rest, then all."""
    return Score(
        TEMPO,
        BARS * _BAR,
        _drums()
        | {
            "bass": _bass((*range(2, 24), *range(28, 42))),
            "chords": comped(_round(BARS - 1), ((0.0, 3.9),), _BAR, 0.6),
            "figure": _figure(),
            "tune": swelling(phrase(_TUNE, 16 * _BAR, 0.62), 0.9, 1.1) + phrase(_TUNE, 32 * _BAR, 0.72),
            "below": phrase(_BELOW, 32 * _BAR, 0.5),
            "bells": swelling(phrase(_BREAK, 24 * _BAR, 0.6), 0.8, 1.1) + phrase("C#6+F#6/8", 42 * _BAR, 0.5),
            "end": phrase("D2+D3+F#3+A3+C#4+E4/7", 42 * _BAR, 0.6),
        },
    )


def _round(bars: int) -> list[tuple[int, ...]]:
    """Return the chords of the first bars, round and round."""
    return [_CHORDS[bar % 8] for bar in range(bars - 1)]


def _in(bars: Iterable[int], part: Part) -> Part:
    """Return a part of one bar, played in each of `bars`."""
    return tuple(note for bar in bars for note in later(part, bar * _BAR))


def _drums() -> dict[str, Part]:
    """Return the kit: the kick from the first beat, hats after two bars, the clap after eight, one roll."""
    full = (*range(8, 24), *range(28, 42))
    return {
        "kick": _in(_WITH_BEAT, beaten("X... X... X... X...")),
        "clap": _in(full, beaten(".... X... .... X..."))
        + later(swelling(beaten("x.x.x.xx xxxxxxxx"), 0.4, 1.2), 27 * _BAR),
        "hat": _in((*range(2, 24), *range(28, 42)), beaten("o.xo o.xo o.xo o.xx")),
        "open hat": _in((*range(4, 24), *range(28, 42)), beaten("..x. ..x. ..x. ..x.")),
    }


def _bass(bars: Iterable[int]) -> Part:
    """Return the bass line: it keeps clear of the kick, and jumps an octave at the end of the bar."""
    notes: list[Note] = []
    for bar in bars:
        root = pitch(_ROOTS[bar % 8])
        for beat, length, interval, velocity in (
            (0.5, 0.4, 0, 0.75),
            (1.25, 0.25, 0, 0.5),
            (1.5, 0.4, 0, 0.75),
            (2.5, 0.4, 0, 0.75),
            (3.25, 0.25, 7, 0.5),
            (3.5, 0.4, 12, 0.65),
        ):
            notes.append(Note(bar * _BAR + beat, length, root + interval, velocity))
    return tuple(notes)


def _figure() -> Part:
    """Return the ticking arpeggio, in sixteenths once the beat is full, an octave higher in the last round."""
    slow = picked([_FIGURES[bar % 4] for bar in range(8)], (0, 2, 1, 3, 2, 1, 3, 2), 0.5, 0.4, 0.6)
    pattern = (0, 2, 1, 3, 2, 3, 1, 2, 0, 3, 2, 1, 3, 2, 1, 2)
    quick = picked([_FIGURES[bar % 4] for bar in range(4)], pattern, 0.25, 0.22, 0.5)
    return (
        slow
        + later(repeated(quick, 4 * _BAR, 4), 8 * _BAR)
        + later(louder(slow[:32], 0.8), 24 * _BAR)
        + later(repeated(quick, 4 * _BAR, 1), 28 * _BAR)
        + later(repeated(higher(quick, 12), 4 * _BAR, 2), 32 * _BAR)
        + later(swelling(slow[:16], 0.8, 0.2), 40 * _BAR)
    )
