from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from mediaserver.base.errors import NotFound
from mediaserver.media import decode, encode, segment, timeline
from mediaserver.media.renditions import LADDER, UNIT, Rendition, by_name
from mediaserver.media.timeline import Original
from tests import sounds
from tests.media.streams import decibels, durations, kept, packets, parts, pcm, power, stream

RATE, FRAME = 44100, 1024
MIDDLE = by_name("aac-128")
RUNGS = pytest.mark.parametrize(
    "rendition", [each for each in LADDER if each.codec == "aac"], ids=lambda each: each.name
)
VORBIS = sorted(Path("/usr/share/games/wesnoth").glob("*/data/core/music/*.ogg"))
KINDS = {
    "music": sounds.music(14.7),
    "noise": sounds.noise(14.7),
    "sweep": sounds.sweep(14.7),
    "tone": sounds.tone(14.7, hz=997.3, level=0.9),
    "bass": sounds.tone(14.7, hz=55, level=0.95),
    "impulses": sounds.impulses(14.7),
}


def heard(data: bytes) -> np.ndarray:
    """What a decoder that honours the edit list plays, and the rest of its last frame."""
    with av.open(io.BytesIO(data)) as box:
        frames = list(box.decode(audio=0))
    assert [frame.pts for frame in frames] == [frames[0].pts + FRAME * n for n in range(len(frames))]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1).T


def decoded(config: bytes, frames: list[bytes]) -> np.ndarray:
    """Raw packets through a new decoder; the first packet's sound is the priming, or what a seek leaves unfinished."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = config
    made = [frame.to_ndarray() for packet in frames for frame in decoder.decode(av.Packet(packet))]
    return np.concatenate(made, axis=1).T


def whole(sound: np.ndarray, rendition: Rendition, rate: int = RATE) -> list[bytes]:
    """The same encoder in one go over the whole track."""
    frames = -(-len(sound) // FRAME)
    padding = (frames + 1 + rendition.lookahead) * FRAME - len(sound)
    return encode.packets(np.pad(sound, ((0, padding), (0, 0))), rendition, rate)[: frames + 1]


def joins_are_clean(original: Original, rendition: Rendition) -> None:
    """The spliced stream's error around each join is at most 1 dB above the error of one encode of the whole sound."""
    line, channels = timeline.of(original, rendition), segment.streamed(original)
    sound = pcm(original.path, 0, line.samples, line.rate, channels)
    spliced = heard(stream(original, rendition))[: len(sound)] - sound
    straight = whole(sound, rendition, line.rate)
    config = encode.header(rendition, line.rate, channels)
    error = decoded(config, straight)[FRAME:][: len(sound)] - sound
    for n in range(1, line.count):
        start = line.span(n).start
        near = slice(start - 2 * FRAME, start + 2 * FRAME)
        assert power(spliced[near]) < 1.259 * power(error[near]) + 1e-12, n


@RUNGS
@pytest.mark.parametrize("kind", KINDS)
def test_joins_are_no_worse_than_the_whole_track(tmp_path: Path, rendition: Rendition, kind: str) -> None:
    joins_are_clean(kept(tmp_path, KINDS[kind]), rendition)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["aac-64", "aac-128"])
def test_nearly_all_packets_are_those_of_a_whole_encode(tmp_path: Path, name: str, kind: str) -> None:
    rendition = by_name(name)
    spliced, straight = packets(stream(kept(tmp_path, KINDS[kind]), rendition)), whole(KINDS[kind], rendition)
    assert len(spliced) == len(straight)
    assert sum(map(bytes.__eq__, spliced, straight)) > 0.99 * len(straight)


@RUNGS
def test_loud_pure_tones_stay_clean(tmp_path: Path, rendition: Rendition) -> None:
    for kind in ("tone", "bass"):
        sound = KINDS[kind]
        assert decibels(sound, heard(stream(kept(tmp_path, sound), rendition))[: len(sound)] - sound) > 30


@RUNGS
def test_decoding_from_any_segment_equals_decoding_from_the_start(tmp_path: Path, rendition: Rendition) -> None:
    original = kept(tmp_path, KINDS["music"])
    made, config = parts(original, rendition), encode.header(rendition, RATE, 2)
    init = segment.initialise(original, rendition)
    everything = heard(stream(original, rendition))
    for n in range(1, len(made)):
        later = decoded(config, packets(init + b"".join(made[n:])))
        start = timeline.of(original, rendition).span(n).start
        assert np.array_equal(later[FRAME:], everything[start + FRAME :])


@pytest.mark.parametrize(
    "samples", [1, 1023, 1024, 1025, RATE // 2, 7 * UNIT, 23 * UNIT, 23 * UNIT + 1, 24 * UNIT - 1, 24 * UNIT + 5]
)
def test_any_length_is_kept_to_the_sample(tmp_path: Path, samples: int) -> None:
    sound = sounds.music(10)[:samples]
    original = kept(tmp_path, sound)
    made = parts(original, MIDDLE)
    told = [sum(durations(each)) for each in made]
    told[0] -= MIDDLE.priming
    assert told == timeline.of(original, MIDDLE).durations()
    played = heard(segment.initialise(original, MIDDLE) + b"".join(made))
    assert len(played) == -(-samples // FRAME) * FRAME
    straight = decoded(encode.header(MIDDLE, RATE, 2), whole(sound, MIDDLE))[FRAME:]
    assert power(played - straight) < 0.01 * power(sound)


def test_ffmpeg_hears_the_whole_track_and_nothing_else(tmp_path: Path) -> None:
    sound = KINDS["music"]
    path = tmp_path / "stream.mp4"
    path.write_bytes(stream(kept(tmp_path, sound), MIDDLE))
    trim = f"atrim=start_sample={FRAME}:end_sample={FRAME + len(sound)}"  # it plays the priming, unlike its own library
    order = ["ffmpeg", "-v", "warning", "-i", str(path), "-af", trim, "-f", "f32le", "-"]
    run = subprocess.run(order, capture_output=True, check=True)
    assert run.stderr == b""
    played = np.frombuffer(run.stdout, "<f4").reshape(-1, 2)
    assert np.abs(played - heard(path.read_bytes())[: len(sound)]).max() < 1e-5
    order = ["ffprobe", "-v", "error", "-show_entries", "stream=start_pts,duration_ts", "-of", "json", str(path)]
    told = json.loads(subprocess.run(order, capture_output=True, check=True).stdout)["streams"][0]
    assert told == {"start_pts": -FRAME, "duration_ts": FRAME + len(sound)}


def test_a_segment_made_twice_is_the_same(tmp_path: Path) -> None:
    original = kept(tmp_path, KINDS["music"])
    assert parts(original, MIDDLE) == parts(original, MIDDLE)
    assert segment.initialise(original, MIDDLE) == segment.initialise(original, MIDDLE)


def test_past_the_end_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        segment.make(kept(tmp_path, sounds.tone(1)), MIDDLE, 1)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 37800, 48000, 88200, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_is_streamed_in_time(tmp_path: Path, rate: int, channels: int) -> None:
    original = kept(tmp_path, sounds.tone(5, rate, channels, hz=440), rate)
    line = timeline.of(original, MIDDLE)
    played = heard(stream(original, MIDDLE))[: line.samples]
    meant = sounds.tone(5, line.rate, channels, hz=440)
    assert played.shape == meant.shape
    inner = slice(4096, -4096)
    assert decibels(meant[inner], (played - meant)[inner]) > 25


def test_surround_becomes_stereo(tmp_path: Path) -> None:
    original = kept(tmp_path, sounds.tone(3, 48000, channels=6, level=0.3), 48000)
    played = heard(stream(original, MIDDLE))[: original.samples]
    meant = pcm(original.path, 0, original.samples, 48000, 2)
    assert decibels(meant, played - meant) > 25


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".opus", ".mka"])
def test_compressed_originals_are_cut_exactly(tmp_path: Path, suffix: str) -> None:
    rate = 48000 if suffix == ".opus" else RATE
    joins_are_clean(kept(tmp_path, sounds.music(14.7, rate), rate, suffix), MIDDLE)


def test_real_vorbis_is_cut_exactly() -> None:
    if not VORBIS:
        pytest.skip("there is no music of wesnoth here")
    path = min(VORBIS, key=lambda each: each.stat().st_size)
    with decode.Reader(path) as reader:
        rate, channels = reader.rate, reader.channels
    joins_are_clean(Original(path, rate, channels, sum(frame.samples for frame in decode.frames(path))), MIDDLE)
