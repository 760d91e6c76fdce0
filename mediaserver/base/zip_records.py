"""Records of a ZIP archive whose members are sent before their sums are known, with ZIP64 where numbers need it.

PKWARE's APPNOTE 6.3.10; the section in a docstring says where the record is defined. Members go into `stored_blocks`:
bytes without any coding may be followed by a descriptor too, but who reads a pipe (funzip, Java's ZipInputStream) does
not find their end. It reads and keeps nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mediaserver.base import stored_blocks

PLAIN, ZIP64 = 20, 45
"""Versions needed to extract (4.4.3)."""
UNIX = 3 << 8
"""Whose attributes of files are told (4.4.2)."""
MODE = 0o100644 << 16
FLAGS = 1 << 11 | 1 << 3
"""Names are UTF-8, and sums and sizes follow the bytes (4.4.4)."""
DEFLATED = 8
"""The method of compression (4.4.5)."""
MOST = 0xFFFF_FFFF
"""What stands in a field whose value is in the ZIP64 extra instead."""
MOST_ENTRIES = 0xFFFF
FIRST, LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, tzinfo=UTC)
"""What MS-DOS can tell of dates."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: a moment in milliseconds since 1970, and whether it may be too `long` for sizes of 32 bits.

    That is decided before its size is known, and shapes the records around its bytes.
    """

    name: str
    moment: int
    long: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """What is known of a member once all of its bytes were there: how many, and their CRC-32."""

    size: int
    crc: int


def is_long(most: int) -> bool:
    """Tell whether a member of at most so many bytes may need sizes of 64 bits."""
    return stored_blocks.size(most) >= MOST


def span(entry: Entry, size: int) -> int:
    """Bytes that a member of `size` bytes takes, with the records around it."""
    return len(local_header(entry)) + stored_blocks.size(size) + len(descriptor(entry, Sum(0, 0)))


def local_header(entry: Entry) -> bytes:
    """What goes before a member's bytes (4.3.7), with nothing yet where sum and sizes would stand."""
    name = entry.name.encode()
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if entry.long else b""  # says that the descriptor has 64 bits (4.3.9.2)
    version, size = (ZIP64, MOST) if entry.long else (PLAIN, 0)
    facts = (version, FLAGS, DEFLATED, *dos(entry.moment), 0, size, size, len(name), len(extra))
    return struct.pack("<4s5H3I2H", b"PK\3\4", *facts) + name + extra


def descriptor(entry: Entry, told: Sum) -> bytes:
    """What goes behind a member's bytes (4.3.9)."""
    form = "<4sIQQ" if entry.long else "<4sIII"
    return struct.pack(form, b"PK\7\10", told.crc, stored_blocks.size(told.size), told.size)


def directory(entries: Sequence[tuple[Entry, Sum, int]], start: int) -> bytes:
    """The central directory of members and the places of their headers, and the records that end the archive.

    `start` is the place at which the directory itself stands.
    """
    headers = b"".join(central_header(*each) for each in entries)
    return headers + end(len(entries), start, len(headers))


def central_header(entry: Entry, told: Sum, place: int) -> bytes:
    """A member's header in the central directory (4.3.12)."""
    packed = stored_blocks.size(told.size)
    numbers = [number for number in (told.size, packed, place) if number >= MOST]
    extra = struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    name, version = entry.name.encode(), ZIP64 if numbers or entry.long else PLAIN
    sizes = min(packed, MOST), min(told.size, MOST)
    facts = (UNIX | version, version, FLAGS, DEFLATED, *dos(entry.moment), told.crc, *sizes, len(name), len(extra))
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *facts, 0, 0, 0, MODE, min(place, MOST)) + name + extra


def end(count: int, start: int, size: int) -> bytes:
    """The end of the central directory (4.3.16), with ZIP64's before it where it is needed (4.3.14, 4.3.15)."""
    shown = min(count, MOST_ENTRIES)
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, shown, shown, min(size, MOST), min(start, MOST), 0)
    if count < MOST_ENTRIES and start < MOST and size < MOST:
        return last
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, UNIX | ZIP64, ZIP64, 0, 0, count, count, size, start)
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, start + size, 1) + last


def dos(moment: int) -> tuple[int, int]:
    """A moment as MS-DOS's time and date (4.4.6), in UTC."""
    at = min(max(datetime.fromtimestamp(moment / 1000, UTC), FIRST), LAST)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - 1980) << 9 | at.month << 5 | at.day
