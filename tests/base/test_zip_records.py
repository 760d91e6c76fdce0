from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import pytest

from mediaserver.base import zip_records
from mediaserver.base.zip_records import Entry

MOMENT = int(datetime(2024, 2, 29, 13, 37, 42, tzinfo=UTC).timestamp() * 1000)
GIB = 1 << 30


def archive(files: dict[str, bytes]) -> bytes:
    made, entries = b"", []
    for name, data in files.items():
        entry = Entry(name, len(data), zlib.crc32(data), MOMENT)
        entries.append((entry, len(made)))
        made += zip_records.local_header(entry) + data
    return made + zip_records.directory(entries, len(made))


@pytest.mark.parametrize("files", [{}, {"a.txt": b"abc"}, {"01 Ночь.mp3": b"x" * 1000, "02 夜 🎵.mp3": b"", "c": b"y"}])
def test_pythons_own_reader_finds_everything(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(archive(files))) as read:
        assert read.testzip() is None
        assert {info.filename: read.read(info) for info in read.infolist()} == files
        for info in read.infolist():
            assert info.date_time == (2024, 2, 29, 13, 37, 42)
            assert info.external_attr >> 16 == 0o100644
            assert info.compress_type == zipfile.ZIP_STORED


def test_more_entries_than_sixteen_bits_count() -> None:
    files = {f"{n}": b"" for n in range(70_000)}
    with zipfile.ZipFile(io.BytesIO(archive(files))) as read:
        assert len(read.infolist()) == 70_000


def test_sizes_and_places_beyond_four_gib() -> None:
    large, small = Entry("large", 5 * GIB, 7, MOMENT), Entry("small", 3, 8, MOMENT)
    head = zip_records.local_header(large)
    assert struct.unpack_from("<H", head, 4) == (45,)
    assert struct.unpack_from("<II", head, 18) == (0xFFFFFFFF, 0xFFFFFFFF)
    assert struct.unpack("<HHQQ", head[-20:]) == (1, 16, 5 * GIB, 5 * GIB)
    place = len(head) + large.size
    start = place + len(zip_records.local_header(small)) + small.size
    with zipfile.ZipFile(Hollow(start, zip_records.directory([(large, 0), (small, place)], start))) as read:
        told = [(info.filename, info.file_size, info.header_offset, info.CRC) for info in read.infolist()]
    assert told == [("large", 5 * GIB, 0, 7), ("small", 3, place, 8)]


class Hollow(io.RawIOBase):
    """A file with nothing but its end."""

    def __init__(self, start: int, end: bytes) -> None:
        self._start, self._end, self._at = start, end, 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, place: int, whence: int = 0) -> int:
        self._at = place + {0: 0, 1: self._at, 2: self._start + len(self._end)}[whence]
        return self._at

    def read(self, count: int = -1) -> bytes:
        assert self._at >= self._start
        begin = self._at - self._start
        data = self._end[begin : len(self._end) if count < 0 else begin + count]
        self._at += len(data)
        return data


@pytest.mark.parametrize("moment", [-(10**12), 0, 10**14])
def test_dates_that_ms_dos_cannot_tell_are_the_nearest(moment: int) -> None:
    time, date = zip_records.dos(moment)
    assert 0 <= time < 1 << 16
    assert 0 < date < 1 << 16
