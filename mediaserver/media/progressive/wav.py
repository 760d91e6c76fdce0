"""A track as a WAV: its samples as they are, 16 bits each, or 24 for recordings that are deeper.

Multimedia Programming Interface and Data Specifications 1.0, chapter 3; RF64 above 4 GiB, EBU Tech 3306.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mediaserver.media import readers
from mediaserver.media.progressive.layout import Layout
from mediaserver.media.timeline import Original

PART = 1 << 18
"""Samples in a part: 6 s at 44.1 kHz."""
_PCM = 1
_LARGEST = (1 << 32) - 1


@dataclass(frozen=True)
class Wav(Layout):
    """`original` at its own rate, with `bits` (16 or 24) a sample; `tags` is a chunk to follow the sound."""

    is_encoded: ClassVar[bool] = False
    original: Original
    bits: int
    tags: bytes = b""

    @property
    def parts(self) -> int:
        """The header, and parts of so many samples."""
        return 1 - (-self.original.samples // PART)

    def start(self, n: int) -> int:
        """The place (bytes) of part `n`; a sound of an odd number of bytes is followed by one more, then by tags."""
        if n == 0:
            return 0
        place = len(self._header()) + self._edge(n) * self._step
        return place + place % 2 + len(self.tags) if n == self.parts else place

    def make(self, n: int) -> bytes:
        """Part `n`."""
        if n == 0:
            return self._header()
        first, last = self._edge(n), self._edge(n + 1)
        sound = readers.pcm(self.original, first, last, self.original.rate, self._channels)
        samples = whole_numbers(sound, self.bits)
        return samples if last < self.original.samples else samples + bytes(len(samples) % 2) + self.tags

    @property
    def _channels(self) -> int:
        return min(self.original.channels, 2)

    @property
    def _step(self) -> int:
        """Bytes of one sample of all channels."""
        return self._channels * self.bits // 8

    def _header(self) -> bytes:
        rate, size = self.original.rate, self.original.samples * self._step
        form = struct.pack("<HHIIHH", _PCM, self._channels, rate, rate * self._step, self._step, self.bits)
        format_chunk = b"fmt " + struct.pack("<I", len(form)) + form
        whole = 4 + len(format_chunk) + 8 + size + size % 2 + len(self.tags)
        if whole <= _LARGEST:
            return struct.pack("<4sI4s", b"RIFF", whole, b"WAVE") + format_chunk + struct.pack("<4sI", b"data", size)
        long = struct.pack("<4sIQQQI", b"ds64", 28, whole + 36, size, self.original.samples, 0)
        return (
            struct.pack("<4sI4s", b"RF64", _LARGEST, b"WAVE")
            + long
            + format_chunk
            + struct.pack("<4sI", b"data", _LARGEST)
        )

    def _edge(self, n: int) -> int:
        """The sample at which part `n` starts."""
        return min((n - 1) * PART, self.original.samples)


def whole_numbers(sound: NDArray[np.float32], bits: int) -> bytes:
    """Floats (samples, channels) as little-endian integers of 16 or 24 bits; what is too loud is cut.

    Integers that `decode` made floats of come back as they were.
    """
    full = 1 << (bits - 1)
    numbers = np.rint(np.nan_to_num(sound.astype(np.float64)) * full).clip(-full, full - 1).astype("<i4")
    return numbers.reshape(-1, 1).view(np.uint8)[:, : bits // 8].tobytes()
