"""A track as native FLAC (RFC 9639): every sample as it is, in frames whose sizes nobody knows before they are made."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from mediaserver.media import encode, flac_frames, fmp4, readers, renditions, sample_entries
from mediaserver.media.encode import Coding
from mediaserver.media.progressive.layout import Parts
from mediaserver.media.timeline import Original

PART = 64
"""Frames in a part: 5.6 s at 44.1 kHz."""
_LAST, _STREAMINFO = 0x80, 0
_AROUND = 20  # bytes of a frame besides its samples, at most: sections 9.1, 9.2.1 (of two channels) and 9.3


@dataclass(frozen=True)
class Flac(Parts):
    """`original` at its own rate, with `bits` (16 or 24) a sample; `tags` are blocks that end its metadata."""

    is_encoded: ClassVar[bool] = False  # it is hundreds of times faster than it plays, and takes much room
    original: Original
    bits: int
    tags: bytes = b""

    @property
    def parts(self) -> int:
        """The head, and parts of so many frames."""
        return 1 - (-self.original.samples // (PART * self._coding.frame))

    @property
    def most(self) -> int:
        """Bytes of the samples as they are, which is how a frame holds what cannot be packed (section 9.2.3)."""
        frames = -(-self.original.samples // self._coding.frame)
        return len(self._head()) + self.original.samples * self._channels * self.bits // 8 + frames * _AROUND

    def make(self, n: int) -> bytes:
        """Part `n`."""
        if n == 0:
            return self._head()
        first, length = (n - 1) * PART, self._coding.frame
        stop = min((first + PART) * length, self.original.samples)
        sound = readers.pcm(self.original, first * length, stop, self.original.rate, self._channels)
        made = encode.packets(sound, self._coding, self.original.rate)
        return b"".join(flac_frames.numbered(packet, first + k) for k, packet in enumerate(made))

    @property
    def _channels(self) -> int:
        return min(self.original.channels, 2)

    @property
    def _coding(self) -> Coding:
        return renditions.by_name(f"flac-{self.bits}")

    def _head(self) -> bytes:
        """The signature, the block of facts that must be there (RFC 9639, sections 6 and 8.2), and the others."""
        stream = fmp4.Stream(self.original.rate, self._channels, self.original.samples, self._coding.frame, 0)
        facts = sample_entries.streaminfo(stream, self.bits)
        head = _STREAMINFO if self.tags else _LAST | _STREAMINFO
        return b"fLaC" + struct.pack(">I", head << 24 | len(facts)) + facts + self.tags
