"""How fast the beat of a recording is, in beats a minute, from where its sound begins again and again.

It knows spectra and no files. Half and double of a tempo are often as right as the tempo itself; the one is told that
lies nearer to a walk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediaserver.media.hearing import spectra
from mediaserver.media.hearing.spectra import Numbers
from mediaserver.media.planes import Floats

VERSION = 1
APART = 2
"""Short spectra between the two whose difference tells what begins: 23 ms."""
WINDOW = 1024
"""Short spectra in which the beat is looked for at once: 12 s; the windows overlap by half."""
LAGS = WINDOW // 2
"""Distances at which a sound is compared with itself, in short spectra: up to 6 s."""
SLOWEST, FASTEST = 45.0, 220.0
"""Beats a minute that are looked at."""
USUAL, SPREAD = 120.0, 0.75
"""The tempo that is nearest to all, and how many octaves away others are still likely."""
TEETH = 4
"""Beats in a row that have to agree."""
CLEAR = 0.06
"""How alike the sound must be to itself a beat later for there to be a beat."""
ACTIVE = 0.2
"""How much (dB a spectrum) has to begin at all."""
FRAMES = 60 / spectra.SHORT_SECONDS
"""Short spectra in a minute."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`tempo` in beats a minute, None where there is no beat; `activity` in dB a spectrum.

    `pattern` tells how alike the sound is to itself half a beat, a beat and two beats later.
    """

    tempo: float | None
    activity: float
    pattern: tuple[float, float, float]


class Pulse:
    """Listens for what begins, and how regularly."""

    def __init__(self) -> None:
        self._before = np.full((APART, spectra.BANDS), 10 * np.log10(spectra.FLOOR), np.float32)
        self._onsets = np.zeros(0, np.float32)
        self._alike = np.zeros(LAGS + 1)
        self._total = 0.0
        self._count = 0
        self._windows = 0

    def feed(self, stretch: spectra.Stretch) -> None:
        """Take the next stretch."""
        levels = np.concatenate((self._before, stretch.levels))
        self._before = levels[-APART:]
        rises = np.maximum(levels[APART:] - levels[:-APART], 0).mean(axis=1)
        self._total += float(rises.sum())
        self._count += len(rises)
        self._onsets = np.concatenate((self._onsets, rises))
        while len(self._onsets) >= WINDOW:
            self._look(self._onsets[:WINDOW])
            self._onsets = self._onsets[WINDOW // 2 :]

    def end(self) -> Rhythm:
        """The rhythm of everything that was fed."""
        if not self._windows and len(self._onsets):
            self._look(np.pad(self._onsets, (0, WINDOW - len(self._onsets))))
        alike = self._alike / self._alike[0] if self._alike[0] > 0 else self._alike
        period = beat(alike)
        pattern = (at(alike, period / 2), at(alike, period), at(alike, period * 2))
        activity = self._total / self._count if self._count else 0.0
        beats = pattern[1] > CLEAR and activity > ACTIVE
        tempo = float(FRAMES / finer(alike, period)) if beats else None
        return Rhythm(tempo, activity, pattern)

    def _look(self, onsets: Floats) -> None:
        """Compare a window with itself at every distance."""
        steady = onsets - onsets.mean()
        lines = np.fft.rfft(steady, 2 * WINDOW)
        alike = np.fft.irfft(lines.real**2 + lines.imag**2)[: LAGS + 1]
        self._alike += alike * (WINDOW / (WINDOW - np.arange(LAGS + 1)))
        self._windows += 1


def beat(alike: Numbers) -> float:
    """The most likely distance from beat to beat, in short spectra."""
    tempos = np.geomspace(SLOWEST, FASTEST, 480)
    periods = FRAMES / tempos
    support = np.mean([at_all(alike, periods * tooth) for tooth in range(1, TEETH + 1)], axis=0)
    likely = np.exp(-0.5 * (np.log2(tempos / USUAL) / SPREAD) ** 2)
    return float(periods[np.argmax(support * likely)])


def finer(alike: Numbers, period: float) -> float:
    """The period again, measured over as many beats as there are."""
    for beats in (2, 4, 8):
        place = round(period * beats)
        if place + 3 > LAGS:
            break
        near = alike[place - 2 : place + 3]
        top = int(np.argmax(near))
        if 0 < top < len(near) - 1:
            low, middle, high = near[top - 1 : top + 2]
            period = (place - 2 + top + 0.5 * (low - high) / (low - 2 * middle + high)) / beats
    return period


def at(alike: Numbers, lag: float) -> float:
    """How alike the sound is to itself at a distance between two lags."""
    return float(at_all(alike, np.array([lag]))[0])


def at_all(alike: Numbers, lags: Numbers) -> Numbers:
    """The same for many distances; beyond those that were compared there is nothing."""
    return np.interp(lags, np.arange(len(alike)), alike, right=0.0)
