from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base.errors import TooBusy
from mediaserver.base.pool import Priority
from mediaserver.media import segment
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original
from mediaserver.streaming import ahead
from tests import running, sounds
from tests.running import Site, Visitor, until

RUNG = "aac-64"  # no new track's first segments are made in it unasked


class Kitchen:
    """Where segments are made: writes down each that is begun, and holds all of them up while it is closed."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []
        self.is_open = threading.Event()
        self.is_open.set()

    def of(self, rung: str) -> list[int]:
        return sorted(n for name, n in self.made if name == rung)


@pytest.fixture
def kitchen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kitchen]:
    kitchen, make = Kitchen(), segment.make

    def watched(original: Original, rendition: Rendition, n: int) -> bytes:
        kitchen.made.append((rendition.name, n))
        assert kitchen.is_open.wait(running.PATIENCE)
        return make(original, rendition, n)

    monkeypatch.setattr(segment, "make", watched)
    yield kitchen
    kitchen.is_open.set()


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A minute of music: eleven segments."""
    return sounds.write(tmp_path_factory.mktemp("minute") / "minute.flac", sounds.music(60)).read_bytes()


async def publish(site: Site, sound: bytes) -> dict[str, Any]:
    """A track whose first segments are warm."""
    track = await (await site.join()).publish(BytesIO(sound), "minute.flac")
    await site.rest()
    return track


async def folder(visitor: Visitor, track: dict[str, Any], rung: str = RUNG) -> str:
    hls = track["stream"]["hls"]
    master = (await visitor.get(hls)).ok().text
    version = next(line.split("/")[0] for line in master.splitlines() if line.endswith("index.m3u8"))
    return f"{hls.rpartition('/')[0]}/{version}/{rung}"


async def made(kitchen: Kitchen, *numbers: int, rung: str = RUNG) -> None:
    async def look() -> bool:
        return kitchen.of(rung) == sorted(numbers)

    await until(look)


# Warming


async def test_the_first_segments_of_a_new_track_are_there_before_anybody_asks(
    site: Site, minute: bytes, kitchen: Kitchen
) -> None:
    track = await publish(site, minute)
    kitchen.made.clear()
    for codecs, rung in (("", "aac-128"), ("mp4a.40.2,opus", "opus-96")):
        master = (await site.guest.get(f"{track['stream']['hls']}?codecs={codecs}")).ok().text
        first = next(line for line in master.splitlines() if line.endswith("index.m3u8"))
        assert f"/{rung}/" in first
        base = await folder(site.guest, track, rung)
        assert (await site.guest.get(f"{base}/init.mp4")).status == 200
        assert (await site.guest.get(f"{base}/0.m4s")).status == 200
    assert ("aac-128", 0) not in kitchen.made
    assert ("opus-96", 0) not in kitchen.made


# Reading ahead


async def test_the_next_segments_are_made_before_they_are_asked_for(
    site: Site, minute: bytes, kitchen: Kitchen
) -> None:
    base = await folder(site.guest, await publish(site, minute))
    (await site.guest.get(f"{base}/init.mp4")).ok()
    assert kitchen.of(RUNG) == []
    (await site.guest.get(f"{base}/3.m4s")).ok()
    await made(kitchen, 3, 4, 5)
    (await site.guest.get(f"{base}/4.m4s")).ok()
    await made(kitchen, 3, 4, 5, 6)
    (await site.guest.get(f"{base}/9.m4s")).ok()
    await made(kitchen, 3, 4, 5, 6, 9, 10)
    (await site.guest.get(f"{base}/10.m4s")).ok()
    assert kitchen.of(RUNG) == [3, 4, 5, 6, 9, 10]


@contextmanager
def nobody_free(site: Site) -> Iterator[None]:
    """Keep every thread that reads ahead busy."""
    gate = threading.Event()
    for _ in range(site.services.pool.workers):
        site.services.pool.begin(Priority.AHEAD, gate.wait, running.PATIENCE)
    try:
        yield
    finally:
        gate.set()


async def settled(site: Site) -> None:
    """Everything that was to be read ahead before this is made."""
    await asyncio.gather(*(site.services.pool.run(Priority.WARM, int) for _ in range(site.services.pool.workers)))
    await site.services.pool.run(Priority.WARM, int)


async def test_what_a_listener_turned_away_from_is_not_made(site: Site, minute: bytes, kitchen: Kitchen) -> None:
    track = await publish(site, minute)
    base, other = await folder(site.guest, track), await folder(site.guest, track, "aac-256")
    with nobody_free(site):
        (await site.guest.get(f"{base}/3.m4s")).ok()
        (await site.guest.get(f"{base}/7.m4s")).ok()
        (await site.guest.get(f"{other}/8.m4s")).ok()
    await made(kitchen, 8, 9, 10, rung="aac-256")
    await settled(site)
    assert kitchen.of(RUNG) == [3, 7]


async def test_nothing_more_is_made_for_who_has_left(
    site: Site, minute: bytes, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = await folder(site.guest, await publish(site, minute))
    monkeypatch.setattr(ahead, "PATIENCE", 0)
    with nobody_free(site):
        (await site.guest.get(f"{base}/3.m4s")).ok()
    await settled(site)
    assert kitchen.of(RUNG) == [3]


async def test_what_is_asked_for_while_it_waits_to_be_read_ahead_is_made_at_once(
    site: Site, minute: bytes, kitchen: Kitchen
) -> None:
    base = await folder(site.guest, await publish(site, minute))
    with nobody_free(site):
        (await site.guest.get(f"{base}/3.m4s")).ok()
        (await site.guest.get(f"{base}/4.m4s")).ok()
    await made(kitchen, 3, 4, 5, 6)


async def test_one_listener_leaving_takes_nothing_from_another_who_waits(
    site: Site, minute: bytes, kitchen: Kitchen
) -> None:
    base = await folder(site.guest, await publish(site, minute))
    kitchen.is_open.clear()
    with nobody_free(site):
        first = asyncio.create_task(site.guest.get(f"{base}/3.m4s"))
        second = asyncio.create_task(site.guest.get(f"{base}/4.m4s"))
        await made(kitchen, 3, 4)
        kitchen.is_open.set()
        assert {answer.status for answer in await asyncio.gather(first, second)} == {200}


# Limits


async def test_who_waits_for_too_much_is_told_when_to_come_again(
    tmp_path: Path, minute: bytes, kitchen: Kitchen
) -> None:
    here = ip_network("127.0.0.1/32")
    async with running.site(tmp_path / "data", waiting_limit=2, trusted_proxies=(here,)) as site:
        base = await folder(site.guest, await publish(site, minute))
        kitchen.is_open.clear()
        waiting = [asyncio.create_task(site.guest.get(f"{base}/{n}.m4s")) for n in (5, 5, 8, 8)]
        await made(kitchen, 5, 8)
        refused = await site.guest.get(f"{base}/2.m4s")
        refused.problem(429)
        assert int(refused.headers["Retry-After"]) >= 1
        other = asyncio.create_task(site.guest.get(f"{base}/2.m4s", headers={"X-Forwarded-For": "192.0.2.7"}))
        kitchen.is_open.set()
        assert {answer.status for answer in await asyncio.gather(other, *waiting)} == {200}
        (await site.guest.get(f"{base}/0.m4s")).ok()


async def test_streams_are_counted_as_well(tmp_path: Path, minute: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, make = threading.Event(), Mp3.make

    def held_up(layout: Mp3, n: int) -> bytes:
        assert gate.wait(running.PATIENCE)
        return make(layout, n)

    monkeypatch.setattr(Mp3, "make", held_up)
    async with running.site(tmp_path / "data", waiting_limit=2, queue_limit=8) as site:
        track = await publish(site, minute)
        at, base = f"/api/v1/tracks/{track['id']}/stream", await folder(site.guest, track)
        length = int((await site.guest.ask("HEAD", at)).headers["Content-Length"])
        ranges = [f"bytes={length * n // 6}-{length * n // 6 + 9}" for n in range(6)]
        asked = [asyncio.create_task(site.guest.get(at, headers={"Range": each})) for each in ranges]
        refused, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        while len(waiting) > 2:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            refused |= more
        assert {task.result().status for task in refused} == {429}
        (await site.guest.get(f"{base}/init.mp4")).problem(429)
        gate.set()
        assert {(await task).status for task in waiting} == {206}


async def test_a_server_with_too_much_to_do_says_when_to_come_again(
    tmp_path: Path, minute: bytes, kitchen: Kitchen
) -> None:
    async with running.site(tmp_path / "data", queue_limit=1) as site:
        base = await folder(site.guest, await publish(site, minute))
        (await site.guest.get(f"{base}/init.mp4")).ok()
        kitchen.is_open.clear()
        waiting = [asyncio.create_task(site.guest.get(f"{base}/{n}.m4s")) for n in (2, 5)]
        await made(kitchen, 2, 5)
        waiting.append(asyncio.create_task(site.guest.get(f"{base}/8.m4s")))
        await until(_full(site))
        refused = await site.guest.get(f"{base}/9.m4s")
        refused.problem(503)
        assert int(refused.headers["Retry-After"]) >= 1
        kitchen.is_open.set()
        assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}
        (await site.guest.get(f"{base}/9.m4s")).ok()


def _full(site: Site) -> Any:
    async def look() -> bool:
        try:
            site.services.pool.begin(Priority.LISTENER, int).drop()
        except TooBusy:
            return True
        return False

    return look
