"""The Long Corridor: eight wide chords, a few bells, and towards the end something that begins to tick. A major.

It is recorded together with `lamps`, which goes on in the same tempo from its last beat.
"""

from __future__ import annotations

from mediaserver.demo.notation import Part, Score, Tempo, chord, later, louder, phrase, picked, swelling

TEMPO = Tempo(bars=(112.0,), swing=0.08)
_BAR = 4.0
_CHORDS = """
    D3+A3+C#4+E4+F#4/16 | C#3+A3+B3+E4+A4/16 | B2+A3+C#4+D4+F#4/16 | F#2+G#3+A3+C#4+E4/16 |
    D3+F#3+C#4+E4+A4/16 | E3+G#3+B3+C#4+E4/16 | F#3+A3+C#4+E4+B4/16 | E3+B3+D4+E4+A4/16
"""
_ROOTS = "D2/16 | C#2 | B1 | F#2 | D2 | E2 | F#2 | E2"
_BELLS = """
    -/4 E6/2 C#6/4 F#6/6 | -/4 B5/2 E6/3 A6/7 | -/4 F#6/2 D6/4 C#6/6 | -/6 G#5/2 C#6/8 |
    -/2 E6/2 A6/4 F#6/2 C#6/6 | -/4 B5/2 E6/4 G#6/6 | -/2 A6/2 E6/4 C#6/2 B5/6 | -/4 D6/4 E6/8
"""
_CALL = "C#5/6 B4/2 A4/8 | B4/6 C#5/2 E5/8 | A5/4 G#5/2 E5/2 C#5/8 | D5/6 B4/2 E5/8"
_TICKING = [chord("D4 A4 C#5 E5"), chord("D4 A4 C#5 F#5"), chord("E4 B4 C#5 E5"), chord("E4 G#4 B4 E5")]


def score() -> Score:
    """Return the piece: 32 bars, two thirds of them nearly without motion."""
    return Score(
        TEMPO,
        32 * _BAR,
        {
            "choir": swelling(phrase(_CHORDS, 0.0, 0.6), 0.8, 1.2),
            "ground": phrase(_ROOTS, 0.0, 0.6),
            "bells": phrase(_BELLS, 0.0, 0.5),
            "call": swelling(phrase(_CALL, 16 * _BAR, 0.5), 0.8, 1.2),
            "ticking": _ticking(),
        },
    )


def _ticking() -> Part:
    """Return the figure that the lamps go on with, out of nothing in the last ten bars."""
    figure = picked([tones for tones in _TICKING for _ in range(2)], (0, 2, 1, 3, 2, 1, 3, 2), 0.5, 0.4, 0.6)
    return swelling(louder(later(figure, 24 * _BAR), 1.0), 0.12, 1.0)
