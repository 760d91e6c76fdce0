"""Last One Up: a slow waltz for a felt piano, alone in the dark. B flat major."""

from __future__ import annotations

from mediaserver.demo.notation import Note, Part, Score, Tempo, chord, phrase, pitch, swelling

_BAR = 3.0
_FIRST = (
    ("Bb2", "A3 D4 F4"),
    ("Eb2", "G3 Bb3 D4"),
    ("Bb2", "A3 D4 F4"),
    ("Eb2", "G3 Bb3 D4"),
    ("G2", "Bb3 D4 F4"),
    ("C3", "G3 Bb3 Eb4"),
    ("F2", "Bb3 C4 Eb4"),
    ("F2", "A3 C4 Eb4"),
)
_SECOND = (
    ("Bb2", "A3 D4 F4"),
    ("F#2", "A3 C4 D4"),
    ("G2", "G3 Bb3 D4"),
    ("F2", "G3 Bb3 D4"),
    ("Eb2", "G3 Bb3 D4"),
    ("Eb2", "Gb3 Bb3 C4"),
    ("D2", "F3 Bb3 D4"),
    ("F2", "G3 A3 Eb4"),
    ("Bb2", "F3 Bb3 D4"),
)
_MIDDLE = (
    ("G2", "Bb3 D4 F4"),
    ("D2", "A3 C4 F4"),
    ("Eb2", "G3 Bb3 D4"),
    ("D2", "F3 Bb3 D4"),
    ("C2", "G3 Bb3 Eb4"),
    ("G2", "Bb3 D4 F4"),
    ("F2", "G3 Bb3 Eb4"),
    ("F2", "A3 C4 Eb4"),
)
_TUNE_FIRST = """
    -/1 D5/1 F5/1 | G5/2 F5/1 | D5/2 C5/1 | Bb4/3 | -/1 Bb4/1 D5/1 | Eb5/2 D5/1 | C5/1.5 D5/.5 Bb4/1 | C5/3
"""
_TUNE_SECOND = """
    -/1 D5/1 F5/1 | A5/2 F#5/1 | G5/1.5 F5/.5 D5/1 | Bb4/3 |
    -/1 G4/1 Bb4/1 | C5/1.5 Bb4/.5 Gb4/1 | F4/1 Bb4/1 D5/1 | C5/2 A4/1 | Bb4/3
"""
_TUNE_MIDDLE = """
    D5/1 G5/1 A5/1 | F5/2 D5/1 | Eb5/1 F5/1 G5/1 | D5/3 | Eb5/1 D5/1 C5/1 | Bb4/2 D5/1 | C5/3 | -/3
"""
_BREATH = (72.0, 78.0, 80.0, 74.0)


def score() -> Score:
    """Return the piece: two strains, a middle, the second strain again, ever slower. The tempo breathes in fours."""
    bars = _FIRST + _SECOND + _MIDDLE + _SECOND
    tempo = (*(_BREATH[number % 4] for number in range(len(bars) - 5)), 72.0, 68.0, 62.0, 54.0, 48.0)
    return Score(Tempo(tempo, meter=_BAR), len(bars) * _BAR, {"left": _left(bars), "right": _right()})


def _left(bars: tuple[tuple[str, str], ...]) -> Part:
    """Return the waltz: a low note that rings through the bar, and a chord on the second beat, softer."""
    notes: list[Note] = []
    for number, (low, tones) in enumerate(bars):
        start = number * _BAR
        notes.append(Note(start, 3.2, pitch(low), 0.5))
        notes += [Note(start + 1.0 + 0.02 * place, 2.1, tone, 0.34) for place, tone in enumerate(chord(tones))]
    return (*notes, Note((len(bars) - 1) * _BAR + 2.0, 4.0, pitch("Bb1"), 0.4))


def _right() -> Part:
    """Return the melody, each strain a hill, the last one going down only, and a last high note."""
    return (
        _hill(_TUNE_FIRST, 0, 0.56)
        + _hill(_TUNE_SECOND, 8, 0.62)
        + _hill(_TUNE_MIDDLE, 17, 0.7)
        + swelling(phrase(_TUNE_SECOND, 25 * _BAR, 0.58), 1.0, 0.7)
        + phrase("F5/3", 33 * _BAR + 1.0, 0.36)
        + phrase("Bb5/4", 33 * _BAR + 2.0, 0.34)
    )


def _hill(text: str, bar: int, velocity: float) -> Part:
    """Return a phrase that swells towards its middle and comes back."""
    notes = phrase(text, bar * _BAR, velocity)
    half = len(notes) // 2
    return swelling(notes[:half], 0.85, 1.15) + swelling(notes[half:], 1.15, 0.8)
