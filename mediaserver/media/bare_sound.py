"""Where the sound lies in a file that carries tags as well, so that it can be passed on untouched with others.

It reads heads and ends, never the sound.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mediaserver.base.errors import Unsupported

STREAMINFO, SEEKTABLE, CUESHEET = 0, 3, 5
"""Kinds of FLAC's blocks (RFC 9639, section 8.1) that tell of the sound, and stay."""
FACTS = 34
"""Bytes of the block of facts."""
MOST_BLOCKS = 128
LARGEST_KEPT = 2**20
"""Bytes of a block that is kept: seek points of a day take a tenth of that."""
MOST_TAGS = 8
ID3V1 = 128
"""Bytes of an ID3v1 tag."""
APE_FOOTER = struct.Struct("<8sIIII8x")
APE_HAS_HEADER = 1 << 31


@dataclass(frozen=True, slots=True)
class Bare:
    """The sound is the bytes from `first` up to `end`; `head` is what must go before it besides tags."""

    first: int
    end: int
    head: bytes


def flac(path: Path) -> Bare:
    """Of a native FLAC; the head is its signature and those blocks that are no tags. Raises Unsupported for others."""
    with path.open("rb") as file:
        file.seek(after_id3(file))
        if file.read(4) != b"fLaC":
            raise Unsupported("This recording is no FLAC file by itself.")
        kept = [(kind, body) for kind, body in blocks(file) if kind in (STREAMINFO, SEEKTABLE, CUESHEET)]
        first = file.tell()
        end = before_tags(file)
    if not kept or kept[0][0] != STREAMINFO or len(kept[0][1]) != FACTS or end <= first:
        raise Unsupported("The head of this FLAC file is damaged.")
    head = b"".join(struct.pack(">I", kind << 24 | len(body)) + body for kind, body in kept)
    return Bare(first, end, b"fLaC" + head)


def blocks(file: BinaryIO) -> list[tuple[int, bytes]]:
    """Kind and content of each of FLAC's blocks; the file is left standing behind the last."""
    found = []
    for _ in range(MOST_BLOCKS):
        start = file.read(4)
        if len(start) < 4:
            break
        head = struct.unpack(">I", start)[0]
        kind, size = head >> 24 & 0x7F, head & 0xFFFFFF
        if kind in (STREAMINFO, SEEKTABLE, CUESHEET) and size <= LARGEST_KEPT:
            found.append((kind, file.read(size)))
        else:  # pictures and padding may be as large as a stranger likes
            file.seek(size, 1)
        if head >> 31:
            break
    return found


def mp3(path: Path) -> Bare:
    """Of frames of MPEG audio. Raises Unsupported where none begins behind the tags."""
    with path.open("rb") as file:
        first = after_id3(file)
        file.seek(first)
        start = file.read(2)
        end = before_tags(file)
    if len(start) < 2 or start[0] != 0xFF or start[1] & 0xE0 != 0xE0 or end <= first:
        raise Unsupported("This recording is no plain MP3 file.")
    return Bare(first, end, b"")


def after_id3(file: BinaryIO) -> int:
    """The place behind the ID3v2 tags with which a file begins (ID3v2.4, section 3.1)."""
    place = 0
    for _ in range(MOST_TAGS):
        file.seek(place)
        head = file.read(10)
        if len(head) < 10 or not head.startswith(b"ID3"):
            break
        size = sum((byte & 0x7F) << 7 * n for n, byte in enumerate(reversed(head[6:])))
        place += 10 + size + (10 if head[5] & 0x10 else 0)
    return place


def before_tags(file: BinaryIO) -> int:
    """The place before the tags with which a file ends: ID3v1, APEv2 and Lyrics3v2, in any order."""
    end = file.seek(0, 2)
    for _ in range(MOST_TAGS):
        shorter = end - trailing(file, end)
        if shorter == end:
            break
        end = shorter
    return max(end, 0)


def trailing(file: BinaryIO, end: int) -> int:
    """Bytes of the tag that ends at `end`, or 0."""
    tail = around(file, end - ID3V1, 3)
    if tail == b"TAG":
        return ID3V1
    footer = around(file, end - APE_FOOTER.size, APE_FOOTER.size)
    if footer.startswith(b"APETAGEX"):
        _, _, size, _, flags = APE_FOOTER.unpack(footer)
        return int(size) + (APE_FOOTER.size if flags & APE_HAS_HEADER else 0)
    size, mark, _ = around(file, end - 15, 15).partition(b"LYRICS200")
    return int(size) + 15 if mark and size.isdigit() else 0


def around(file: BinaryIO, place: int, count: int) -> bytes:
    """So many bytes at a place; none where that lies before the file."""
    if place < 0:
        return b""
    file.seek(place)
    return file.read(count)
