"""Frames of MPEG-1 Layer III at a constant bit rate: their sizes, and the first one, which tells players the length.

ISO/IEC 11172-3, 2.4.2.3 for the header; the Info frame as LAME's "MP3 Info Tag" (revision 1) describes it. It encodes
nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

RATES = (32000, 44100, 48000)
BITRATES = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""kbit/s. Below 64 the Info frame does not fit into one frame."""
SAMPLES = 1152
"""In one frame."""
DELAY = 576
"""Samples that LAME's encoder puts before the sound."""
DECODER_DELAY = 529
"""Samples by which every decoder is late; players that trim know it."""

_BITRATE_INDEX = {64: 5, 80: 6, 96: 7, 112: 8, 128: 9, 160: 10, 192: 11, 224: 12, 256: 13, 320: 14}
_RATE_INDEX = {44100: 0, 48000: 1, 32000: 2}
_JOINT_STEREO, _MONO, _ORIGINAL = 0x40, 0xC0, 0x04
_SIDE_INFORMATION = {1: 17, 2: 32}  # bytes of a frame before its main data
_FRAMES, _BYTES, _PLACES, _QUALITY = 1, 2, 4, 8  # flags: which fields the Info frame has
_CONSTANT = 1  # LAME's word for a constant bit rate
_UNKNOWN = 0
_MOST = (1 << 32) - 1  # bytes that the Info frame has room for: 29 hours at 320 kbit/s; players go by its frames


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames that carry `samples` samples at `rate` Hz in `kilobits` kbit/s."""

    rate: int
    channels: int
    samples: int
    kilobits: int

    @property
    def count(self) -> int:
        """How many there are, without the Info frame: enough for the last sample to leave a decoder."""
        return -(-(DELAY + self.samples + DECODER_DELAY) // SAMPLES)

    @property
    def shortest(self) -> int:
        """Bytes of a frame without padding; the Info frame is one of them."""
        return SAMPLES // 8 * self.kilobits * 1000 // self.rate

    def place(self, k: int) -> int:
        """Bytes in the frames before frame `k`.

        A frame is padded by a byte as soon as those before it have fallen behind the bit rate, the first never: so
        LAME does, and so the sizes are known from the number alone.
        """
        behind = SAMPLES // 8 * self.kilobits * 1000 % self.rate
        return k * self.shortest - ((1 - k) * behind // self.rate if k else 0)

    def information(self) -> bytes:
        """The Info frame: silence to whoever does not know it; number of frames and bytes, and what to trim."""
        mode = _ORIGINAL | (_MONO if self.channels == 1 else _JOINT_STEREO)
        index = _BITRATE_INDEX[self.kilobits] << 4 | _RATE_INDEX[self.rate] << 2
        frame = bytes((0xFF, 0xFB, index, mode)) + bytes(_SIDE_INFORMATION[self.channels])
        length = min(self.shortest + self.place(self.count), _MOST)
        frame += struct.pack(">4sIII", b"Info", _FRAMES | _BYTES | _PLACES | _QUALITY, self.count, length)
        frame += bytes(hundredth * 256 // 100 for hundredth in range(100))
        frame += struct.pack(">I", _UNKNOWN) + self._trims(length)
        return (frame + struct.pack(">H", crc16(frame))).ljust(self.shortest, b"\0")

    def _trims(self, length: int) -> bytes:
        """LAME's part of the Info frame, up to its CRC."""
        padding = self.count * SAMPLES - DELAY - self.samples
        return (
            struct.pack(">9sBB8xBB", b"LAME3.100", _CONSTANT, _UNKNOWN, _UNKNOWN, min(self.kilobits, 255))
            + (DELAY << 12 | padding).to_bytes(3, "big")
            + struct.pack(">BBHIH", _UNKNOWN, _UNKNOWN, _UNKNOWN, length, _UNKNOWN)
        )


def crc16(data: bytes) -> int:
    """CRC-16 by the polynomial 0x8005, lowest bit first, from 0: what protects the Info frame."""
    remainder = 0
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0xA001 if remainder & 1 else 0)
    return remainder


def nearest_rate(original: int) -> int:
    """The rate (Hz) for a recording of `original` Hz: one that is a whole multiple or part of it, else the nearest."""
    related = [rate for rate in RATES if max(rate, original) % min(rate, original) == 0]
    return min(related or RATES, key=lambda rate: abs(rate - original))
