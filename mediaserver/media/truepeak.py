"""The true peak of a sound: the highest value that its curve reaches between the samples (ITU-R BS.1770-5, annex 2).

It knows arrays of samples and no files. FFmpeg's ebur128 filter finds it too, but at several times the cost, and it
tells only three places after the point, which is not enough for soft sounds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mediaserver.media.planes import Floats

HALF = 16
"""Samples on either side from which a value between two samples is found."""
ROW = 32
"""Spaces between samples that are treated together."""
REACH = ROW + 2 * HALF
"""Samples on which the values in a row's spaces depend."""
BORDERS = slice(HALF - 1, HALF + ROW)
"""Where, among those, the samples lie that bound the row's spaces."""
DENSEST, FACTORS = 400_000, (8, 4, 2, 1)
"""The curve is looked at up to eight times as often as it was sampled, but not much more often than this (Hz)."""
STEEPEST = math.sqrt(2) * 1.02
"""How far a curve without anything above half the sampling rate can rise over its values at samples and half-way
between them: 1 / cos(pi / 4), with a little for the interpolation being no perfect one."""
PRODUCTS = 1 << 18
"""Multiplications in one go: a larger matrix is spread over several threads, which others need."""


class TruePeak:
    """The highest true peak of all channels of what it was fed.

    Most of a sound need not be interpolated to know that its peak is not there. A value between samples is a weighted
    sum of them, so it is at most the largest times the sum of the weights' amounts; where that is above the highest
    value so far, the values half-way are found, which leave room for less.
    """

    def __init__(self, rate: int, channels: int) -> None:
        """`rate` in Hz decides how densely the curve is looked at."""
        factor = next((factor for factor in FACTORS if factor * rate <= DENSEST), 1)
        weights = interpolator(factor)
        half_way = np.arange(1, factor) * 2 == factor
        self._weights = weights
        self._half_way = spread(weights[:, half_way])
        self._others = spread(weights[:, ~half_way])
        self._bound = float(np.abs(weights).sum(axis=0).max(initial=0))
        self._tails: list[Floats] = [np.zeros(0, np.float32)] * channels
        self._begun = False
        self._top = 0.0

    def feed(self, channels: list[Floats]) -> None:
        """Take the next samples of every channel."""
        for number, samples in enumerate(channels):
            before = self._tails[number] if self._begun else samples[HALF:0:-1]
            self._tails[number] = self._search(np.concatenate((before, samples)))
        self._begun = True

    def end(self) -> float:
        """The true peak of everything that was fed, as a part of full scale.

        As FFmpeg does, the sound is mirrored before its first sample, and not continued behind its last: that a sound
        breaks off is not to count as a peak.
        """
        for tail in self._tails:
            self._raise(float(np.abs(tail).max(initial=0)))
            if len(tail) >= 2 * HALF:
                self._raise(float(np.abs(sliding_window_view(tail, 2 * HALF) @ self._weights).max(initial=0)))
        return self._top

    def _search(self, samples: Floats) -> Floats:
        """Look through the whole rows of `samples`; return what belongs before the next ones."""
        count = max(0, (len(samples) - REACH) // ROW + 1)
        if count:
            levels = np.abs(samples[: (count + 1) * ROW]).reshape(count + 1, ROW).max(axis=1)
            self._raise(float(levels.max()))
            self._interpolate(sliding_window_view(samples, REACH)[::ROW], np.maximum(levels[:-1], levels[1:]))
        return samples[count * ROW :].copy()

    def _interpolate(self, windows: Floats, levels: Floats) -> None:
        """Interpolate the windows that could hold a higher value, the most promising first.

        `levels` are the largest amounts in each.
        """
        hopeful = np.flatnonzero(levels * self._bound > self._top)
        hopeful = hopeful[np.argsort(-levels[hopeful])]
        step = PRODUCTS // max(1, self._half_way.size)
        for start in range(0, len(hopeful), step):
            some = hopeful[start : start + step]
            if levels[some[0]] * self._bound <= self._top:
                break
            self._look_closely(windows[some])

    def _look_closely(self, windows: Floats) -> None:
        """Find the values half-way between samples, and where those come near the top, all others."""
        half_way = np.abs(windows @ self._half_way).max(axis=1, initial=0)
        self._raise(float(half_way.max()))
        known = np.maximum(half_way, np.abs(windows[:, BORDERS]).max(axis=1))
        near = windows[known * STEEPEST > self._top]
        step = PRODUCTS // max(1, self._others.size)
        for start in range(0, len(near), step):
            self._raise(float(np.abs(near[start : start + step] @ self._others).max(initial=0)))

    def _raise(self, value: float) -> None:
        self._top = max(self._top, value)


def interpolator(factor: int) -> Floats:
    """Weights for the `factor` - 1 values between two samples: shape (2 * HALF, factor - 1), a Kaiser-windowed sinc."""
    places = np.arange(1 - HALF, HALF + 1)[:, None] - np.arange(1, factor) / factor
    windowed = np.sinc(places) * np.i0(8 * np.sqrt(np.clip(1 - (places / HALF) ** 2, 0, 1)))
    return np.asarray(windowed / windowed.sum(axis=0), np.float32)


def spread(weights: Floats) -> Floats:
    """The matrix that takes a window of REACH samples to all values in a row's spaces."""
    taps, between = weights.shape
    matrix = np.zeros((REACH, ROW * between), np.float32)
    for sample in range(ROW):
        matrix[sample : sample + taps, sample * between : (sample + 1) * between] = weights
    return matrix
