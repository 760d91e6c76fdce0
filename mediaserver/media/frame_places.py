"""Where the frames of a bare MP3 or AAC stream lie.

Such files have no index, and FFmpeg finds a place by reading every packet before it: a quarter of a second in two
hours of MP3. Here only the heads are looked at, and each only once. It decodes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from struct import Struct, error
from typing import BinaryIO

STRIDE = 64
"""The place of every so many-th frame is kept; the last steps to a frame between are walked when it is asked for."""
BLOCK = 1 << 21
"""Bytes that are read at once."""
HEAD = 7
"""Bytes of the longer of the two kinds of head."""

_MPEG_RATES = (44100, 48000, 32000)
_MPEG_KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_LOW_RATE_KILOBITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


class Broken(Exception):
    """Where a frame should begin there is something else."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of frames: how long each sounds (seconds), the most bytes of one, and what holds for every head.

    `fixed` are places in the head with a mask and the value under it; `step` goes over so many frames in a block.
    """

    duration: Fraction
    longest: int
    fixed: tuple[tuple[int, int, int], ...]
    step: Callable[[bytes | bytearray, int, int], int]


class Places:
    """The places (bytes) of the frames of one file, found as far as they were asked for."""

    def __init__(self, path: Path, first: int, kind: Kind) -> None:
        """`first` is the place of the first frame."""
        self._path = path
        self._kind = kind
        self._found = [first]
        self._ended = False

    @property
    def duration(self) -> Fraction:
        """How long each frame sounds (seconds)."""
        return self._kind.duration

    def before(self, time: Fraction) -> tuple[int, Fraction] | None:
        """The place of the frame that holds `time` (seconds after the first begins), and when that frame begins.

        None where that cannot be told: behind the end, or behind something that is no frame.
        """
        number = max(0, int(time / self._kind.duration))
        stretch, rest = divmod(number, STRIDE)
        with self._path.open("rb", buffering=0) as file:
            while len(self._found) <= stretch and not self._ended:
                self._go_on(file)
            if len(self._found) <= stretch:
                return None
            near = bytearray(STRIDE * self._kind.longest + HEAD)
            size = filled(file, near, self._found[stretch])
        try:
            return self._found[stretch] + self._walked(near, size, 0, rest), number * self._kind.duration
        except Broken:
            return None

    def _go_on(self, file: BinaryIO) -> None:
        """Find the frames of one more block."""
        block = bytearray(BLOCK)
        start, at = self._found[-1], 0
        size = filled(file, block, start)
        try:
            while at <= BLOCK - STRIDE * self._kind.longest - HEAD:
                at = self._walked(block, size, at, STRIDE)
                self._found.append(start + at)
        except Broken:
            self._ended = True

    def _walked(self, block: bytearray, size: int, at: int, count: int) -> int:
        """The place in a block of `size` bytes that lies `count` frames behind `at`; raises Broken for no frame."""
        try:
            at = self._kind.step(block, at, count)
        except (IndexError, error):
            raise Broken from None
        if at + HEAD > size or not fits(block[at : at + HEAD], self._kind):
            raise Broken
        return at


def filled(file: BinaryIO, block: bytearray, place: int) -> int:
    """Read a block from `place` on; return how many bytes there were."""
    file.seek(place)
    return file.readinto(block)  # type: ignore[attr-defined, no-any-return]


def fits(head: bytes | bytearray, kind: Kind) -> bool:
    """Whether a frame of this kind can begin so."""
    return all(head[place] & mask == value for place, mask, value in kind.fixed) and kind.step(head, 0, 1) > 0


def kind_of(head: bytes, codec: str) -> Kind | None:
    """The kind of frames of which one begins with `head`, the codec being FFmpeg's "mp3" or "aac".

    None where a frame's length cannot be told from its head.
    """
    kind = mpeg(head) if codec == "mp3" else adts(head) if codec == "aac" else None
    return kind if kind is not None and fits(head, kind) else None


def mpeg(head: bytes) -> Kind | None:
    """Frames of Layer III (ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-3 for the lower rates)."""
    version, index = head[1] >> 3 & 3, head[2] >> 2 & 3
    if head[0] != 0xFF or head[1] & 0xE6 != 0xE2 or version == 1 or index == 3:
        return None
    rate = _MPEG_RATES[index] >> (0, 0, 1, 0)[version] >> (2 if version == 0 else 0)
    samples, kilobits = (1152, _MPEG_KILOBITS) if version == 3 else (576, _LOW_RATE_KILOBITS)
    sizes = [0] * 256
    for byte in range(256):
        if byte >> 2 & 3 == index and kilobits[byte >> 4]:
            sizes[byte] = samples * 125 * kilobits[byte >> 4] // rate + (byte >> 1 & 1)

    def step(block: bytes | bytearray, at: int, count: int) -> int:
        for _ in repeat(None, count):
            at += sizes[block[at + 2]]
        return at

    return Kind(Fraction(samples, rate), max(sizes), ((0, 0xFF, 0xFF), (1, 0xFE, head[1] & 0xFE)), step)


def adts(head: bytes) -> Kind | None:
    """Frames of AAC with ADTS heads, each of one block of 1024 samples (ISO/IEC 13818-7, 6.2)."""
    index = head[2] >> 2 & 15
    if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or index >= len(_ADTS_RATES):
        return None
    unpack = Struct(">I").unpack_from

    def step(block: bytes | bytearray, at: int, count: int) -> int:
        for _ in repeat(None, count):
            at += unpack(block, at + 2)[0] >> 5 & 0x1FFF
        return at

    fixed = ((0, 0xFF, 0xFF), (1, 0xF6, 0xF0), (2, 0xFC, head[2] & 0xFC), (6, 3, 0))
    return Kind(Fraction(1024, _ADTS_RATES[index]), 0x1FFF, fixed, step)
