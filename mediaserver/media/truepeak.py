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
ROW = 2 * HALF
"""Spaces between samples that are treated together; the values in them depend on two rows of samples."""
ROWS = 256
"""Rows that are multiplied at once: a larger matrix is spread over several threads, which others need."""
CLOSE = 1024
"""Spaces that are looked at closely at once, for the same reason."""
DENSEST, FACTORS = 400_000, (8, 4, 2, 1)
"""The curve is looked at up to eight times as often as it was sampled, but not much more often than this (Hz)."""
STEEPEST = math.sqrt(2) * 1.02
"""How far a curve without anything above half the sampling rate can rise, where it is highest, over its nearest value
at a sample or half-way: 1 / cos(pi / 4), with a little for the interpolation being no perfect one."""


class TruePeak:
    """The highest true peak of all channels of what it was fed.

    Most of a sound need not be interpolated densely to know that its peak is not there. A value between samples is a
    weighted sum of them, so it is at most the largest times the sum of the weights' amounts; where that is above the
    highest value so far, the values half-way are found, which leave room for less.
    """

    def __init__(self, rate: int, channels: int) -> None:
        """`rate` in Hz decides how densely the curve is looked at."""
        factor = next((factor for factor in FACTORS if factor * rate <= DENSEST), 1)
        weights = interpolator(factor)
        half_way = np.arange(1, factor) * 2 == factor
        self._weights = weights
        self._early, self._late = spread(weights[:, half_way].sum(axis=1))
        self._others = weights[:, ~half_way]
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
            if len(tail) >= 2 * HALF:
                self._raise(np.abs(sliding_window_view(tail, 2 * HALF) @ self._weights))
        return self._top

    def _search(self, samples: Floats) -> Floats:
        """Look through the whole rows of `samples`; return what belongs before the next ones."""
        amounts = np.abs(samples)
        self._raise(amounts)
        count = max(0, len(samples) // ROW - 1)
        if count and amounts.max() * self._bound > self._top:
            self._interpolate(samples[: (count + 1) * ROW], amounts)
        return samples[count * ROW :].copy()

    def _interpolate(self, samples: Floats, amounts: Floats) -> None:
        """Find the values half-way between samples, and where those come near the top, all others."""
        half_way = self._half_way(samples.reshape(-1, ROW))
        np.abs(half_way, out=half_way)
        self._raise(half_way)
        known = np.maximum(half_way, amounts[HALF - 1 :][: len(half_way)], out=half_way)
        np.maximum(known, amounts[HALF:][: len(known)], out=known)
        near = np.flatnonzero(known > self._top / STEEPEST)
        for start in range(0, len(near), CLOSE):
            windows = samples[near[start : start + CLOSE, None] + np.arange(2 * HALF)]
            self._raise(np.abs(windows @ self._others))

    def _half_way(self, rows: Floats) -> Floats:
        """The values half-way between samples, from the middle of the first row to that of the last."""
        values = np.empty_like(rows[:-1])
        for first in range(0, len(values), ROWS):
            last = min(first + ROWS, len(values))
            np.matmul(rows[first:last], self._early, out=values[first:last])
            values[first:last] += rows[first + 1 : last + 1] @ self._late
        return values.reshape(-1)

    def _raise(self, amounts: Floats) -> None:
        self._top = max(self._top, float(amounts.max(initial=0)))


def interpolator(factor: int) -> Floats:
    """Weights for the `factor` - 1 values between two samples: shape (2 * HALF, factor - 1), a Kaiser-windowed sinc."""
    places = np.arange(1 - HALF, HALF + 1)[:, None] - np.arange(1, factor) / factor
    windowed = np.sinc(places) * np.i0(8 * np.sqrt(np.clip(1 - (places / HALF) ** 2, 0, 1)))
    return np.asarray(windowed / windowed.sum(axis=0), np.float32)


def spread(weights: Floats) -> tuple[Floats, Floats]:
    """The matrices that take two rows of samples to one value in each of ROW spaces, which together are that value."""
    matrix = np.zeros((2 * ROW, ROW), np.float32)
    for space in range(ROW):
        matrix[space : space + 2 * HALF, space] = weights
    return matrix[:ROW], matrix[ROW:]
