"""The INFO list of a WAV: what editors wrote there of a recording. It reads the heads of chunks, never the sound."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

HEAD = struct.Struct("<4sI")
LONGEST = 1 << 20
"""Bytes of a list that are read: it holds a few lines of text."""
MOST_CHUNKS = 1000


def info(path: Path) -> dict[str, bytes]:
    """The texts of the INFO list by their four letters, as bytes of a code page that is not told.

    Empty where there is no list, or no RIFF file. Raises struct.error where it is cut off.
    (Multimedia Programming Interface and Data Specifications 1.0, chapter 2; RF64 and BW64 keep the list alike.)
    """
    with path.open("rb") as file:
        if file.read(4) not in {b"RIFF", b"RF64", b"BW64"}:
            return {}
        file.seek(12)
        for _ in range(MOST_CHUNKS):
            head = file.read(HEAD.size)
            if len(head) < HEAD.size:
                break
            name, size = HEAD.unpack(head)
            if name == b"LIST" and (data := file.read(min(size, LONGEST))).startswith(b"INFO"):
                return texts(data)
            skip(file, size if name != b"LIST" else max(0, size - LONGEST))
    return {}


def skip(file: BinaryIO, size: int) -> None:
    """Go to the next chunk; each begins at an even place."""
    file.seek(size + size % 2, 1)


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
