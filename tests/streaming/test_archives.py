from __future__ import annotations

import asyncio
import io
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediaserver.base.cache import FileCache
from mediaserver.base.errors import NotFound, Problem
from mediaserver.base.paths import DataFolder
from mediaserver.base.pool import Pool
from mediaserver.base.stored_blocks import BLOCK, FULL
from mediaserver.catalog.originals import Originals
from mediaserver.media.progressive.layout import Layout, Parts
from mediaserver.streaming.archives import Archives
from mediaserver.streaming.progressive import Progressive, stream_of
from mediaserver.streaming.sums import Member, Sums
from mediaserver.streaming.workshop import Workshop
from tests.running import PATIENCE

SIZES = [0, 1, FULL - 1, FULL, FULL + 1, 3 * FULL, 50_000]


class Bytes(Layout):
    """So many bytes, other ones for another number, in parts that fit no block."""

    def __init__(self, number: int, size: int, made: list[tuple[int, int]]) -> None:
        self._number, self._size, self._made = number, size, made

    @property
    def parts(self) -> int:
        return -(-self._size // 7001)

    def start(self, n: int) -> int:
        return min(n * 7001, self._size)

    def make(self, n: int) -> bytes:
        self._made.append((self._number, n))
        return bytes((self._number + k * k) % 251 for k in range(self.start(n), self.start(n + 1)))


class Unmeasured(Parts):
    """The same, but nobody knows how long they are."""

    def __init__(self, known: Bytes) -> None:
        self._known = known

    @property
    def parts(self) -> int:
        return self._known.parts

    @property
    def most(self) -> int:
        return 1 << 20

    def make(self, n: int) -> bytes:
        return self._known.make(n)


@pytest.fixture
def made() -> list[tuple[int, int]]:
    """Which parts of which members were made, in that order."""
    return []


@pytest.fixture
def sums(folder: DataFolder, pool: Pool) -> Sums:
    cache = FileCache(folder.cache / "segments", 1 << 26, 1 << 20)
    cache.open()
    return Sums(Progressive(Originals(folder.originals, 1 << 30), cache, Workshop(pool, 0)), cache)


@pytest.fixture
def archives(sums: Sums) -> Archives:
    return Archives(sums)


def member(number: int, layout: Parts) -> Member:
    stream = stream_of(layout, f"{number:020}", "text/plain", "txt")

    async def open_it() -> object:
        return stream

    return Member(f"{number}.txt", 10**12, stream.tag, stream.length, layout.most, open_it)  # type: ignore[arg-type]


def members(made: list[tuple[int, int]], wrap: Callable[[Bytes], Parts] = lambda known: known) -> list[Member]:
    return [member(number, wrap(Bytes(number, size, made))) for number, size in enumerate(SIZES)]


async def collected(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("wrap", [lambda known: known, Unmeasured])
async def test_ranges_anywhere_are_parts_of_one_whole(
    archives: Archives, made: list[tuple[int, int]], wrap: Callable[[Bytes], Parts]
) -> None:
    held = members(made, wrap)
    whole = await collected((await archives.open(held, "ann", measured=False)).read(None))
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert [info.file_size for info in read.infolist()] == SIZES
        assert read.read("6.txt") == b"".join(Bytes(6, SIZES[6], []).make(n) for n in range(8))
    again = await archives.open(held, "ann", measured=False)
    assert again.length == len(whole)
    bounds = st.integers(0, len(whole))
    loop = asyncio.get_running_loop()

    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(bounds, bounds)
    def agree(one: int, other: int) -> None:
        start, stop = sorted((one, other))
        asked = asyncio.run_coroutine_threadsafe(collected(again.read(range(start, stop))), loop)
        assert asked.result(PATIENCE) == whole[start:stop]

    await asyncio.to_thread(agree)


async def test_single_bytes_at_every_edge(archives: Archives, made: list[tuple[int, int]]) -> None:
    archive = await archives.open(members(made), "ann", measured=False)
    whole = await collected(archive.read(None))
    assert archive.length == len(whole)
    edges = {place + by for place in range(0, len(whole), BLOCK) for by in range(-40, 6)}
    edges |= set(range(len(whole) - 700, len(whole)))
    for place in sorted(edges & set(range(len(whole)))):
        assert await collected(archive.read(range(place, place + 1))) == whole[place : place + 1]


async def test_an_end_is_the_same_before_anything_was_made(archives: Archives, made: list[tuple[int, int]]) -> None:
    archive = await archives.open(members(made), "ann", measured=False)
    assert archive.length is not None
    end = await collected(archive.read(range(archive.length - 40_000, archive.length)))
    whole = await collected((await archives.open(members(made), "ann", measured=False)).read(None))
    assert end == whole[-40_000:]


async def test_the_first_bytes_wait_for_one_part_only(archives: Archives, made: list[tuple[int, int]]) -> None:
    archive = await archives.open([member(1, Bytes(1, 1 << 20, made))], "ann", measured=False)
    reading = archive.read(None)
    first = await anext(reading)
    assert first.startswith(b"PK\3\4")
    assert len(made) <= 4  # of 150: two, and what is made ahead
    await reading.aclose()


async def test_what_was_sent_need_not_be_made_again_for_its_sum(
    archives: Archives, made: list[tuple[int, int]]
) -> None:
    held = members(made, Unmeasured)
    archive = await archives.open(held, "ann", measured=False)
    assert archive.length is None
    whole = await collected(archive.read(None))
    count = len(made)
    again = await archives.open(held, "ann", measured=True)
    assert again.length == len(whole)
    assert await collected(again.read(range(len(whole) - 22, len(whole)))) == whole[-22:]
    assert len(made) == count


async def test_a_length_that_is_asked_for_is_found_out(archives: Archives, made: list[tuple[int, int]]) -> None:
    archive = await archives.open(members(made, Unmeasured), "ann", measured=True)
    assert archive.length == len(await collected(archive.read(None)))


async def test_what_is_wrong_from_the_start_is_told_before_a_byte_is_sent(
    archives: Archives, made: list[tuple[int, int]]
) -> None:
    class Gone(Bytes):
        def make(self, n: int) -> bytes:
            raise NotFound("It is not there.")

    archive = await archives.open([member(1, Gone(1, 10, made))], "ann", measured=False)
    with pytest.raises(NotFound):
        await anext(archive.read(None))


async def test_a_member_that_became_shorter_ends_it(archives: Archives, made: list[tuple[int, int]]) -> None:
    short, told = member(1, Unmeasured(Bytes(1, 10, made))), member(1, Bytes(1, 11, made))
    changed = Member(told.name, told.moment, told.tag, told.length, told.most, short.open)
    with pytest.raises(Problem, match="not as long"):
        await collected((await archives.open([changed], "ann", measured=False)).read(None))


async def test_sums_are_those_of_the_bytes(sums: Sums, made: list[tuple[int, int]]) -> None:
    for each, number, size in zip(members(made), range(len(SIZES)), SIZES, strict=True):
        data = b"".join(Bytes(number, size, []).make(n) for n in range(-(-size // 7001)))
        told = await sums.take(each, "ann")
        assert (told.size, told.crc) == (size, zlib.crc32(data))
        assert await sums.find(each) == told
