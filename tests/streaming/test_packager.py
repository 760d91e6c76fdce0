from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base.db import Database
from mediaserver.media import segment
from mediaserver.media.renditions import Rendition, by_name
from mediaserver.media.timeline import Original
from mediaserver.streaming import ahead
from tests import running, sounds
from tests.running import Site, Visitor, until

LOW = by_name("aac-64")  # no new track's first segments are made in it unasked


class Encodes:
    """Writes down what is made of the lowest rung, but for what is only read ahead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[int] = []
        make = segment.make
        monkeypatch.setattr(ahead, "DEPTH", 0)

        def counted(original: Original, rendition: Rendition, n: int) -> bytes:
            if rendition == LOW:
                self.made.append(n)
            return make(original, rendition, n)

        monkeypatch.setattr(segment, "make", counted)


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> Encodes:
    return Encodes(monkeypatch)


async def rung(visitor: Visitor, track: dict[str, Any]) -> str:
    """The folder of the lowest rung's segments."""
    hls = track["stream"]["hls"]
    master = (await visitor.get(hls)).ok().text
    listing = next(line for line in master.splitlines() if line.endswith(f"{LOW.name}/index.m3u8"))
    return f"{hls.rpartition('/')[0]}/{listing.rpartition('/')[0]}"


async def test_fifty_askers_cause_one_encode(site: Site, wave: bytes, encodes: Encodes) -> None:
    folder = await rung(site.guest, await (await site.join()).publish(wave))
    answers = await asyncio.gather(*(site.guest.get(f"{folder}/0.m4s") for _ in range(50)))
    assert encodes.made == [0]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1


async def test_a_cached_piece_costs_no_database_call(site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await site.join()
    calls: list[str] = []
    for name in ("read", "write"):
        real = getattr(Database, name)

        async def counted(self: Database, unit: Any, *args: Any, _real: Any = real, **kwargs: Any) -> Any:
            calls.append(unit.__name__)
            return await _real(self, unit, *args, **kwargs)

        monkeypatch.setattr(Database, name, counted)
    for visibility in ("public", "private"):
        folder = await rung(site.guest, await ann.publish(wave, visibility=visibility))
        first = (await site.guest.get(f"{folder}/0.m4s")).ok()
        await site.rest()
        calls.clear()
        for asker in (site.guest, ann):
            for _ in range(3):
                assert (await asker.get(f"{folder}/0.m4s")).body == first.body
        assert [call for call in calls if call not in ("some_due", "claim")] == []


async def test_an_asker_who_leaves_spoils_nothing(site: Site, wave: bytes, encodes: Encodes) -> None:
    folder = await rung(site.guest, await (await site.join()).publish(wave))
    leaving = [asyncio.create_task(site.guest.get(f"{folder}/0.m4s")) for _ in range(3)]
    staying = asyncio.create_task(site.guest.get(f"{folder}/0.m4s"))
    await until(_true(lambda: encodes.made))
    for task in leaving:
        task.cancel()
    assert (await staying).status == 200
    assert encodes.made == [0]


async def test_the_work_of_one_who_left_is_kept(site: Site, wave: bytes, encodes: Encodes) -> None:
    folder = await rung(site.guest, await (await site.join()).publish(wave))
    alone = asyncio.create_task(site.guest.get(f"{folder}/0.m4s"))
    await until(_true(lambda: encodes.made))
    alone.cancel()
    await until(_true(lambda: site.services.cache.size > 0))
    (await site.guest.get(f"{folder}/0.m4s")).ok()
    assert encodes.made == [0]


def _true(condition: Any) -> Any:
    async def look() -> bool:
        return bool(condition())

    return look


async def test_a_segment_that_was_deleted_is_made_again(tmp_path: Path, wave: bytes, encodes: Encodes) -> None:
    async with running.site(tmp_path / "data", memory_cache_size=0) as site:
        folder = await rung(site.guest, await (await site.join()).publish(wave))
        before = (await site.guest.get(f"{folder}/0.m4s")).ok().body
        await site.rest()  # the warmer writes no more
        shutil.rmtree(site.services.folder.cache / "segments")
        assert (await site.guest.get(f"{folder}/0.m4s")).ok().body == before
        assert (await site.guest.get(f"{folder}/0.m4s")).ok().body == before
        assert encodes.made == [0, 0]


async def test_a_cache_without_room_still_serves(tmp_path: Path, wave: bytes, encodes: Encodes) -> None:
    async with running.site(tmp_path / "data", memory_cache_size=0, cache_size=1) as site:
        folder = await rung(site.guest, await (await site.join()).publish(wave))
        for _ in range(2):
            (await site.guest.get(f"{folder}/0.m4s")).ok()
        assert encodes.made == [0, 0]
        await site.rest()
        assert running.files_below(site.services.folder.cache / "segments") == []


async def test_a_full_disk_does_not_stop_the_music(tmp_path: Path, wave: bytes, encodes: Encodes) -> None:
    disk = tmp_path / "data" / "cache"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], check=True)
    try:
        async with running.site(tmp_path / "data", memory_cache_size=0) as site:
            folder = await rung(site.guest, await (await site.join()).publish(wave))
            first, second = [await site.guest.get(f"{folder}/0.m4s") for _ in range(2)]
            assert first.ok().body == second.ok().body
            assert encodes.made == [0, 0]
            await site.rest()
            assert {path.name for path in running.files_below(disk / "segments")} <= {"init.mp4"}
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_an_original_that_vanished_is_a_problem_not_a_crash(site: Site, wave: bytes) -> None:
    folder = await rung(site.guest, await (await site.join()).publish(wave))
    site.originals()[0].unlink()
    (await site.guest.get(f"{folder}/0.m4s")).problem(404)


async def test_a_killed_server_serves_the_right_bytes_afterwards(tmp_path: Path) -> None:
    data = tmp_path / "data"
    [token] = await running.prepare(data, ("ann", "creator"))
    sound = BytesIO(sounds.write(tmp_path / "long.flac", sounds.music(60)).read_bytes())
    async with running.browsers() as http:
        with running.program(data) as server:
            ann = server.visitor(http, token)
            track = await ann.publish(sound, "long.flac")
            folder = await rung(ann, track)
            asking = [asyncio.create_task(ann.get(f"{folder}/{n}.m4s")) for n in range(11)]
            await asyncio.to_thread(running.wait_for, lambda: running.files_below(data / "cache" / "segments"))
            server.stop(signal.SIGKILL)
            await asyncio.gather(*asking, return_exceptions=True)
        [path] = [path for path in running.files_below(data / "originals") if path.suffix != ".part"]
        original = Original(path, 44100, 2, round(track["duration"] * 44100))
        with running.program(data) as server:
            ann = server.visitor(http, token)
            for n in range(11):
                body = (await ann.get(f"{folder}/{n}.m4s")).ok().body
                assert body == segment.make(original, LOW, n)
            assert server.stop() == 0
