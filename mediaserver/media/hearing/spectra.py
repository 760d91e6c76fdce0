"""Short-time spectra of a sound, taken once for all who listen to pitch, colour and rhythm.

Mono at 11,025 Hz is enough for all of them, and a fraction of the work. It knows blocks of samples and no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mediaserver.media.planes import Floats

Numbers = NDArray[np.float64]

RATE = 11_025
"""Samples a second that are looked at."""
LONG, LONG_HOP = 4096, 1408
"""Samples in a long spectrum and from one to the next: 372 ms and 128 ms. Lines lie 2.7 Hz apart."""
SHORT, SHORT_HOP = 512, 128
"""Samples in a short spectrum and from one to the next: 46 ms and 11.6 ms."""
SHORTS = LONG_HOP // SHORT_HOP
"""Short spectra for each long one."""
LONG_SECONDS, SHORT_SECONDS = LONG_HOP / RATE, SHORT_HOP / RATE
MOST = 12
"""Long spectra in a stretch: few calls, and all that is made of it lies in the processor's cache."""
AT_ONCE = 1 << 13
"""Samples transformed by one call: for more of them NumPy asks the system for memory, which costs more than it does."""


def edges(low: float, high: float, count: int, length: int) -> list[int]:
    """Where `count` bands between two frequencies (Hz), each as many octaves wide, begin and the last ends.

    As numbers of lines in spectra of `length` samples; no band is without a line.
    """
    first, *others = np.geomspace(low, high, count + 1) * length / RATE
    found = [round(float(first))]
    for place in others:
        found.append(max(found[-1] + 1, round(float(place))))
    return found


BANDS = 24
LIMITS = edges(40, 5400, BANDS, SHORT)
"""The bands of short spectra."""
LINES = round(4000 * LONG / RATE)
"""Lines of long spectra that are looked at."""
FLOOR = 1e-9
"""Power below which there is nothing to be heard."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a stretch of sound consists of: `long` are power spectra, shape (n, LINES), n being MOST or fewer, and
    `levels` decibels in BANDS bands of the short spectra, shape (SHORTS * n, BANDS).

    A sine of full scale has a power of 1/16 (-12 dB) in its line.
    """

    long: Floats
    levels: Floats


class Spectra:
    """Turns blocks, as `Blocks` makes them, into stretches that follow each other without a gap."""

    def __init__(self) -> None:
        self._convert = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        self._long, self._short = Transform(LONG, LONG_HOP, MOST), Transform(SHORT, SHORT_HOP, MOST * SHORTS)
        self._rest = np.zeros(0, np.float32)

    def feed(self, block: av.AudioFrame) -> Iterator[Stretch]:
        """Take the next block, which has no place in time, and yield what is complete now."""
        return self._take([samples_of(frame) for frame in self._convert.resample(block)])

    def end(self) -> Iterator[Stretch]:
        """Yield what is left, filled up with silence."""
        left = [samples_of(frame) for frame in self._convert.resample(None)]
        return self._take([*left, np.zeros(LONG, np.float32)])

    def _take(self, pieces: list[Floats]) -> Iterator[Stretch]:
        sound = np.concatenate((self._rest, *pieces))
        while (count := min(MOST, (len(sound) - LONG) // LONG_HOP + 1)) > 0:
            lines, levels = self._long.squares(sound, count), self._short.squares(sound, count * SHORTS)
            yield Stretch(lines[:, : 2 * LINES : 2] + lines[:, 1 : 2 * LINES : 2], decibels(bands(levels, LIMITS)))
            sound = sound[count * LONG_HOP :]
        self._rest = sound.copy()


class Transform:
    """Spectra of one length, made in the same piece of memory again and again: new memory would cost more than they."""

    def __init__(self, length: int, hop: int, most: int) -> None:
        """`length` of a spectrum and `hop` from one to the next, in samples; at most `most` are asked for at once."""
        self._length, self._hop = length, hop
        self._window = hann(length)
        self._pieces = np.zeros((most, length), np.float32)
        self._lines = np.zeros((most, length // 2 + 1), np.complex64)

    def squares(self, sound: Floats, count: int) -> Floats:
        """The first `count` spectra: each line's real and imaginary part squared, shape (count, length + 2).

        They are overwritten by the next.
        """
        pieces = sliding_window_view(sound, self._length)[: count * self._hop : self._hop]
        np.multiply(pieces, self._window, out=self._pieces[:count])
        some = AT_ONCE // self._length
        for row in range(0, count, some):
            rows = slice(row, min(count, row + some))
            np.fft.rfft(self._pieces[rows], axis=1, out=self._lines[rows])  # type: ignore[arg-type]
        parts = self._lines[:count].view(np.float32)
        return np.multiply(parts, parts, out=parts)


def bands(squares: Floats, limits: list[int]) -> Floats:
    """The mean power of the lines in each band, of what `squares` gave: shape (n, len(limits) - 1)."""
    sums: Floats = np.add.reduceat(squares[:, : 2 * limits[-1]], [2 * limit for limit in limits[:-1]], axis=1)
    return np.asarray(sums / np.diff(limits), np.float32)


def decibels(powers: Floats) -> Floats:
    """Powers in dB, silence as the floor's."""
    levels: Floats = np.log10(powers + np.float32(FLOOR))
    return levels * np.float32(10)


def hann(length: int) -> Floats:
    """A Hann window whose sum is one half."""
    window = np.hanning(length + 1)[:length]
    return np.asarray(window / window.sum() / 2, np.float32)


def samples_of(frame: av.AudioFrame) -> Floats:
    """The samples of a mono frame."""
    return np.frombuffer(frame.planes[0], np.float32, frame.samples)  # type: ignore[call-overload, no-any-return]
