"""Records of a ZIP archive whose members are stored as they are, with ZIP64 where numbers need it.

PKWARE's APPNOTE 6.3.10; the section in a docstring says where the record is defined. It reads and keeps nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

PLAIN, ZIP64 = 20, 45
"""Versions needed to extract (4.4.3)."""
UNIX = 3 << 8
"""Whose attributes of files are told (4.4.2)."""
MODE = 0o100644 << 16
UTF8 = 1 << 11
"""The flag that names are UTF-8 (4.4.4)."""
MOST = 0xFFFF_FFFF
"""What stands in a field whose value is in the ZIP64 extra instead."""
MOST_ENTRIES = 0xFFFF
FIRST, LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, tzinfo=UTC)
"""What MS-DOS can tell of dates."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: its size in bytes, CRC-32, and a moment in milliseconds since 1970."""

    name: str
    size: int
    crc: int
    moment: int


def local_header(entry: Entry) -> bytes:
    """What goes before a member's bytes (4.3.7)."""
    name, long = entry.name.encode(), entry.size >= MOST
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.size) if long else b""
    size = min(entry.size, MOST)
    version = ZIP64 if long else PLAIN
    facts = (version, UTF8, 0, *dos(entry.moment), entry.crc, size, size, len(name), len(extra))
    return struct.pack("<4s5H3I2H", b"PK\3\4", *facts) + name + extra


def directory(entries: Sequence[tuple[Entry, int]], start: int) -> bytes:
    """The central directory of members and the places of their headers, and the records that end the archive.

    `start` is the place at which the directory itself stands.
    """
    headers = b"".join(central_header(entry, place) for entry, place in entries)
    return headers + end(len(entries), start, len(headers))


def central_header(entry: Entry, place: int) -> bytes:
    """A member's header in the central directory (4.3.12)."""
    numbers = [number for number in (entry.size, entry.size, place) if number >= MOST]
    extra = struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
    name, version = entry.name.encode(), ZIP64 if numbers else PLAIN
    size, short_place = min(entry.size, MOST), min(place, MOST)
    facts = (UNIX | version, version, UTF8, 0, *dos(entry.moment), entry.crc, size, size, len(name), len(extra))
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *facts, 0, 0, 0, MODE, short_place) + name + extra


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
