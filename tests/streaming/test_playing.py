from __future__ import annotations

import asyncio
import subprocess
import wave
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import m3u8
import numpy as np
import pytest

from mediaserver.media.renditions import LADDER
from tests import sounds
from tests.running import Site, Visitor

RATE = 44100
FRAME = 1024
SECONDS = 15.4321
AAC = [each for each in LADDER if each.codec == "aac"]


@pytest.fixture
def sound() -> np.ndarray:
    return sounds.music(SECONDS)


def as_wave(folder: Path, sound: np.ndarray) -> BytesIO:
    return BytesIO(sounds.write(folder / "x.wav", sound, codec="pcm_f32le").read_bytes())


def ffmpeg(address: str) -> np.ndarray:
    """What the ffmpeg program plays from sample 0 on; it must have nothing to complain of."""
    command = ["ffmpeg", "-v", "warning", "-copyts", "-i", address, "-map", "0:a:0", "-af", "atrim=start=0"]
    done = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2)


def error(heard: np.ndarray, sound: np.ndarray) -> float:
    """Power of the difference, in dB below that of the sound."""
    return float(10 * np.log10(np.mean((heard - sound) ** 2) / np.mean(sound**2)))


def assert_seamless(address: str) -> None:
    """Every frame begins where the one before it ended."""
    command = ["ffprobe", "-v", "error", "-show_entries", "frame=pts,nb_samples", "-of", "csv=p=0", address]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    frames = [tuple(map(int, line.strip(",").split(",")[:2])) for line in lines]
    assert frames[0][0] in (0, -FRAME)
    assert all(start + length == after for (start, length), (after, _) in pairwise(frames))


async def parsed(visitor: Visitor, address: str) -> m3u8.M3U8:
    answer = (await visitor.get(address)).ok()
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    return m3u8.loads(answer.text, uri=visitor.root + address, custom_tags_parser=None)


async def test_playlists_are_strict_and_exact(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    track = await (await site.join()).publish(as_wave(tmp_path, sound))
    master = await parsed(site.guest, track["stream"]["hls"])
    assert master.is_variant
    assert len(master.playlists) == len(AAC)
    base = track["stream"]["hls"].rpartition("/")[0]
    for entry, rung in zip(master.playlists, sorted(AAC, key=lambda each: each.bitrate != 128_000), strict=True):
        assert entry.stream_info.codecs == "mp4a.40.2"
        assert entry.stream_info.bandwidth >= entry.stream_info.average_bandwidth > 0
        assert not entry.uri.startswith(("/", "http"))
        listing = (await site.guest.get(f"{base}/{entry.uri}")).ok().text
        media = m3u8.loads(listing)
        assert (media.playlist_type, media.is_endlist, media.media_sequence) == ("vod", True, 0)
        assert media.segment_map[0].uri == "init.mp4"
        assert media.target_duration >= max(round(segment.duration) for segment in media.segments)
        assert abs(sum(segment.duration for segment in media.segments) - len(sound) / RATE) < 1e-5 * len(media.segments)
        assert [segment.uri for segment in media.segments] == [f"{n}.m4s" for n in range(len(media.segments))]
        folder = f"{base}/{entry.uri}".rpartition("/")[0]
        sizes = [len((await site.guest.get(f"{folder}/{segment.uri}")).ok().body) for segment in media.segments]
        rates = [8 * size / segment.duration for size, segment in zip(sizes[:-1], media.segments, strict=False)]
        assert max(rates) <= entry.stream_info.bandwidth, rung.name


async def test_the_ffmpeg_program_plays_it_whole(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    track = await (await site.join()).publish(as_wave(tmp_path, sound))
    heard = await asyncio.to_thread(ffmpeg, site.root + track["stream"]["hls"])
    assert 0 <= len(heard) - len(sound) < FRAME
    assert error(heard[: len(sound)], sound) < -15
    base = track["stream"]["hls"].rpartition("/")[0]
    master = await parsed(site.guest, track["stream"]["hls"])
    entry = master.playlists[0].uri
    media = m3u8.loads((await site.guest.get(f"{base}/{entry}")).ok().text)
    bounds = np.cumsum([segment.duration for segment in media.segments])[:-1]
    for bound in np.rint(bounds * RATE).astype(int):
        near = slice(bound - FRAME, bound + FRAME)
        assert error(heard[near], sound[near]) < -12
    await asyncio.to_thread(assert_seamless, f"{site.root}{base}/{entry}")


async def test_what_caches_are_told(site: Site, wave: bytes) -> None:
    ann = await site.join()
    for visibility, scope in (("public", "public"), ("unlisted", "public"), ("private", "private")):
        hls = (await ann.publish(wave, visibility=visibility))["stream"]["hls"]
        base = hls.rpartition("/")[0]
        master = await site.guest.get(hls)
        listing = next(line for line in master.text.splitlines() if line.endswith("index.m3u8"))
        assert master.headers["Cache-Control"].startswith(f"{scope}, max-age=60")
        for address in (listing, listing.replace("index.m3u8", "init.mp4"), listing.replace("index.m3u8", "0.m4s")):
            answer = (await site.guest.get(f"{base}/{address}")).ok()
            assert answer.headers["Cache-Control"] == f"{scope}, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers
            head = await site.guest.ask("HEAD", f"{base}/{address}")
            assert (head.status, head.body) == (200, b"")
            assert head.headers["Content-Length"] == str(len(answer.body))
            assert head.headers["Content-Type"] == answer.headers["Content-Type"]


async def test_a_player_that_tells_its_codecs_gets_them_and_every_bit(
    site: Site, tmp_path: Path, sound: np.ndarray
) -> None:
    path = sounds.write(tmp_path / "x.wav", sound)
    track = await (await site.join()).publish(BytesIO(path.read_bytes()))
    hls = track["stream"]["hls"]
    master = await parsed(site.guest, f"{hls}?codecs=opus,flac,mp4a.40.2")
    rungs = [(entry.uri.split("/")[1], entry.stream_info) for entry in master.playlists]
    assert [name for name, _ in rungs] == ["opus-96", "opus-32", "opus-64", "opus-160", "flac-16"]
    base = hls.rpartition("/")[0]
    for entry, (_, info) in zip(master.playlists, rungs, strict=True):
        media = m3u8.loads((await site.guest.get(f"{base}/{entry.uri}")).ok().text)
        folder = f"{base}/{entry.uri}".rpartition("/")[0]
        sizes = [len((await site.guest.get(f"{folder}/{segment.uri}")).ok().body) for segment in media.segments]
        spent = [8 * size / segment.duration for size, segment in zip(sizes[:-1], media.segments, strict=False)]
        assert max(spent) <= info.bandwidth
    heard = await asyncio.to_thread(ffmpeg, f"{site.root}{base}/{master.playlists[-1].uri}")
    with wave.open(str(path)) as file:
        written = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert np.array_equal(heard, written / np.float32(32768))
    heard = await asyncio.to_thread(ffmpeg, f"{site.root}{base}/{master.playlists[0].uri}")
    assert 0 <= len(heard) - SECONDS * 48000 < 961


async def test_a_rung_better_than_the_original_is_not_here(site: Site, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "x.mp3", sounds.music(3), bit_rate=96_000)
    hls = (await (await site.join()).publish(BytesIO(path.read_bytes()), "x.mp3"))["stream"]["hls"]
    base = hls.rpartition("/")[0]
    master = await parsed(site.guest, f"{hls}?codecs=flac")
    version, rung, _ = master.playlists[0].uri.split("/")
    assert (len(master.playlists), rung) == (1, "aac-64")
    for name in ("aac-128", "aac-256", "flac-16", "flac-24", "flac-hires", "opus-160"):
        for piece in ("index.m3u8", "init.mp4", "0.m4s"):
            (await site.guest.get(f"{base}/{version}/{name}/{piece}")).problem(404, "not-found")
    for name in ("aac-64", "opus-32", "opus-96"):
        (await site.guest.get(f"{base}/{version}/{name}/0.m4s")).ok()
