from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from yarl import URL

from mediaserver.media.artwork import SIZES
from tests import running, sounds
from tests.running import Site, Visitor, until

MiB = 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A data folder on a file system of 6 MiB, which root can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room; return the file that takes it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def png(folder: Path) -> bytes:
    path = folder / "cover.png"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:size=300x300", "-frames:v", "1", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def tagged(folder: Path) -> bytes:
    """An MP3 with tags and a picture."""
    png(folder)
    tags = {
        "title": "Öde Straße",
        "artist": "Ann & Bob",
        "album": "Wege",
        "track": "3/9",
        "date": "2021",
        "genre": "Folk",
    }
    plain = sounds.write(folder / "plain.mp3", sounds.music(2), metadata=tags)
    command = ["ffmpeg", "-v", "error", "-i", str(plain), "-i", str(folder / "cover.png"), "-map", "0", "-map", "1"]
    subprocess.run([*command, "-c", "copy", "-id3v2_version", "3", str(folder / "tagged.mp3")], check=True)
    return (folder / "tagged.mp3").read_bytes()


async def trickle(data: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not told."""
    for start in range(0, len(data), 65536):
        yield data[start : start + 65536]


async def open_upload(visitor: Visitor, length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin an upload by hand."""
    url = URL(visitor.root)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /api/v1/uploads?filename=cut.wav HTTP/1.1\r\nHost: {url.authority}\r\nContent-Length: {length}\r\n"
    writer.write(f"{head}Cookie: mediaserver_session={visitor.token}\r\n\r\n".encode())
    return reader, writer


async def test_a_wave_becomes_a_track(site: Site, wave: bytes) -> None:
    ann = await site.join()
    sent = await ann.send(wave, "02 - First_Song.wav")
    assert sent.status == 202
    assert sent.headers["Location"] == f"/api/v1/uploads/{sent.json['id']}"
    assert sent.json["state"] in {"received", "analysing"}
    assert sent.json["bytes"] == len(wave)
    upload = await ann.end_of(sent.headers["Location"])
    assert (upload["state"], upload["progress"], upload["problem"]) == ("ready", 1.0, None)
    track = upload["track"]
    assert (track["title"], track["number"], track["state"]) == ("First Song", 2, "ready")
    assert track["duration"] == 3
    assert track["credited"] == "ann"
    assert -40 < track["loudness"]["integrated"] < 0
    assert (await site.guest.get(track["stream"]["hls"])).status == 200
    assert (await ann.get("/api/v1/uploads")).json["items"][0]["id"] == upload["id"]


async def test_tags_and_picture_are_shown(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    track = await ann.publish(tagged(tmp_path), "x.mp3", artist="tags")
    shown = (await site.guest.get(f"/api/v1/tracks/{track['id']}")).ok().json
    assert (shown["title"], shown["credited"], shown["artist"]["name"]) == ("Öde Straße", "Ann & Bob", "Ann & Bob")
    assert (shown["release"]["title"], shown["number"], shown["date"]) == ("Wege", 3, "2021")
    assert shown["genres"] == ["Folk"]
    for size in SIZES:
        picture = await site.guest.get(shown["artwork"]["sizes"][str(size)])
        assert picture.ok().headers["Content-Type"] == "image/webp"
        assert picture.body[:4] == b"RIFF"
    waveform = (await site.guest.get(shown["waveform"])).ok().json
    assert waveform["version"] == 2
    assert waveform["length"] * waveform["samples_per_pixel"] >= shown["duration"] * waveform["sample_rate"]
    assert (await site.guest.get(shown["url"])).ok().body.decode().count("Öde Straße")
    assert (await site.guest.get(shown["release"]["url"])).ok()


async def test_progress_is_told(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    sent = await ann.send(sounds.large_wave(tmp_path / "long.wav", 60 * MiB).open("rb"))
    seen: set[float] = set()

    async def look() -> bool:
        upload = (await ann.get(sent.headers["Location"])).json
        seen.add(upload["progress"])
        return upload["state"] in ("ready", "failed")

    await until(look)
    assert max(seen) == 1
    assert any(0 < progress < 1 for progress in seen)


async def test_an_upload_never_lies_in_memory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    [token] = await running.prepare(data, ("ann", "creator"))
    body = sounds.large_wave(tmp_path / "large.wav", 300 * MiB)
    most = 0

    async def look(server: running.Program) -> None:
        nonlocal most
        while True:
            most = max(most, server.resident)
            await asyncio.sleep(0.01)

    with running.program(data) as server:
        async with running.browsers() as http:
            ann = server.visitor(http, token)
            before = server.resident
            looking = asyncio.create_task(look(server))
            with body.open("rb") as file:
                sent = await ann.send(file)
            looking.cancel()
            assert sent.status == 202
            assert most - before < 60 * MiB
            await ann.get("/healthz")
        assert server.stop() == 0


async def test_the_same_file_twice_stands_on_one_original(site: Site, wave: bytes) -> None:
    ann = await site.join()
    first, second = await asyncio.gather(ann.publish(wave, "one.wav"), ann.publish(wave, "two.wav"))
    assert first["id"] != second["id"]
    assert {first["title"], second["title"]} == {"one", "two"}
    assert len(site.originals()) == 1


async def test_an_upload_that_is_cut_off_leaves_nothing(tmp_path: Path, wave: bytes) -> None:
    data = tmp_path / "data"
    [token] = await running.prepare(data, ("ann", "creator"))
    errors = tmp_path / "errors"
    with running.program(data, errors=errors) as server:
        async with running.browsers() as http:
            ann = server.visitor(http, token)
            _, writer = await open_upload(ann, 50 * MiB)
            writer.write(bytes(5 * MiB))
            await writer.drain()
            await asyncio.to_thread(running.wait_for, lambda: running.files_below(data / "originals"))
            writer.transport.abort()
            await asyncio.to_thread(running.wait_for, lambda: not running.files_below(data / "originals"))
            assert (await ann.get("/api/v1/uploads")).json["items"] == []
            assert (await ann.upload(wave))["state"] == "ready"
        assert server.stop() == 0
    assert "Traceback" not in errors.read_text()


async def test_one_that_ends_early_but_politely_is_refused(site: Site, wave: bytes) -> None:
    ann = await site.join()
    reader, writer = await open_upload(ann, len(wave))
    writer.write(wave[:-1])
    writer.write_eof()
    async with asyncio.timeout(running.PATIENCE):
        assert not (await reader.read()).startswith(b"HTTP/1.1 2")
    writer.close()

    async def gone() -> bool:
        return site.originals() == []

    await until(gone)
    assert (await ann.get("/api/v1/uploads")).json["items"] == []


@pytest.mark.parametrize("told", [True, False], ids=["length told", "length not told"])
async def test_too_large_is_refused_and_leaves_nothing(tmp_path: Path, wave: bytes, told: bool) -> None:
    async with running.site(tmp_path / "data", upload_limit=MiB) as site:
        ann = await site.join()
        large = wave + bytes(2 * MiB)
        answer = await ann.send(BytesIO(large) if told else trickle(large))
        assert "1 MiB" in answer.problem(413, "too-large")
        assert site.originals() == []
        assert (await ann.upload(trickle(wave)))["state"] == "ready"


@pytest.mark.parametrize("size", [3000, 8 * MiB], ids=["small file", "large file"])
async def test_a_full_disk_is_told_and_passes(disk: Path, wave: bytes, size: int) -> None:
    async with running.site(disk / "data") as site:
        ann = await site.join()
        ballast = fill(disk)
        for body in (BytesIO(bytes(size)), trickle(bytes(size))):
            answer = await ann.send(body)
            assert "disk is full" in answer.problem(503, "storage-full")
            assert int(answer.headers["Retry-After"]) > 0
            assert site.originals() == []
        assert (await site.guest.get("/healthz")).status == 200
        assert (await site.guest.get("/")).status == 200
        ballast.unlink()
        assert (await ann.upload(wave))["state"] == "ready"


async def test_what_the_full_database_cannot_note_is_not_kept(disk: Path, tmp_path: Path, wave: bytes) -> None:
    """There is room for the file, and none for the row."""
    (disk / "data").mkdir()
    (tmp_path / "roomy").mkdir()
    (disk / "data" / "originals").symlink_to(tmp_path / "roomy")
    async with running.site(disk / "data") as site:
        ann = await site.join()
        ballast = fill(disk)
        for _ in range(2):
            (await ann.send(wave)).problem(503, "storage-full")
        assert running.files_below(tmp_path / "roomy") == []
        ballast.unlink()
        assert (await ann.upload(wave))["state"] == "ready"


async def test_a_full_disk_shuts_nobody_out(disk: Path) -> None:
    """It is time to note that the session is in use, and there is no room for the note."""
    async with running.site(disk / "data") as site:
        ann = await site.join()
        await site.services.db.write(lambda tx: tx.run("UPDATE sessions SET seen_at = 0"))
        fill(disk)
        (await ann.get("/api/v1/session")).ok()
        assert (await ann.get("/")).status == 200


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd.wav", "passwd.wav"),
        ("..\\..\\boot.wav", "boot.wav"),
        ("/absolute.wav", "absolute.wav"),
        ("bell\x07 and\x00 nul\r\n.wav", "bell and nul.wav"),
        ("..", "untitled"),
        ("\x00", "untitled"),
        ("x" * 2000 + ".wav", "x" * 251 + ".wav"),
    ],
)
async def test_a_name_is_only_a_name(site: Site, wave: bytes, name: str, shown: str) -> None:
    ann = await site.join()
    upload = await ann.upload(wave, name)
    assert (upload["state"], upload["filename"]) == ("ready", shown)
    assert [path.parent.parent.name for path in site.originals()] == ["originals"]
    assert (await site.guest.get(upload["track"]["url"])).status == 200


async def test_who_may_not_upload(site: Site, wave: bytes) -> None:
    ann, bob, listener = await site.join(), await site.join("bob"), await site.join("lou", "listener")
    (await site.guest.send(wave)).problem(401, "not-signed-in")
    (await listener.send(wave)).problem(403, "forbidden")
    for origin in ("http://elsewhere.example", "null", "", site.root + "0", site.root + ".elsewhere.example"):
        answer = await ann.ask("POST", "/api/v1/uploads?filename=x.wav", data=wave, headers={"Origin": origin})
        answer.problem(403, "forbidden")
    own = await ann.publish(wave)
    (await bob.send(wave, artist=own["artist"]["id"])).problem(403, "forbidden")
    (await ann.send(wave, artist="01234567890123456789012345")).problem(404, "not-found")
    (await ann.send(wave, visibility="secret")).problem(422, "invalid")
    (await ann.send(wave, " ")).problem(422, "invalid")
    (await ann.ask("POST", "/api/v1/uploads", data=wave)).problem(422, "invalid")
    accepted = await ann.ask("POST", "/api/v1/uploads?filename=x.wav", data=wave, headers={"Origin": site.root})
    assert accepted.status == 202
    assert len(site.originals()) == 1


async def test_uploads_are_their_senders_alone(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob", "admin")
    upload = await ann.upload(wave)
    (await bob.get(f"/api/v1/uploads/{upload['id']}")).problem(404)
    (await site.guest.get(f"/api/v1/uploads/{upload['id']}")).problem(401)
    assert (await bob.get("/api/v1/uploads")).json == {"items": [], "next": None}


async def test_what_went_into_other_hands_is_not_shown_to_its_sender(site: Site, wave: bytes) -> None:
    ann, bob, root = await site.join(), await site.join("bob"), await site.join("root", "admin")
    other = await bob.publish(wave, "other.wav")
    upload = await ann.upload(wave, "sent.wav")
    changes = {"artist": other["artist"]["id"], "visibility": "private", "title": "Vault"}
    (await root.ask("PATCH", f"/api/v1/tracks/{upload['track']['id']}", json=changes)).ok()
    assert (await ann.get(f"/api/v1/uploads/{upload['id']}")).ok().json["track"] is None
    for address in ("/api/v1/uploads", "/upload"):
        assert "Vault" not in (await ann.get(address)).ok().text


async def test_an_artist_may_be_chosen(site: Site, wave: bytes) -> None:
    ann = await site.join()
    first = await ann.publish(wave, "one.wav")
    second = await ann.publish(wave, "two.wav", artist=first["artist"]["id"], visibility="unlisted")
    assert second["artist"] == first["artist"]
    assert second["visibility"] == "unlisted"
