from __future__ import annotations

import random
import subprocess
from io import BytesIO
from pathlib import Path

import pytest

from mediaserver.ingest import uploads
from tests import sounds
from tests.running import Site, assert_sentence


def cut_flac(folder: Path) -> bytes:
    whole = sounds.write(folder / "whole.flac", sounds.music(20)).read_bytes()
    return whole[: len(whole) // 3]


def no_samples(folder: Path) -> bytes:
    path = folder / "none.wav"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=44100", "-frames:a", "0", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def picture(folder: Path) -> bytes:
    path = folder / "red.png"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def film(folder: Path) -> bytes:
    path = folder / "silent.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:duration=1", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def playlist(folder: Path) -> bytes:
    """What would have FFmpeg read other files, if it were let."""
    return b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


BAD = {
    "text.mp3": lambda folder: b"This is not music.\n" * 200,
    "paper.pdf": lambda folder: b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<<>>\n%%EOF\n" * 20,
    "cut.flac": cut_flac,
    "none.wav": no_samples,
    "random.mp3": lambda folder: random.Random(7).randbytes(300_000),
    "random.wav": lambda folder: b"RIFF" + random.Random(8).randbytes(100_000),
    "picture.mp3": picture,
    "film.mp4": film,
    "zeros.wav": lambda folder: bytes(100_000),
    "one.wav": lambda folder: b"R",
    "list.m3u8": playlist,
    "concat.flac": lambda folder: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "page.ogg": lambda folder: b"<html><body>Please sign in</body></html>",
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_recording_gets_one_sentence_and_leaves_nothing(site: Site, tmp_path: Path, name: str) -> None:
    ann = await site.join()
    upload = await ann.upload(BytesIO(BAD[name](tmp_path)), name)
    assert upload["state"] == "failed"
    assert_sentence(upload["problem"])
    assert "log" not in upload["problem"].split()  # it is the file's fault, and that is what is said
    assert upload["track"] is None
    assert site.originals() == []
    assert (await site.guest.get("/api/v1/tracks")).json["items"] == []
    assert (await ann.get("/upload")).text.count(name)


async def test_an_empty_file_is_refused_at_once(site: Site) -> None:
    ann = await site.join()
    assert "empty" in (await ann.send(b"", "empty.wav")).problem(422)
    assert site.originals() == []
    assert (await ann.get("/api/v1/uploads")).json["items"] == []


async def test_bad_files_do_not_hold_up_good_ones(site: Site, wave: bytes, tmp_path: Path) -> None:
    ann = await site.join()
    for name in ("text.mp3", "cut.flac", "random.wav"):
        await ann.send(BAD[name](tmp_path), name)
    assert (await ann.upload(wave))["state"] == "ready"


async def test_the_same_bad_file_twice_is_refused_twice(site: Site) -> None:
    ann = await site.join()
    for _ in range(2):
        assert (await ann.upload(b"no music", "x.mp3"))["state"] == "failed"
    assert site.originals() == []


async def test_a_refused_upload_spares_the_original_of_a_track(site: Site, wave: bytes) -> None:
    """The same bytes, once as a track and once as an upload that is refused."""
    ann = await site.join()
    track = await ann.publish(wave)
    sent = await ann.send(wave, "again.wav")
    refused = await site.services.db.read(uploads.get, sent.json["id"])
    await site.services.uploads.refuse(refused, "This one is not wanted.")
    assert len(site.originals()) == 1
    assert (await site.guest.get(track["stream"]["hls"])).status == 200
