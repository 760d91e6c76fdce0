from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from bisect import bisect_left
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediaserver.base import stored_blocks, zip_records
from mediaserver.base.stored_blocks import FULL, Blocks
from mediaserver.base.zip_records import Entry, Sum

MOMENT = int(datetime(2024, 2, 29, 13, 37, 42, tzinfo=UTC).timestamp() * 1000)
GIB = 1 << 30


def archive(files: dict[str, bytes], *, long: bool = False) -> bytes:
    made, entries = bytearray(), []
    for name, data in files.items():
        entry, told = Entry(name, MOMENT, long), Sum(len(data), zlib.crc32(data))
        entries.append((entry, told, len(made)))
        blocks = Blocks()
        member = zip_records.local_header(entry) + blocks.feed(data) + blocks.end()
        made += member + zip_records.descriptor(entry, told)
        assert len(made) - entries[-1][-1] == zip_records.span(entry, len(data))
    return bytes(made + zip_records.directory(entries, len(made)))


FILES = {
    "01 Ночь.mp3": b"x" * 1000,
    "02 夜 🎵.mp3": b"",
    "c": bytes(range(256)) * 500,
    "PK": b"PK\7\10" * FULL,
    "d": b"d" * FULL,
}


@pytest.mark.parametrize("files", [{}, {"a.txt": b"abc"}, FILES])
@pytest.mark.parametrize("long", [False, True])
def test_pythons_own_reader_finds_everything(files: dict[str, bytes], long: bool) -> None:
    with zipfile.ZipFile(io.BytesIO(archive(files, long=long))) as read:
        assert read.testzip() is None
        assert {info.filename: read.read(info) for info in read.infolist()} == files
        for info in read.infolist():
            assert info.date_time == (2024, 2, 29, 13, 37, 42)
            assert info.external_attr >> 16 == 0o100644
            assert (info.CRC, info.file_size) == (zlib.crc32(files[info.filename]), len(files[info.filename]))


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(
    "order", ["unzip -tq FILE", "7z t FILE", "busybox unzip -t FILE", "bsdtar -tf FILE", "bsdtar -xOf -", "funzip"]
)
def test_other_readers_are_content(tmp_path: Path, order: str, long: bool) -> None:
    words = order.split()
    if words[0] == "funzip" and long:
        return  # it knows nothing of ZIP64
    if shutil.which(words[0]) is None:
        pytest.skip(f"there is no {words[0]} here")
    path = tmp_path / "a.zip"
    files = {"one": FILES["c"]} if words[0] == "funzip" else FILES  # that one reads the first member only
    path.write_bytes(archive(files, long=long))
    told = [word.replace("FILE", str(path)) for word in words]
    with path.open("rb") as pipe:
        ran = subprocess.run(told, stdin=pipe, check=True, capture_output=True, timeout=60)
    if "FILE" not in order:
        assert ran.stdout == b"".join(files.values())


def test_more_entries_than_sixteen_bits_count() -> None:
    files = {f"{n}": b"" for n in range(70_000)}
    with zipfile.ZipFile(io.BytesIO(archive(files))) as read:
        assert len(read.infolist()) == 70_000


def test_sizes_and_places_beyond_four_gib() -> None:
    large, small = Entry("large", MOMENT, long=True), Entry("small", MOMENT, long=False)
    head = zip_records.local_header(large)
    assert struct.unpack_from("<H", head, 4) == (45,)
    assert struct.unpack_from("<II", head, 18) == (0xFFFFFFFF, 0xFFFFFFFF)
    assert struct.unpack("<HHQQ", head[-20:]) == (1, 16, 0, 0)
    packed = stored_blocks.size(5 * GIB)
    assert struct.unpack("<4sIQQ", zip_records.descriptor(large, Sum(5 * GIB, 7))) == (b"PK\7\10", 7, packed, 5 * GIB)
    place = zip_records.span(large, 5 * GIB)
    start = place + zip_records.span(small, 3)
    entries = [(large, Sum(5 * GIB, 7), 0), (small, Sum(3, 8), place)]
    with zipfile.ZipFile(Hollow(start, zip_records.directory(entries, start))) as read:
        told = [
            (info.filename, info.file_size, info.compress_size, info.header_offset, info.CRC)
            for info in read.infolist()
        ]
    assert told == [("large", 5 * GIB, packed, 0, 7), ("small", 3, 3 + 5 + 5, place, 8)]


def test_a_member_is_long_as_soon_as_its_blocks_may_be() -> None:
    most = bisect_left(range(4 * GIB), True, key=zip_records.is_long)
    assert most < 4 * GIB
    assert stored_blocks.size(most) >= 0xFFFFFFFF > stored_blocks.size(most - 1)


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
