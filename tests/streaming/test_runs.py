from __future__ import annotations

import subprocess
import wave
from io import BytesIO
from pathlib import Path
from typing import Any

import m3u8
import numpy as np
import pytest

from mediaserver.base.errors import Malformed
from mediaserver.streaming import runs
from tests import sounds
from tests.running import Site, Visitor
from tests.streaming.test_locked import unlock
from tests.streaming.test_playing import RATE


def of(*tracks: dict[str, Any]) -> str:
    return ",".join("/".join(track["stream"]["hls"].split("/")[2:4]) for track in tracks)


async def master(who: Visitor, *tracks: dict[str, Any], codecs: str = "") -> m3u8.M3U8:
    answer = (await who.get(f"/hls/run/master.m3u8?of={of(*tracks)}&codecs={codecs}")).ok()
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    return m3u8.loads(answer.text)


async def media(who: Visitor, name: str, *tracks: dict[str, Any]) -> m3u8.M3U8:
    return m3u8.loads((await who.get(f"/hls/run/{name}/index.m3u8?of={of(*tracks)}")).ok().text)


def names(playlist: m3u8.M3U8) -> list[str]:
    return [entry.uri.split("/")[0] for entry in playlist.playlists]


def rungs(playlist: m3u8.M3U8) -> list[str]:
    """The rung of each track, one after the other."""
    return [each.uri.split("/")[-2] for each in playlist.segment_map]


@pytest.fixture
def sound() -> np.ndarray:
    return sounds.music(9.87)


async def publish(who: Visitor, folder: Path, sound: np.ndarray, name: str, **options: Any) -> dict[str, Any]:
    visibility = options.pop("visibility", "public")
    path = sounds.write(folder / name, sound, **options)
    return await who.publish(BytesIO(path.read_bytes()), name, visibility=visibility)


async def test_a_run_is_its_tracks_one_after_the_other(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    ann = await site.join()
    cut = 200_000
    first = await publish(ann, tmp_path, sound[:cut], "1.wav")
    second = await publish(ann, tmp_path, sound[cut:], "2.wav")
    found = await master(site.guest, first, second)
    assert names(found) == ["aac-128", "aac-64", "aac-256"]
    assert found.playlists[0].uri == f"aac-128/index.m3u8?of={of(first, second)}"
    playlist = await media(site.guest, "aac-128", first, second)
    assert (playlist.playlist_type, playlist.is_endlist, playlist.media_sequence) == ("vod", True, 0)
    assert [each.discontinuity for each in playlist.segments].count(True) == 1
    per_track = []
    for track in (first, second):
        base = track["stream"]["hls"].rpartition("/")[0]
        own = m3u8.loads((await site.guest.get(track["stream"]["hls"])).ok().text).playlists[0].uri
        own_list = m3u8.loads((await site.guest.get(f"{base}/{own}")).ok().text)
        folder = f"../..{base.removeprefix('/hls')}/{own.rpartition('/')[0]}"
        per_track.append([(f"{folder}/{each.uri}", each.duration) for each in own_list.segments])
        assert f"{folder}/init.mp4" in [each.uri for each in playlist.segment_map]
    assert [(each.uri, each.duration) for each in playlist.segments] == per_track[0] + per_track[1]
    assert playlist.segments[len(per_track[0])].discontinuity
    assert playlist.target_duration >= max(each.duration for each in playlist.segments)
    for each in playlist.segments:
        (await site.guest.get(f"/hls/run/{each.uri}".replace("/run/../..", "").replace("/hls/hls", "/hls"))).ok()


async def test_a_run_of_open_and_locked_tracks_is_heard_whole(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    """Lossless, so that every sample can be held against what went in, with keys in the middle and none at the end."""
    ann = await site.join()
    cuts = (0, 130_000, 290_000, len(sound))
    tracks = [
        await publish(ann, tmp_path, sound[cuts[n] : cuts[n + 1]], f"{n}.wav", visibility=visibility)
        for n, visibility in enumerate(("private", "private", "public"))
    ]
    files = await play(site.guest, f"/hls/run/flac/index.m3u8?of={of(*tracks)}")
    assert len(files) == len(tracks)
    heard = np.concatenate([decode(file) for file in files])
    written = [read_wave(tmp_path / f"{n}.wav") for n in range(len(tracks))]
    assert np.array_equal(heard, np.concatenate(written))


async def play(who: Visitor, address: str) -> list[bytes]:
    """What a player that follows the playlist to the letter feeds its decoder, anew at each initialisation."""
    playlist = m3u8.loads((await who.get(address)).ok().text, uri=who.root + address)
    files: dict[str, bytes] = {}
    for number, segment in enumerate(playlist.segments):
        init = segment.init_section.absolute_uri
        if init not in files:
            files[init] = await fetch(who, init)
        data = await fetch(who, segment.absolute_uri)
        if segment.key and segment.key.method != "NONE":
            secret = await fetch(who, segment.key.absolute_uri)
            data = unlock(secret, int(segment.key.iv, 16) if segment.key.iv else number, data)
        files[init] += data
    return list(files.values())


async def fetch(who: Visitor, address: str) -> bytes:
    return (await who.get(address.removeprefix(who.root))).ok().body


def decode(file: bytes) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-i", "-", "-map", "0:a:0", "-f", "s16le", "-"]
    done = subprocess.run(command, input=file, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return np.frombuffer(done.stdout, "<i2").reshape(-1, 2)


def read_wave(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


async def test_maps_stay_in_the_clear_and_vectors_are_named(site: Site, wave: bytes) -> None:
    ann = await site.join()
    tracks = [await ann.publish(wave, visibility="private") for _ in range(2)]
    text = (await site.guest.get(f"/hls/run/aac-64/index.m3u8?of={of(*tracks)}")).ok().text
    lines = text.splitlines()
    tags = [line.split(":")[0] for line in lines if line.startswith(("#EXT-X-MAP", "#EXT-X-KEY"))]
    assert tags == ["#EXT-X-MAP", "#EXT-X-KEY", "#EXT-X-KEY", "#EXT-X-MAP", "#EXT-X-KEY", "#EXT-X-KEY"]
    keys = [line for line in lines if line.startswith("#EXT-X-KEY")]
    assert keys[1] == "#EXT-X-KEY:METHOD=NONE"
    assert "IV=" not in keys[0]
    assert [key.rpartition(",IV=")[2] for key in keys[2:]] == [f"0x{n:032x}" for n in range(2)]
    assert lines.index(keys[1]) < lines.index(next(line for line in lines[::-1] if line.startswith("#EXT-X-MAP")))


async def test_each_track_gives_its_best_rung_that_is_no_better(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    ann = await site.join()
    good = await publish(ann, tmp_path, sound, "good.wav")
    poor = await publish(ann, tmp_path, sound, "poor.mp3", bit_rate=96_000)
    assert names(await master(site.guest, good, poor)) == ["aac-128", "aac-64", "aac-256"]
    assert rungs(await media(site.guest, "aac-256", good, poor)) == ["aac-256", "aac-64"]
    assert rungs(await media(site.guest, "opus-160", poor, good)) == ["opus-96", "opus-160"]
    offered = await master(site.guest, good, poor, codecs="opus,flac,mp4a.40.2")
    assert names(offered) == ["opus-96", "opus-32", "opus-64", "opus-160"]
    (await site.guest.get(f"/hls/run/flac/index.m3u8?of={of(good, poor)}")).problem(404, "not-found")
    (await site.guest.get(f"/hls/run/aac-256/index.m3u8?of={of(poor)}")).problem(404, "not-found")


async def test_lossless_rungs_of_different_depths_are_one(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    ann = await site.join()
    plain = await publish(ann, tmp_path, sound, "16.wav")
    deep = await publish(ann, tmp_path, sound, "24.wav", codec="pcm_s24le")
    high = await publish(ann, tmp_path, sound, "96.wav", codec="pcm_s24le", rate=96_000)
    offered = await master(site.guest, plain, deep, codecs="flac")
    assert names(offered) == ["flac"]
    assert rungs(await media(site.guest, "flac", plain, deep, high)) == ["flac-16", "flac-24", "flac-24"]
    assert set(names(await master(site.guest, plain, deep, high, codecs="flac"))) == {"flac", "flac-hires"}
    assert rungs(await media(site.guest, "flac-hires", plain, deep, high)) == ["flac-16", "flac-24", "flac-hires"]


async def test_bandwidths_are_those_of_the_tracks(site: Site, tmp_path: Path, sound: np.ndarray) -> None:
    ann = await site.join()
    short = await publish(ann, tmp_path, sound[: 2 * RATE], "short.flac")
    long = await publish(ann, tmp_path, sounds.noise(8), "long.flac")
    averages, most = [], 0
    for track in (short, long):
        own = await alone(site.guest, track)
        averages.append((own.average_bandwidth, track["duration"]))
        most = max(most, own.bandwidth)
    [entry] = (await master(site.guest, short, long, codecs="flac")).playlists
    spent = sum(average * seconds for average, seconds in averages) / sum(seconds for _, seconds in averages)
    assert entry.stream_info.bandwidth == most
    assert abs(entry.stream_info.average_bandwidth - spent) <= 1


async def alone(who: Visitor, track: dict[str, Any]) -> Any:
    return m3u8.loads((await who.get(track["stream"]["hls"] + "?codecs=flac")).ok().text).playlists[0].stream_info


async def test_a_run_is_public_only_if_every_track_is(site: Site, wave: bytes) -> None:
    ann = await site.join()
    open_track, hidden = await ann.publish(wave), await ann.publish(wave, visibility="private")
    for tracks, scope in (([open_track, open_track], "public"), ([open_track, hidden], "private")):
        for address in ("master.m3u8", "aac-128/index.m3u8"):
            answer = await site.guest.get(f"/hls/run/{address}?of={of(*tracks)}")
            assert answer.headers["Cache-Control"] == f"{scope}, max-age=60"


async def test_the_track_that_does_not_play_is_named(site: Site, wave: bytes) -> None:
    ann = await site.join()
    tracks = [await ann.publish(wave) for _ in range(3)]
    await ann.ask("PATCH", f"/api/v1/tracks/{tracks[1]['id']}", json={"visibility": "private"})
    for address in ("master.m3u8", "aac-128/index.m3u8"):
        said = (await site.guest.get(f"/hls/run/{address}?of={of(*tracks)}")).problem(404, "not-found")
        assert said.startswith("Track 2 of this run")


@pytest.mark.parametrize(
    "text",
    ["", ",", "public", "public/", "/x", "public/x,", "public/x/y", ",".join(["public/x"] * 25), "," * 4000],
)
async def test_what_is_no_run_is_told(site: Site, text: str) -> None:
    for address in ("master.m3u8", "aac-128/index.m3u8"):
        (await site.guest.get(f"/hls/run/{address}?of={text}")).problem(400, "malformed")
    (await site.guest.get("/hls/run/master.m3u8")).problem(400, "malformed")


def test_a_run_may_have_up_to_24_tracks() -> None:
    assert len(runs.parse(",".join(["public/x"] * runs.MOST))) == runs.MOST
    with pytest.raises(Malformed, match="25"):
        runs.parse(",".join(["public/x"] * (runs.MOST + 1)))


async def test_other_rungs_are_not_here(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave)
    for name in ("aac-129", "flac-16", "flac-hires", "FLAC", "%00", "..", "x" * 3000):
        (await site.guest.get(f"/hls/run/{name}/index.m3u8?of={of(track)}")).problem(404, "not-found")
