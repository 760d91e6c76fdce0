"""The two walks of the architecture, end to end, for every kind of recording: it comes in, shows its tags, plays."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import m3u8
import numpy as np
import pytest

from tests import running, sounds

SECONDS = 9.3
TAGS = {
    "title": "Über den Wolken",
    "artist": "Ann & Bob",
    "album": "Wege",
    "track": "4",
    "date": "2020",
    "genre": "Folk",
}
Maker = Callable[[Path], Path]


def ours(name: str, codec: str | None = None, rate: int = 44100, channels: int = 2, **options: object) -> Maker:
    """A file by our own sound makers."""

    def make(folder: Path) -> Path:
        return sounds.write(folder / name, sounds.music(SECONDS, rate, channels), rate, codec, metadata=TAGS, **options)

    return make


def ffmpeg(name: str, *words: str) -> Maker:
    """A file by the ffmpeg program."""

    def make(folder: Path) -> Path:
        source = sounds.write(folder / "source.wav", sounds.music(SECONDS))
        tags = [word for key, value in TAGS.items() for word in ("-metadata", f"{key}={value}")]
        path = folder / name
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(source), *tags, *words, str(path)], check=True)
        return path

    return make


KINDS = {
    "wav 16": ours("a.wav"),
    "wav 24": ours("a.wav", "pcm_s24le"),
    "wav float": ours("a.wav", "pcm_f32le"),
    "wav mono": ours("a.wav", channels=1),
    "wav 5.1": ours("a.wav", channels=6),
    "wav 96 kHz": ours("a.wav", "pcm_s24le", rate=96000),
    "wav 8 kHz": ours("a.wav", rate=8000, channels=1),
    "aiff": ffmpeg("a.aiff", "-write_id3v2", "1"),
    "flac": ours("a.flac"),
    "flac 96 kHz": ours("a.flac", rate=96000),
    "alac": ffmpeg("a.m4a", "-c:a", "alac"),
    "mp3 vbr": ffmpeg("a.mp3", "-q:a", "3"),
    "mp3 cbr": ffmpeg("a.mp3", "-b:a", "160k", "-write_xing", "0"),
    "m4a": ffmpeg("a.m4a", "-b:a", "128k"),
    "adts": ffmpeg("a.aac", "-b:a", "128k", "-write_id3v2", "1"),
    "vorbis": ffmpeg("a.ogg", "-c:a", "libvorbis"),
    "opus": ours("a.opus", rate=48000),
    "wavpack": ffmpeg("a.wv", "-c:a", "wavpack"),
}
PADDED = {"mp3 vbr": 1152, "mp3 cbr": 3 * 1152, "m4a": 1024, "adts": 3 * 1024}  # samples that the format itself adds


async def heard_length(root: str, address: str) -> tuple[int, int]:
    """Samples from 0 on that the ffmpeg program hears, and their rate."""
    command = ["ffmpeg", "-v", "warning", "-copyts", "-i", root + address, "-map", "0:a:0", "-af", "atrim=start=0"]
    command += ["-f", "au", "-"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    head, rate, channels = (int.from_bytes(done.stdout[at : at + 4], "big") for at in (4, 16, 20))
    samples = np.frombuffer(done.stdout[head:], ">i2").reshape(-1, channels)
    assert np.abs(samples.astype(int)).max() > 1000
    return len(samples), rate


@pytest.mark.parametrize("kind", KINDS)
async def test_from_a_file_to_its_sound(tmp_path: Path, kind: str) -> None:
    path = KINDS[kind](tmp_path)
    async with running.site(tmp_path / "data") as site:
        ann = await site.join()
        with path.open("rb") as file:
            track = await ann.publish(file, path.name, artist="tags")
        shown = (await site.guest.get(f"/api/v1/tracks/{track['id']}")).ok().json
        assert (shown["title"], shown["credited"]) == (TAGS["title"], TAGS["artist"])
        assert shown["release"]["title"] == TAGS["album"]
        assert (shown["date"], shown["genres"]) == (TAGS["date"], [TAGS["genre"]])
        assert 0 <= shown["duration"] - SECONDS <= (PADDED.get(kind, 0) + 1) / 44100
        assert TAGS["title"] in (await site.guest.get(shown["url"])).ok().text
        samples, rate = await heard_length(site.root, shown["stream"]["hls"])
        assert 0 <= samples - Fraction(shown["duration"]) * rate < 1024 + 1
        await assert_every_rung_is_whole(site.guest, shown["stream"]["hls"], shown["duration"])


async def assert_every_rung_is_whole(visitor: running.Visitor, master: str, seconds: float) -> None:
    """Every segment of every rung is there, and together they are as long as the track."""
    base = master.rpartition("/")[0]
    for entry in m3u8.loads((await visitor.get(master)).ok().text).playlists:
        media = m3u8.loads((await visitor.get(f"{base}/{entry.uri}")).ok().text)
        folder = f"{base}/{entry.uri}".rpartition("/")[0]
        (await visitor.get(f"{folder}/{media.segment_map[0].uri}")).ok()
        for segment in media.segments:
            assert (await visitor.get(f"{folder}/{segment.uri}")).ok().body[4:8] == b"styp"
        (await visitor.get(f"{folder}/{len(media.segments)}.m4s")).problem(404)
        assert abs(sum(segment.duration for segment in media.segments) - seconds) < 1e-3
