from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base import clock
from mediaserver.server.connection import Connection
from mediaserver.streaming import remembered
from mediaserver.streaming.packager import Packager
from tests import sounds
from tests.running import PATIENCE, Site, until

RUNG = "aac-64"  # no new track's segments are made in it unasked
END = b"\r\n\r\n"


class Asked:
    """What went the ordinary way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        piece = Packager.piece

        async def watched(packager: Packager, *at: str) -> bytes:
            self.names.append(at[4])
            return await piece(packager, *at)

        monkeypatch.setattr(Packager, "piece", watched)


@pytest.fixture(autouse=True)
def _what_is_known_stays_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes on a busy machine: what is a while old is read again, and not answered at once."""
    for name in ("LONGEST", "_RENEWED"):
        monkeypatch.setattr(remembered, name, clock.HOUR)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    return Asked(monkeypatch)


async def cached(site: Site, wave: bytes, **wishes: str) -> str:
    """The address of a track's first segment, which is in the cache, and so is what follows."""
    track = await (await site.join()).publish(wave, **wishes)
    hls = track["stream"]["hls"]
    master = (await site.guest.get(hls)).ok().text
    listing = next(line for line in master.splitlines() if line.endswith("index.m3u8"))
    address = f"{hls.rpartition('/')[0]}/{listing.rpartition('/')[0]}/0.m4s"
    await site.rest()
    for name in ("1.m4s", "0.m4s"):
        (await site.guest.get(address.replace("0.m4s", name))).ok()
    return address


class Line:
    """A connection of which each byte is ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0.02)  # so that each piece arrives by itself

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(END)).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers["Content-Length"]))
        return int(head[0].split()[1]), headers, body


@asynccontextmanager
async def line(site: Site) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.root.rpartition(":")[2]))
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


def get(address: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {address} HTTP/1.1", "Host: here", *headers, "", "")).encode()


async def test_what_is_at_hand_is_answered_as_on_the_ordinary_way(site: Site, wave: bytes, asked: Asked) -> None:
    address = await cached(site, wave)
    asked.names.clear()
    async with line(site) as here:
        await here.send(get(address, "Connection: keep-alive", "Accept: */*"))
        at_once = await here.answer()
        assert asked.names == []
        await here.send(get(address, "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"))
        ordinary = await here.answer()
        assert asked.names == ["0.m4s"]
        for _, headers, _ in (at_once, ordinary):
            assert headers.pop("Date").endswith("GMT")
        assert at_once == ordinary
        assert at_once[0] == 200
        await here.send(get(address))
        assert (await here.answer())[2] == ordinary[2]
        assert asked.names == ["0.m4s"]


@pytest.mark.parametrize(
    ("header", "status"),
    [("Range: bytes=0-9", 206), ("rAnGe:bytes=0-9", 206), ("If-None-Match: *", 304), ("Connection: close", 200)],
)
async def test_what_changes_the_answer_goes_the_ordinary_way(
    site: Site, wave: bytes, asked: Asked, header: str, status: int
) -> None:
    address = await cached(site, wave)
    asked.names.clear()
    async with line(site) as here:
        await here.send(get(address, header))
        assert (await here.reader.readline()).split()[1] == str(status).encode()
    assert asked.names == ["0.m4s"]


async def test_a_header_counts_wherever_it_stands(site: Site, wave: bytes) -> None:
    address = await cached(site, wave)
    first = get(address, "Host: here").replace(b"Host: here", b"Range: bytes=0-9", 1)
    async with line(site) as here:
        await here.send(get(address))
        assert (await here.answer())[0] == 200
        await here.send(first)
        assert (await here.answer())[0] == 206


async def test_a_head_in_pieces_and_several_at_once_are_answered_in_order(site: Site, wave: bytes) -> None:
    address = await cached(site, wave)
    whole = get(address)
    async with line(site) as here:
        await here.send(whole[:9], whole[9:30], whole[30:])
        assert (await here.answer())[0] == 200
        await here.send(whole + get("/healthz") + whole)
        assert [len((await here.answer())[2]) > 1000 for _ in range(3)] == [True, False, True]
        await here.send(whole)
        assert (await here.answer())[0] == 200


async def test_what_follows_is_seen_to_before_it_is_answered_at_once(site: Site, tmp_path: Path, asked: Asked) -> None:
    sound = sounds.write(tmp_path / "twenty.flac", sounds.music(20, rate=22050, channels=1), rate=22050).read_bytes()
    front, version, _, _ = (await cached(site, sound)).rsplit("/", 3)

    async def ask(n: int, there: int) -> None:
        await here.send(get(f"{front}/{version}/{RUNG}/{n}.m4s"))
        assert (await here.answer())[0] == 200

        async def is_made() -> bool:
            return site.services.cache.has(f"{version[:2]}/{version}/{RUNG}/{there}.m4s")

        await until(is_made)

    async with line(site) as here:
        await ask(0, there=2)
        asked.names.clear()
        await ask(1, there=3)  # which it has made, and so it is no answer at once
        assert asked.names == ["1.m4s"]
        await ask(1, there=3)
        await ask(3, there=3)  # the last of four: nothing is missing after it
    assert asked.names == ["1.m4s"]


async def test_an_answer_under_way_is_not_overtaken(site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    address = await cached(site, wave)
    go_on, master = asyncio.Event(), Packager.master

    async def slowly(packager: Packager, *at: Any) -> str:
        await go_on.wait()
        return await master(packager, *at)

    monkeypatch.setattr(Packager, "master", slowly)
    async with line(site) as here:
        await here.send(get(f"{'/'.join(address.split('/')[:4])}/master.m3u8"), get(address))
        go_on.set()
        assert (await here.answer())[2].startswith(b"#EXTM3U")
        assert (await here.answer())[1]["Content-Type"] == "audio/mp4"


@pytest.mark.parametrize("length", ["Content-Length", "content-length"])
async def test_a_body_is_never_taken_for_a_request(site: Site, wave: bytes, asked: Asked, length: str) -> None:
    address = await cached(site, wave)
    asked.names.clear()
    hidden = get(address)
    async with line(site) as here:
        await here.send(get("/healthz", f"{length}: {len(hidden)}"), hidden)
        assert (await here.answer())[1]["Content-Type"].startswith("application/json")
        await here.send(get("/healthz"))
        assert (await here.answer())[1]["Content-Type"].startswith("application/json")
    assert asked.names == []


async def test_a_header_is_never_taken_for_a_request(site: Site, wave: bytes) -> None:
    address = await cached(site, wave)
    async with line(site) as here:
        hidden = get(address).replace(b"Host: here\r\n", b"")
        await here.send(b"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Odd: ", hidden)
        assert (await here.answer())[1]["Content-Type"].startswith("application/json")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await here.reader.readexactly(1)


async def test_it_is_for_public_tracks_and_for_as_long_as_they_are(site: Site, wave: bytes, asked: Asked) -> None:
    address = await cached(site, wave)
    track = address.split("/")[3]
    locked = await cached_private(site, wave)
    asked.names.clear()
    async with line(site) as here:
        await here.send(get(locked))
        assert (await here.answer())[0] == 200
        assert asked.names == ["0.m4s"]
        await here.send(get(locked.replace(locked.split("/")[2], "public")))
        assert (await here.answer())[0] == 404
        await here.send(get(address))
        assert (await here.answer())[0] == 200
        owner = await site.join("root", "admin")
        (await owner.ask("PATCH", f"/api/v1/tracks/{track}", json={"visibility": "private"})).ok()
        await here.send(get(address))
        assert (await here.answer())[0] == 404


async def cached_private(site: Site, wave: bytes) -> str:
    bob = await site.join("bob")
    hls = (await bob.publish(wave, visibility="private"))["stream"]["hls"]
    master = (await site.guest.get(hls)).ok().text
    listing = next(line for line in master.splitlines() if line.endswith("index.m3u8"))
    address = f"{hls.rpartition('/')[0]}/{listing.rpartition('/')[0]}/0.m4s"
    (await site.guest.get(address)).ok()
    return address


ODD = {
    "no colon": b"Bad Header\r\n",
    "a space in a name": b"X Y: 1\r\n",
    "a zero byte": b"X: a\0b\r\n",
    "line feeds alone, and another head": b"X: 1\n\nGET /healthz HTTP/1.1\r\n",
    "a very long line": b"X: " + bytes(20_000).replace(b"\0", b"a") + b"\r\n",
    "very many": b"X: 1\r\n" * 200,
}


@pytest.mark.parametrize("header", ODD.values(), ids=ODD)
async def test_a_head_that_is_refused_elsewhere_is_refused_here(site: Site, wave: bytes, header: bytes) -> None:
    address = (await cached(site, wave)).encode()
    statuses = []
    for target in (address, b"/healthz"):
        async with line(site) as here:
            await here.send(b"GET " + target + b" HTTP/1.1\r\nHost: here\r\n" + header + b"\r\n")
            async with asyncio.timeout(PATIENCE):
                statuses.append((await here.reader.readline()).split()[1])
    assert statuses[0] == statuses[1]


async def test_who_does_not_read_is_not_sent_more(site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    address = await cached(site, wave)
    came: list[bytes] = []
    answered: list[Connection] = []
    receive, answer = Connection.data_received, Connection._answer

    def noted(connection: Connection, data: bytes) -> None:
        receive(connection, data)
        came.append(data)

    def counted(connection: Connection, data: bytes) -> bool:
        done = answer(connection, data)
        if done:
            answered.append(connection)
        return done

    monkeypatch.setattr(Connection, "data_received", noted)
    monkeypatch.setattr(Connection, "_answer", counted)
    async with line(site) as here:
        await here.send(get(address))
        size = len((await here.answer())[2])
        here.writer.transport.pause_reading()
        for _ in range(2**25 // size):  # more than the system's own buffers hold
            before = len(came), len(answered)
            here.writer.write(get(address))
            async with asyncio.timeout(PATIENCE):
                while len(came) == before[0]:
                    await asyncio.sleep(0)
            if len(answered) == before[1]:
                break
        connection = answered[0]
        assert connection.transport is not None
        assert 2**18 <= connection.transport.get_write_buffer_size() < 2**18 + 2 * size
