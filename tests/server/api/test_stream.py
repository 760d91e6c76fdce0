from __future__ import annotations

import asyncio
import errno
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from aiohttp import ClientPayloadError
from yarl import URL

from mediaserver.base.errors import Invalid
from mediaserver.media.decode import Reader
from mediaserver.media.progressive.file import File
from mediaserver.media.progressive.flac import Flac
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.server import sending
from mediaserver.streaming.progressive import Progressive
from tests import sounds
from tests.running import PATIENCE, Answer, Site, Visitor, until

NOBODY = "01234567890123456789012345"


@pytest.fixture(scope="session")
def long_wave(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Enough for several parts."""
    return sounds.write(tmp_path_factory.mktemp("sounds") / "long.wav", sounds.music(14)).read_bytes()


def address(track: dict[str, Any], query: str = "") -> str:
    return f"/api/v1/tracks/{track['id']}/stream{query}"


async def offer(site: Site, sound: bytes, filename: str = "sound.wav") -> dict[str, Any]:
    """A track that everybody may take home as it came."""
    ann = await site.join()
    track = await ann.publish(BytesIO(sound), filename)
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": "all"})).ok()
    return track


async def part(visitor: Visitor, at: str, asked: str, **headers: str) -> Answer:
    return await visitor.get(at, headers={"Range": asked, **headers})


@pytest.mark.parametrize(
    ("query", "kind", "extension"),
    [
        ("", "audio/mpeg", "mp3"),
        ("?format=mp3&bitrate=192", "audio/mpeg", "mp3"),
        ("?format=opus", "audio/ogg", "opus"),
        ("?format=wav", "audio/wav", "wav"),
        ("?format=original", "audio/wav", "wav"),
    ],
)
async def test_every_format_has_its_length_and_its_ranges(
    site: Site, long_wave: bytes, query: str, kind: str, extension: str
) -> None:
    at = address(await offer(site, long_wave, "An öld sông.wav"), query)
    told = (await site.guest.ask("HEAD", at)).ok()
    length = int(told.headers["Content-Length"])
    assert told.body == b""
    middle = await part(site.guest, at, f"bytes={length // 2}-{length // 2 + 99}")  # before anything was made
    assert (middle.status, len(middle.body)) == (206, 100)
    assert middle.headers["Content-Range"] == f"bytes {length // 2}-{length // 2 + 99}/{length}"
    whole = (await site.guest.get(at)).ok()
    assert (whole.status, len(whole.body), whole.headers["Content-Length"]) == (200, length, str(length))
    assert whole.body[length // 2 :][:100] == middle.body
    for answer in (told, middle, whole):
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.headers["ETag"] == told.headers["ETag"]
        name = f"%C3%B6ld%20s%C3%B4ng.{extension}"
        assert answer.headers["Content-Disposition"].startswith("inline; ")
        assert name in answer.headers["Content-Disposition"]
    last = await part(site.guest, at, "bytes=-7")
    assert (last.status, last.body) == (206, whole.body[-7:])
    if query == "?format=original":
        assert whole.body == long_wave


async def test_the_file_itself_is_for_whom_the_artist_lets_have_it(site: Site, tmp_path: Path) -> None:
    """What is heard as FLAC without that right is the same sound, and nothing of what the file says besides."""
    ann = await site.join()
    path = sounds.write(tmp_path / "song.flac", sounds.music(3), metadata={"title": "Song", "album": "Secret"})
    track = await ann.publish(path.read_bytes(), "song.flac")
    for kind in ("original", "flac"):
        own = (await ann.get(address(track, f"?format={kind}"))).ok()
        assert own.body == path.read_bytes()
        assert own.headers["Cache-Control"] == "private, no-cache"
    (await site.guest.get(address(track, "?format=original"))).problem(403)
    heard = (await site.guest.get(address(track, "?format=flac"))).ok()
    assert b"Secret" not in heard.body
    assert heard.headers["Cache-Control"] == "public, max-age=3600"
    (tmp_path / "heard.flac").write_bytes(heard.body)
    with Reader(path) as original, Reader(tmp_path / "heard.flac") as again:
        assert (original.pcm(0, 3 * 44100, 2) == again.pcm(0, 3 * 44100, 2)).all()
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": "all"})).ok()
    open_to_all = (await site.guest.get(address(track, "?format=original"))).ok()
    assert open_to_all.headers["Cache-Control"] == "public, max-age=3600"


async def test_flac_is_made_while_it_is_sent_and_says_so(site: Site, long_wave: bytes) -> None:
    at = address(await (await site.join()).publish(BytesIO(long_wave)), "?format=flac")
    told = (await site.guest.ask("HEAD", at)).ok()
    ranged = await part(site.guest, at, "bytes=100-199")
    whole = (await site.guest.get(at)).ok()
    assert told.body == b""
    assert (ranged.status, ranged.body) == (200, whole.body)
    for answer in (told, ranged, whole):
        assert answer.headers["Accept-Ranges"] == "none"
        assert answer.headers["Content-Type"] == "audio/flac"
        assert answer.headers["ETag"] == told.headers["ETag"]
        assert "Content-Length" not in answer.headers
    assert whole.headers["Transfer-Encoding"] == "chunked"
    assert samples(BytesIO(whole.body)) == samples(BytesIO(long_wave))
    known = await site.guest.get(at, headers={"If-None-Match": told.headers["ETag"]})
    assert (known.status, known.body) == (304, b"")


def samples(file: BytesIO) -> bytes:
    with av.open(file) as box:
        return b"".join(frame.to_ndarray().tobytes() for frame in box.decode(audio=0))


async def test_a_flac_that_breaks_off_is_not_taken_for_whole(
    site: Site, long_wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = address(await (await site.join()).publish(BytesIO(long_wave)), "?format=flac")
    make = Flac.make

    def failing(layout: Flac, n: int) -> bytes:
        if n == 2:
            raise Invalid("The file is damaged.")
        return make(layout, n)

    monkeypatch.setattr(Flac, "make", failing)
    with pytest.raises(ClientPayloadError):
        await site.guest.get(at)


async def test_an_old_client_without_chunks_gets_the_whole_flac(site: Site, long_wave: bytes) -> None:
    at = address(await (await site.join()).publish(BytesIO(long_wave)), "?format=flac")
    whole = (await site.guest.get(at)).ok().body
    url = URL(site.root)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"GET {at} HTTP/1.0\r\nHost: {url.host}:{url.port}\r\n\r\n".encode())
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert b" 200 " in head.splitlines()[0]
    assert b"chunked" not in head
    assert body == whole


async def test_parallel_ranges_make_the_whole(site: Site, long_wave: bytes) -> None:
    at = address(await (await site.join()).publish(BytesIO(long_wave)))
    length = int((await site.guest.ask("HEAD", at)).headers["Content-Length"])
    asked = [f"bytes={start}-{start + 9999}" for start in range(0, length, 10_000)]
    pieces = await asyncio.gather(*(part(site.guest, at, each) for each in asked))
    assert b"".join(piece.body for piece in pieces) == (await site.guest.get(at)).body


async def test_conditions(site: Site, wave: bytes) -> None:
    at = address(await (await site.join()).publish(wave))
    whole = await site.guest.get(at)
    etag, length = whole.headers["ETag"], len(whole.body)
    assert (await part(site.guest, at, "bytes=1-2", **{"If-Range": etag})).status == 206
    assert (await part(site.guest, at, "bytes=1-2", **{"If-Range": '"other"'})).body == whole.body
    outside = await part(site.guest, at, f"bytes={length}-")
    outside.problem(416)
    assert outside.headers["Content-Range"] == f"bytes */{length}"
    known = await site.guest.get(at, headers={"If-None-Match": etag})
    assert (known.status, known.body, known.headers["ETag"]) == (304, b"", etag)
    headed = await site.guest.ask("HEAD", at, headers={"Range": "bytes=1-2"})
    assert (headed.status, headed.headers["Content-Length"]) == (200, str(length))


async def test_a_private_track_is_its_owners(site: Site, wave: bytes) -> None:
    ann = await site.join()
    at = address(await ann.publish(wave, visibility="private"))
    for stranger in (site.guest, await site.join("bob")):
        (await stranger.get(at)).problem(404)
        (await part(stranger, at, "bytes=0-1")).problem(404)
    assert (await ann.get(at)).ok().headers["Cache-Control"] == "private, no-cache"


async def test_wrong_wishes(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave)
    assert "mp3, opus, wav" in (await site.guest.get(address(track, "?format=midi"))).problem(415, "unsupported")
    assert "320" in (await site.guest.get(address(track, "?bitrate=127"))).problem(422, "invalid")
    (await site.guest.get(address({"id": NOBODY}))).problem(404)


async def test_a_track_says_where_its_stream_is(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave)
    at = track["stream"]["progressive"]
    assert at == address(track, "?format=mp3&bitrate=128")
    assert (await site.guest.get(at)).ok().headers["Content-Type"] == "audio/mpeg"


async def test_a_name_cannot_break_out_of_its_header(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    changed = await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": '../"a"; b=\r\nX: y\\%41'})
    changed.ok()
    headers = (await site.guest.ask("HEAD", address(track))).ok().headers
    assert "X" not in headers
    said = headers["Content-Disposition"]
    assert said.count('"') == 2
    assert not set(said) & {"/", "\\", "\r", "\n"}


async def test_who_leaves_stops_the_making(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eight_parts = sounds.write(tmp_path / "tone.wav", sounds.tone(28)).read_bytes()
    at = address(await (await site.join()).publish(BytesIO(eight_parts)), "?bitrate=320")
    made: list[int] = []
    make, read = Mp3.make, Progressive.read
    go_on, left, workshop = threading.Event(), asyncio.Event(), site.services.progressive._workshop

    def slowly(layout: Mp3, n: int) -> bytes:
        made.append(n)
        if n == 2:
            assert go_on.wait(PATIENCE)
        return make(layout, n)

    async def watched(*at: Any, **more: Any) -> AsyncIterator[bytes]:
        try:
            async for data in read(*at, **more):
                yield data
        finally:
            left.set()

    async def is_begun() -> bool:
        return 2 in made

    async def is_done() -> bool:
        return not workshop._making

    monkeypatch.setattr(Mp3, "make", slowly)
    monkeypatch.setattr(Progressive, "read", watched)
    async with site.http.get(site.root + at) as response:
        assert await response.content.readexactly(100_000)
        await until(is_begun)
    async with asyncio.timeout(PATIENCE):
        await left.wait()
    go_on.set()
    await until(is_done)
    assert sorted(made) in ([0, 1, 2], [0, 1, 2, 3])  # two are begun ahead: the last, if a core was free


async def test_what_breaks_off_is_not_taken_for_whole(
    site: Site, long_wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = await (await site.join()).publish(BytesIO(long_wave))
    make = Mp3.make

    def shorter(layout: Mp3, n: int) -> bytes:
        return make(layout, n)[n // 2 :]

    monkeypatch.setattr(Mp3, "make", shorter)
    with pytest.raises(ClientPayloadError):
        await site.guest.get(address(track))
    length = int((await site.guest.ask("HEAD", address(track))).headers["Content-Length"])
    (await part(site.guest, address(track), f"bytes={length - 5}-")).problem(500)


async def test_a_failure_of_the_machine_cuts_the_line_and_adds_no_second_answer(
    site: Site, long_wave: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    at = address(await offer(site, long_wave), "?format=original")
    make = File.make

    def failing(layout: File, n: int) -> bytes:
        if n == 2:
            raise OSError(errno.EMFILE, "Too many open files")
        return make(layout, n)

    monkeypatch.setattr(File, "make", failing)
    url = URL(site.root)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"GET {at} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    assert b" 200 " in head.splitlines()[0]
    assert 0 < len(body) < len(long_wave)
    assert body == long_wave[: len(body)]
    assert "failed" in caplog.text


@pytest.mark.parametrize("query", ["", "?format=opus", "?format=wav"])
async def test_ffmpeg_seeks_in_it(site: Site, long_wave: bytes, query: str) -> None:
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("there is no ffmpeg program here")
    at = site.root + address(await (await site.join()).publish(BytesIO(long_wave)), query)
    form = ["-f", "f32le", "-"]
    ran = await asyncio.to_thread(
        subprocess.run, [program, "-v", "error", "-ss", "10", "-i", at, *form], capture_output=True, check=True
    )
    assert ran.stderr == b""
    rate = 48000 if "opus" in query else 44100
    assert abs(len(ran.stdout) / 8 / rate - 4) < 0.1


@pytest.mark.parametrize("ending", ["deleted", "private"])
async def test_a_stream_ends_with_the_right_to_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(sending, "_ASK_AGAIN", 0.0)
    ann = await site.join()
    path = sounds.write(tmp_path / "long.wav", sounds.tone(180))  # more than sockets hold on the way
    track = await ann.publish(BytesIO(path.read_bytes()))
    url = URL(site.root + address(track, "?format=wav"), encoded=True)
    async with site.http.get(url) as response:
        await response.content.readexactly(1000)
        if ending == "deleted":
            (await ann.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
        else:
            (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "private"})).ok()
        with pytest.raises(ClientPayloadError):
            await response.content.read()
