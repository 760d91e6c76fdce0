"""A track as AAC in a plain MP4 with all its tables in front, as shops sell it and every player takes it.

The tables hold the size of each packet, so all of them must have been made once before the first byte is known.
ISO/IEC 14496-12; the clause in a docstring says where the box is defined.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from mediaserver.base.errors import TooLarge
from mediaserver.media import fmp4, renditions, segment, timeline
from mediaserver.media.fmp4 import box, full
from mediaserver.media.progressive.layout import Layout, Parts
from mediaserver.media.renditions import Rendition
from mediaserver.media.tags import writing
from mediaserver.media.tags.model import Tags
from mediaserver.media.timeline import Original, Timeline

BITRATES = (64, 128, 256)
"""kbit/s, about: those of the ladder, whose encoder keeps to a quality."""
MOST = 1 << 31
"""Bytes of sound, tables and cover: half of what the tables have room for, so that they also fit the other tags."""
LONGEST = (1 << 32) - 1
"""Samples that the headers have room for: 27 hours at 44.1 kHz."""
_TOO_LONG = "This recording is too long for one M4A file. Please choose another format."


@dataclass(frozen=True)
class Packets(Parts):
    """The packets of `original` at about `kilobits` kbit/s, cut as its segments are."""

    original: Original
    kilobits: int

    @property
    def rendition(self) -> Rendition:
        """What the encoder is told."""
        return renditions.by_name(f"aac-{self.kilobits}")

    @property
    def line(self) -> Timeline:
        """Where the parts are cut."""
        return timeline.of(self.original, self.rendition)

    @property
    def parts(self) -> int:
        """Segments."""
        return self.line.count

    @property
    def most(self) -> int:
        """Bytes that one file takes."""
        return MOST

    def require_room(self) -> None:
        """Raise TooLarge for a sound that is known to be too long for one file before any of it is made."""
        if self.rendition.priming + self.line.samples > LONGEST:
            raise TooLarge(_TOO_LONG)

    def make(self, n: int) -> bytes:
        """The packets of part `n`, with nothing between them."""
        return b"".join(self.packets(n))

    def packets(self, n: int) -> list[bytes]:
        """The packets of part `n`."""
        return segment.encoded(self.original, self.rendition, self.line, self.held(n))

    def held(self, n: int) -> range:
        """The numbers of the packets in part `n`."""
        return segment.held(self.line, self.line.span(n), self.rendition)


@dataclass(frozen=True)
class M4a(Layout):
    """A file of those packets, whose `sizes` are known, with `tags`."""

    sound: Packets
    sizes: tuple[int, ...]
    tags: Tags

    @property
    def parts(self) -> int:
        """The tables, and the parts of the sound."""
        return 1 + self.sound.parts

    def start(self, n: int) -> int:
        """The place (bytes) of part `n`."""
        return len(self._head) + self._places[n - 1] if n else 0

    def make(self, n: int) -> bytes:
        """Part `n`."""
        return self.sound.make(n - 1) if n else self._head

    @cached_property
    def _places(self) -> list[int]:
        """Where each part of the sound begins within it, and where the last ends."""
        so_far = [0, *accumulate(self.sizes)]
        held = [self.sound.held(n) for n in range(self.sound.parts)]
        return [0, *(so_far[each.stop] for each in held)]

    @cached_property
    def _head(self) -> bytes:
        """File type (4.3), movie (8.2.1), and the head of the data that follows (8.1.1); raises TooLarge."""
        ftyp = box("ftyp", struct.pack(">4sI4s4s4s", b"M4A ", 0, b"M4A ", b"mp42", b"isom"))
        untagged = len(ftyp) + len(self._moov(0))
        size = 8 + sum(self.sizes)
        if untagged + size + len(self.tags.cover or b"") >= MOST:
            raise TooLarge(_TOO_LONG)
        return writing.with_atoms(ftyp + self._moov(untagged + 8), self.tags) + struct.pack(">I4s", size, b"mdat")

    def _moov(self, first: int) -> bytes:
        """The movie, whose sound begins at the place `first`."""
        line, rendition = self.sound.line, self.sound.rendition
        channels = segment.streamed(self.sound.original)
        stream = fmp4.Stream(line.rate, channels, line.samples, line.frame, rendition.priming)
        length = rendition.priming + line.samples
        media = fmp4.mdia(stream, segment.entry(stream, rendition), self._tables(first, length), length)
        track = box("trak", fmp4.tkhd(line.samples), box("edts", fmp4.elst(stream)), media)
        return box("moov", fmp4.mvhd(stream, line.samples), track)

    def _tables(self, first: int, length: int) -> list[bytes]:
        """Times (8.6.1.2), chunks (8.7.4), sizes (8.7.3) and places (8.7.5) of the packets: a part is a chunk.

        The last packet is as short as its sound: by that players know where to end.
        """
        count, parts, frame = len(self.sizes), self.sound.parts, self.sound.line.frame
        chunks = b"".join(struct.pack(">III", n + 1, len(self.sound.held(n)), 1) for n in range(parts))
        return [
            full("stts", 0, 0, struct.pack(">5I", 2, count - 1, frame, 1, length - (count - 1) * frame)),
            full("stsc", 0, 0, struct.pack(">I", parts), chunks),
            full("stsz", 0, 0, struct.pack(f">II{count}I", 0, count, *self.sizes)),
            full("stco", 0, 0, struct.pack(f">I{parts}I", parts, *(first + place for place in self._places[:-1]))),
        ]
