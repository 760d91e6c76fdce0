from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mediaserver.base.errors import Invalid, StorageFull, TooLarge
from mediaserver.base.paths import DataFolder
from mediaserver.catalog.originals import Originals
from tests.running import PATIENCE

LIMIT = 3_000_000


@pytest.fixture
def originals(folder: DataFolder) -> Originals:
    return Originals(folder.originals, LIMIT)


async def stream(data: bytes, size: int = 65536, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
    if then:
        raise then


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [1, 65536, 2**20 - 1, 2**20, 2**20 + 1, LIMIT])
async def test_a_stream_is_kept_under_its_hash(originals: Originals, folder: DataFolder, size: int) -> None:
    data = os.urandom(size)
    received = await originals.receive(stream(data), size)
    assert (received.hash, received.bytes) == (hashlib.sha256(data).hexdigest(), size)
    originals.keep(received)
    assert originals.path(received.hash).read_bytes() == data
    assert files_in(folder.originals) == [originals.path(received.hash)]


async def test_the_same_twice_is_kept_once(originals: Originals, folder: DataFolder) -> None:
    for _ in range(2):
        originals.keep(await originals.receive(stream(b"same")))
    (kept,) = files_in(folder.originals)
    originals.drop(kept.name)
    originals.drop(kept.name)
    assert files_in(folder.originals) == []


@pytest.mark.parametrize(
    ("data", "announced", "problem"),
    [
        (b"", None, Invalid),
        (b"", 0, Invalid),
        (b"abc", 4, Invalid),
        (b"abcde", 4, Invalid),
        (b"", LIMIT + 1, TooLarge),
        (bytes(LIMIT + 1), None, TooLarge),
        (bytes(LIMIT + 1), 3, TooLarge),
    ],
)
async def test_what_is_wrong_leaves_nothing(
    originals: Originals, folder: DataFolder, data: bytes, announced: int | None, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        await originals.receive(stream(data), announced)
    assert files_in(folder.originals) == []


@pytest.mark.parametrize("size", [10, 2_500_000])
async def test_a_broken_off_stream_leaves_nothing(originals: Originals, folder: DataFolder, size: int) -> None:
    with pytest.raises(ConnectionResetError):
        await originals.receive(stream(bytes(size), then=ConnectionResetError()))
    assert files_in(folder.originals) == []


async def test_a_sender_who_leaves_leaves_nothing(originals: Originals, folder: DataFolder) -> None:
    waiting = asyncio.Event()

    async def stall() -> AsyncIterator[bytes]:
        yield bytes(2**20)
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(originals.receive(stall()))
    await asyncio.wait_for(waiting.wait(), PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_in(folder.originals) == []


@pytest.mark.parametrize("size", [100_000, 1_500_000])
async def test_a_full_disk_is_said_and_leaves_nothing(tiny_disk: Path, tmp_path: Path, size: int) -> None:
    originals = Originals(tiny_disk, LIMIT)
    (tiny_disk / "ballast").write_bytes(bytes(200_000))
    source = tmp_path / "source"
    source.write_bytes(bytes(size))
    with pytest.raises(StorageFull):
        await originals.receive(stream(source.read_bytes()))
    with pytest.raises(StorageFull):
        originals.copy(source)
    assert [path.name for path in files_in(tiny_disk)] == ["ballast"]


def test_a_copy_is_kept_like_a_stream(originals: Originals, folder: DataFolder, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(2_000_000))
    originals.keep(originals.copy(source))
    assert [path.name for path in files_in(folder.originals)] == [hashlib.sha256(bytes(2_000_000)).hexdigest()]
    for size, problem in ((0, Invalid), (LIMIT + 1, TooLarge)):
        source.write_bytes(bytes(size))
        with pytest.raises(problem):
            originals.copy(source)
    with pytest.raises(FileNotFoundError):
        originals.copy(tmp_path / "absent")
    assert len(files_in(folder.originals)) == 1
    assert source.exists()
