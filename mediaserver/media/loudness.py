"""How loud a sound is: integrated loudness, loudness range and true peak (EBU R 128, ITU-R BS.1770-5).

It knows arrays of samples and no files. FFmpeg's ebur128 filter finds the same to the hundredth, at three times the
cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import av
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mediaserver.media.planes import Floats
from mediaserver.media.truepeak import TruePeak
from mediaserver.media.weighting import SPAN, Weighting

GATE = -70.0
"""Loudness (LUFS) under which nothing is counted: a sound that never reaches it has no loudness."""
OFFSET = -0.691
"""What a power's decibels lack to be LUFS: the weighting's gain at 1 kHz."""
TENTHS = 10
"""Powers a second: from one measurement to the next."""
MOMENT, WHILE = 4, 30
"""Of how many of them a measurement is made: 0.4 s for the integrated loudness, 3 s for the range (EBU Tech 3342)."""
BELOW_MEAN, FAR_BELOW_MEAN = -10.0, -20.0
"""LU under the mean of what is above the gate: what is softer does not count for the integrated loudness, the range."""
SOFT, LOUD = 0.10, 0.95
"""Between which parts of the measurements the range lies."""
UNCOUNTED = {"LFE", "LFE2"}
"""Channels that do not count (FFmpeg's names)."""
FROM_BEHIND = {"BL", "BR", "BC", "SL", "SR", "SDL", "SDR", "TBL", "TBC", "TBR"}
"""Channels that count for more, and how much."""
BEHIND = 1.41


@dataclass(frozen=True, slots=True)
class Loudness:
    """`integrated` in LUFS, `range` in LU, `true_peak` in dBTP.

    Without figure is what was silent, and, but for its peak, what was shorter than the 0.4 s that a measurement takes.
    """

    integrated: float | None
    range: float | None
    true_peak: float | None


class Meter:
    """Measures the loudness of what it is fed: floats, all of one rate and layout."""

    def __init__(self, rate: int, layout: str) -> None:
        """`rate` in Hz; `layout` is FFmpeg's name, which says how much each channel counts."""
        counts = [weight(channel.name) for channel in av.AudioLayout(layout).channels]
        self._peak = TruePeak(rate, len(counts))
        self._powers = Powers(rate, counts)

    def feed(self, channels: list[Floats]) -> None:
        """Take the next samples of every channel."""
        self._peak.feed(channels)
        self._powers.feed(channels)

    def end(self) -> Loudness:
        """The loudness of everything that was fed."""
        true_peak = decibels(self._peak.end())
        powers = self._powers.end()
        integrated = mean_loudness(over(powers, MOMENT))
        if integrated is None:
            return Loudness(None, None, true_peak)
        return Loudness(round(integrated, 3), round(spread(over(powers, WHILE)), 3), true_peak)


class Powers:
    """The weighted power of all channels together in every tenth of a second."""

    def __init__(self, rate: int, counts: list[float]) -> None:
        """`rate` in Hz; `counts` says of each channel how much it counts."""
        self._counts = counts
        self._weightings = [Weighting(rate) for _ in counts]
        self._rests: list[Floats] = [np.zeros(0, np.float32)] * len(counts)
        self._tenth = max(1, rate // TENTHS)
        self._samples = 0
        self._weighed = 0
        self._sums: list[Floats] = []

    def feed(self, channels: list[Floats]) -> None:
        """Take the next samples of every channel."""
        self._samples += len(channels[0])
        if len(self._rests[0]):
            channels = [np.concatenate(pair) for pair in zip(self._rests, channels, strict=True)]
        whole = len(channels[0]) - len(channels[0]) % SPAN
        self._rests = [samples[whole:].copy() for samples in channels]
        if whole:
            self._add([samples[:whole] for samples in channels])

    def end(self) -> Floats:
        """The power of each tenth of a second that is whole."""
        self._add([np.pad(samples, (0, SPAN - len(samples))) for samples in self._rests])
        return np.concatenate(self._sums)[: self._samples // self._tenth] / np.float32(self._tenth)

    def _add(self, channels: list[Floats]) -> None:
        """Add up the power of whole spans. Their first tenth of a second may have begun before."""
        begun = self._weighed % self._tenth
        edges = np.maximum(np.arange(-begun, len(channels[0]), self._tenth), 0)
        sums = np.zeros(len(edges), np.float32)
        for samples, weighting, counts in zip(channels, self._weightings, self._counts, strict=True):
            if counts:
                weighted = weighting.weigh(samples)
                weighted *= weighted
                sums += np.float32(counts) * np.add.reduceat(weighted, edges)
        if begun:
            self._sums[-1][-1] += sums[0]
            sums = sums[1:]
        if len(sums):
            self._sums.append(sums)
        self._weighed += len(channels[0])


def weight(channel: str) -> float:
    """How much a channel counts, by FFmpeg's name of it (BS.1770-5, table 3)."""
    return 0.0 if channel in UNCOUNTED else BEHIND if channel in FROM_BEHIND else 1.0


def over(powers: Floats, count: int) -> Floats:
    """The mean power of every `count` tenths in a row."""
    return np.asarray(sliding_window_view(powers, count).mean(axis=1) if len(powers) >= count else powers[:0])


def gated(powers: Floats, below: float) -> Floats:
    """The powers that count: above the gate, and not so far `below` (LU) the mean of those that are."""
    heard = powers[powers >= power_of(GATE)]
    return heard[heard >= heard.mean() * 10 ** (below / 10)] if len(heard) else heard


def mean_loudness(powers: Floats) -> float | None:
    """The mean of the powers that count, in LUFS; None where none does."""
    counted = gated(powers, BELOW_MEAN)
    return loudness_of(float(counted.mean())) if len(counted) else None


def spread(powers: Floats) -> float:
    """From the softest to the loudest of the powers that count (LU), a few of which are left out on either side."""
    counted = np.sort(gated(powers, FAR_BELOW_MEAN))
    if not len(counted):
        return 0.0
    soft, loud = (counted[max(0, int(share * len(counted) + 0.5) - 1)] for share in (SOFT, LOUD))
    return loudness_of(float(loud)) - loudness_of(float(soft))


def loudness_of(power: float) -> float:
    """A power in LUFS."""
    return OFFSET + 10 * math.log10(power)


def power_of(loudness: float) -> float:
    """The power of so many LUFS."""
    return float(10 ** ((loudness - OFFSET) / 10))


def decibels(amplitude: float) -> float | None:
    """A part of full scale in dB; None for silence."""
    return 20 * math.log10(amplitude) if amplitude > 0 else None
