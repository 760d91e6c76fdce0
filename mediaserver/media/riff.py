"""What FFmpeg and mutagen do not tell of a WAV: its INFO lists, and how much sound it announces.

It reads the heads of chunks, never the sound. (Multimedia Programming Interface and Data Specifications 1.0, chapter 2;
RF64 and BW64 by EBU Tech 3306.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

HEAD = struct.Struct("<4sI")
LONG_SIZES = struct.Struct("<QQ")
"""Of the whole and of its sound, in the ds64 chunk that RF64 begins with."""
UNKNOWN = 0x7FFF_0000
"""Programs that write to a pipe put the largest numbers they can for sizes that they do not know."""
LONGEST = 1 << 20
"""Bytes of a list that are read: it holds a few lines of text."""
MOST_CHUNKS = 1000


def info(path: Path) -> dict[str, bytes]:
    """The texts of the INFO lists by their four letters, as bytes of a code page that is not told."""
    found: dict[str, bytes] = {}
    with path.open("rb") as file:
        for name, size in chunks(file):
            if name == b"LIST" and (data := file.read(min(size, LONGEST))).startswith(b"INFO"):
                found |= texts(data)
    return found


def announced(path: Path) -> int | None:
    """Bytes of sound by the head of the data chunk; None where that does not know, as in what came from a pipe."""
    long = None
    with path.open("rb") as file:
        for name, size in chunks(file):
            if name == b"ds64" and size >= LONG_SIZES.size:
                long = int(LONG_SIZES.unpack(file.read(LONG_SIZES.size))[1])
            elif name == b"data":
                return long or (size if 0 < size < UNKNOWN else None)
    return None


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and size of every chunk of a WAV, with the file standing at its content; none for other files."""
    if file.read(4) not in {b"RIFF", b"RF64", b"BW64"}:
        return
    place = 12
    for _ in range(MOST_CHUNKS):
        file.seek(place)
        head = file.read(HEAD.size)
        if len(head) < HEAD.size:
            return
        name, size = HEAD.unpack(head)
        yield name, size
        place += HEAD.size + size + size % 2  # each begins at an even place


def texts(data: bytes) -> dict[str, bytes]:
    """The entries of a list, without the NULs at their ends."""
    found = {}
    place = 4
    while place + HEAD.size <= len(data):
        name, size = HEAD.unpack_from(data, place)
        place += HEAD.size
        found[name.decode("ascii", "replace")] = data[place : place + size].rstrip(b"\0")
        place += size + size % 2
    return found
