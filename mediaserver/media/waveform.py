"""The picture of a track's loud and soft places, in the data format of BBC audiowaveform, version 2, 8 bits.

https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md. It knows arrays of samples and no files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mediaserver.base.errors import Invalid
from mediaserver.media.planes import Floats

VERSION = 2
HEADER = struct.Struct("<iIiiIi")
"""version, flags (1: 8 bits), sample rate, samples a pixel, length in pixels, channels."""
EIGHT_BITS = 1

FINEST = 64
"""Samples a pixel that a drawing starts with."""
PIXELS = 4096
"""A drawing that grows beyond so many pixels has its pixels joined in pairs."""


class Json(TypedDict):
    """The format's JSON form."""

    version: int
    channels: int
    sample_rate: int
    samples_per_pixel: int
    bits: int
    length: int
    data: list[int]


@dataclass(frozen=True, slots=True)
class Waveform:
    """`length` pixels, each the lowest and the highest of `samples_per_pixel` samples at `rate` Hz.

    `peaks` holds them as signed bytes, low before high, pixel after pixel; the last pixel may stand for fewer samples.
    """

    rate: int
    samples_per_pixel: int
    length: int
    peaks: bytes
    bits: int = 8
    channels: int = 1

    def to_dat(self) -> bytes:
        """The format's binary form, little-endian."""
        header = (VERSION, EIGHT_BITS, self.rate, self.samples_per_pixel, self.length, self.channels)
        return HEADER.pack(*header) + self.peaks

    def to_json(self) -> Json:
        """The format's JSON form, as a dictionary."""
        return {
            "version": VERSION,
            "channels": self.channels,
            "sample_rate": self.rate,
            "samples_per_pixel": self.samples_per_pixel,
            "bits": self.bits,
            "length": self.length,
            "data": np.frombuffer(self.peaks, np.int8).tolist(),
        }


def from_dat(data: bytes) -> Waveform:
    """Read what `to_dat` wrote; raises Invalid for anything else."""
    if len(data) < HEADER.size:
        raise Invalid("These waveform data are cut off; analyse the track again.")
    version, flags, rate, samples_per_pixel, length, channels = HEADER.unpack_from(data)
    if (version, flags, channels) != (VERSION, EIGHT_BITS, 1) or len(data) != HEADER.size + 2 * length:
        raise Invalid("These are not waveform data of version 2 with 8 bits and one channel; analyse the track again.")
    return Waveform(rate, samples_per_pixel, length, data[HEADER.size :])


class Drawing:
    """Grows into a waveform while it is fed, at a resolution that follows the length: 2,048 to 4,096 pixels.

    Only a sound of less than three seconds has fewer. Memory does not grow with the sound.
    """

    def __init__(self, rate: int) -> None:
        """`rate` in Hz, for the header."""
        self._rate = rate
        self._step = FINEST
        self._length = 0
        self._lows = np.zeros(PIXELS, np.float32)
        self._highs = np.zeros(PIXELS, np.float32)
        self._rest = np.zeros(0, np.float32)

    def feed(self, channels: list[Floats]) -> None:
        """Take the next samples of every channel; as audiowaveform does, their mean is drawn."""
        samples = np.concatenate((self._rest, mix(channels)))
        while True:
            count = min(len(samples) // self._step, PIXELS - self._length)
            self._draw(samples[: count * self._step].reshape(count, self._step))
            samples = samples[count * self._step :]
            if self._length < PIXELS or not len(samples):
                break
            self._join_pairs()
        self._rest = samples.copy()

    def end(self) -> Waveform:
        """The waveform of everything that was fed."""
        if len(self._rest):
            self._draw(self._rest.reshape(1, -1))
            self._rest = self._rest[:0]
        peaks = np.stack((self._lows, self._highs), axis=1)[: self._length]
        return Waveform(self._rate, self._step, self._length, to_bytes(peaks).tobytes())

    def _draw(self, pixels: Floats) -> None:
        if not len(pixels):
            return
        place = slice(self._length, self._length + len(pixels))
        pixels.min(axis=1, out=self._lows[place])
        pixels.max(axis=1, out=self._highs[place])
        self._length += len(pixels)

    def _join_pairs(self) -> None:
        half = PIXELS // 2
        self._lows[:half] = self._lows.reshape(half, 2).min(axis=1)
        self._highs[:half] = self._highs.reshape(half, 2).max(axis=1)
        self._length = half
        self._step *= 2


def mix(channels: list[Floats]) -> Floats:
    """The mean of the channels."""
    if len(channels) == 1:
        return channels[0]
    total = channels[0] + channels[1]
    for channel in channels[2:]:
        total += channel
    total *= np.float32(1 / len(channels))
    return total


def to_bytes(peaks: Floats) -> NDArray[np.int8]:
    """Full scale to signed bytes: to 16 bits first, then divided by 256 towards zero, as audiowaveform does."""
    words = np.clip(np.nan_to_num(peaks) * 32768, -32768, 32767).astype(np.int16)
    return np.trunc(words / 256).astype(np.int8)
