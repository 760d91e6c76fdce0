"""Which key a recording is in, from how much of each of the twelve notes it holds.

It knows spectra and no files. The tuning need not be 440 Hz. The profiles of notes in major and minor keys are those of
Temperley, "What's Key for Key? The Krumhansl-Schmuckler Key-Finding Algorithm Reconsidered", Music Perception 17, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mediaserver.media.hearing import spectra
from mediaserver.media.hearing.spectra import Numbers
from mediaserver.media.planes import Floats

VERSION = 1
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)
LOW, HIGH = 100.0, 2000.0
"""Hz between which notes are looked for."""
LINES = slice(round(LOW * spectra.LONG / spectra.RATE), round(HIGH * spectra.LONG / spectra.RATE))
FINE = 10
"""Steps of a semitone in which pitches are counted."""
STEPS = 12 * FINE
MIDDLE_C = 440 * 2 ** (-9 / 12)
QUIET = 1e-8
"""Power of the highest line below which nothing is to be heard."""
FAINT = 1e-4
"""A line with less than this part of the highest one's power is no note."""
CERTAIN = 0.5
"""How well the notes must fit a key's profile (correlation) for there to be a key."""


@dataclass(frozen=True, slots=True)
class Tonality:
    """`key` is a name such as "A minor", None where there is none; `fit` says how well it fits (-1 to 1).

    `notes` are the parts of the twelve notes from C on, together 1, or nothing at all.
    """

    key: str | None
    fit: float
    notes: tuple[float, ...]


class Chroma:
    """Counts the notes of what it is fed."""

    def __init__(self) -> None:
        self._pitches = np.zeros(STEPS)

    def feed(self, stretch: spectra.Stretch) -> None:
        """Take the next stretch."""
        power = stretch.long[:, LINES.start - 1 : LINES.stop + 1]
        top = power.max(axis=1, keepdims=True)
        middle = power[:, 1:-1]
        peaks = (middle > power[:, :-2]) & (middle >= power[:, 2:]) & (middle > FAINT * top) & (top > QUIET)
        rows, lines = np.nonzero(peaks)
        places, heights = between_lines(power, rows, lines + 1)
        hertz = (places + LINES.start - 1) * (spectra.RATE / spectra.LONG)
        steps = np.round(STEPS * np.log2(hertz / MIDDLE_C)).astype(np.int64) % STEPS
        shares = heights / np.bincount(rows, heights, len(power))[rows]
        self._pitches += np.bincount(steps, shares, STEPS)

    def end(self) -> Tonality:
        """The key of everything that was fed."""
        notes = folded(self._pitches)
        if not notes.any():
            return Tonality(None, 0.0, (0.0,) * 12)
        best, name = max((fit(profile, notes), name) for name, profile in KEYS.items())
        return Tonality(name if best >= CERTAIN else None, best, tuple(map(float, notes)))


KEYS = {
    f"{name} {mode}": np.roll(profile, tonic)
    for mode, profile in (("major", MAJOR), ("minor", MINOR))
    for tonic, name in enumerate(NAMES)
}
"""The profile of each key, from C on."""


def between_lines(power: Floats, rows: NDArray[np.int64], lines: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Where, between the lines, peaks lie, and their amplitudes: a parabola is laid through three logarithms."""
    low, middle, high = (np.log(power[rows, lines + step] + np.float32(1e-20)) for step in (-1, 0, 1))
    aside = 0.5 * (low - high) / np.minimum(low - 2 * middle + high, np.float32(-1e-6))
    return lines + np.clip(aside, -0.5, 0.5), np.exp(middle / 2)


def folded(pitches: Numbers) -> Numbers:
    """Fine steps to the parts of twelve notes, by the tuning that most of the pitches agree on."""
    if not pitches.any():
        return np.zeros(12)
    turns = np.exp(2j * np.pi * np.arange(STEPS) / FINE)
    tuning = round(FINE * float(np.angle(pitches @ turns)) / (2 * np.pi))
    notes = np.roll(pitches, FINE // 2 - tuning).reshape(12, FINE).sum(axis=1)
    return np.asarray(notes / notes.sum())


def fit(profile: Numbers, notes: Numbers) -> float:
    """The correlation of the notes with a key's profile."""
    one, other = profile - profile.mean(), notes - notes.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size else 0.0
