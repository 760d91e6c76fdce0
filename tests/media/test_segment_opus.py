from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mediaserver.media import decode, encode, segment, timeline
from mediaserver.media.renditions import LADDER, UNIT, Rendition, by_name
from mediaserver.media.timeline import Original
from tests import sounds
from tests.media.streams import decibels, durations, ffmpeg, kept, packets, parts, pcm, power, samples, stream

RATE, FRAME = 48000, 960
LOW, MIDDLE = by_name("opus-32"), by_name("opus-96")
RUNGS = pytest.mark.parametrize(
    "rendition", [each for each in LADDER if each.codec == "libopus"], ids=lambda each: each.name
)
VORBIS = sorted(Path("/usr/share/games/wesnoth").glob("*/data/core/music/*.ogg"))
KINDS = {
    "music": sounds.music(14.7, RATE),
    "noise": sounds.noise(14.7, RATE),
    "sweep": sounds.sweep(14.7, RATE),
    "tone": sounds.tone(14.7, RATE, hz=997.3, level=0.9),
    "bass": sounds.tone(14.7, RATE, hz=55, level=0.95),
    "impulses": sounds.impulses(14.7, RATE),
}


def whole(sound: np.ndarray, rendition: Rendition) -> list[bytes]:
    """The same encoder in one go over the whole track, with the same silence before it."""
    lead = rendition.priming - rendition.delay
    frames = -(-len(sound) // FRAME) + 1
    padded = np.pad(sound, ((lead, frames * FRAME - len(sound) - lead), (0, 0)))
    return encode.packets(padded, rendition, RATE)


def joins_are_clean(original: Original, rendition: Rendition) -> None:
    """The spliced stream's error around each join is at most 1 dB above the error of one encode of the whole sound."""
    line, channels = timeline.of(original, rendition), segment.streamed(original)
    sound = pcm(original.path, 0, line.samples, RATE, channels)
    made = parts(original, rendition)
    straight = whole(sound, rendition)
    assert sum(len(durations(each)) for each in made) == len(straight)
    times = [FRAME] * len(straight)
    times[-1] -= (len(straight) - 1) * FRAME - line.samples
    init = segment.initialise(original, rendition)
    spliced = samples(init + b"".join(made)) - sound
    error = samples(init + segment.fmp4.fragment(1, 0, straight, times)) - sound
    for n in range(1, line.count):
        start = line.span(n).start
        near = slice(start - 2 * FRAME, start + 2 * FRAME)
        assert power(spliced[near]) < 1.259 * power(error[near]) + 1e-12, n


@RUNGS
@pytest.mark.parametrize("kind", KINDS)
def test_joins_are_no_worse_than_the_whole_track(tmp_path: Path, rendition: Rendition, kind: str) -> None:
    joins_are_clean(kept(tmp_path, KINDS[kind], RATE), rendition)


@RUNGS
@pytest.mark.parametrize("kind", ["music", "noise", "tone", "impulses"])
def test_nearly_all_packets_are_those_of_a_whole_encode(tmp_path: Path, rendition: Rendition, kind: str) -> None:
    spliced, straight = packets(stream(kept(tmp_path, KINDS[kind], RATE), rendition)), whole(KINDS[kind], rendition)
    assert len(spliced) == len(straight)
    assert sum(map(bytes.__eq__, spliced, straight)) > 0.99 * len(straight)


@RUNGS
def test_every_packet_has_the_same_size_and_no_segment_takes_more_than_is_said(
    tmp_path: Path, rendition: Rendition
) -> None:
    original = kept(tmp_path, KINDS["noise"], RATE)
    made = parts(original, rendition)
    assert {len(packet) for packet in packets(stream(original, rendition))} == {rendition.bitrate // 400}
    spent = [
        8 * len(each) * RATE / length
        for each, length in zip(made, timeline.of(original, rendition).durations(), strict=True)
    ]
    assert max(spent[:-1]) < rendition.bandwidth
    assert abs(spent[1] - rendition.average) < 0.01 * rendition.average


@RUNGS
def test_loud_pure_tones_stay_clean(tmp_path: Path, rendition: Rendition) -> None:
    for kind in ("tone", "bass"):
        sound = KINDS[kind]
        assert decibels(sound, samples(stream(kept(tmp_path, sound, RATE), rendition)) - sound) > 20


@pytest.mark.parametrize("length", [1, 959, 960, 961, 7 * UNIT, 25 * UNIT, 25 * UNIT + 1, 26 * UNIT - 1, 26 * UNIT + 5])
def test_any_length_is_kept_to_the_sample(tmp_path: Path, length: int) -> None:
    sound = sounds.music(10, RATE)[:length]
    original = kept(tmp_path, sound, RATE)
    made = parts(original, MIDDLE)
    told = [sum(durations(each)) for each in made]
    told[0] -= MIDDLE.priming
    assert told == timeline.of(original, MIDDLE).durations()
    data = stream(original, MIDDLE)
    assert len(samples(data)) == len(ffmpeg(data, tmp_path, 2)) == -(-length // FRAME) * FRAME


def test_it_is_heard_in_time_and_nothing_is_heard_before(tmp_path: Path) -> None:
    sound = KINDS["impulses"][:200_000]
    played = ffmpeg(stream(kept(tmp_path, sound, RATE), by_name("opus-160")), tmp_path, 2)
    for at in np.flatnonzero(sound[:, 0]):
        around = slice(max(0, at - 400), at + 400)
        assert np.argmax(np.abs(played[around, 0])) == at - around.start


@RUNGS
def test_decoding_from_any_segment_soon_equals_decoding_from_the_start(tmp_path: Path, rendition: Rendition) -> None:
    original = kept(tmp_path, KINDS["music"], RATE)
    made, init = parts(original, rendition), segment.initialise(original, rendition)
    everything = samples(init + b"".join(made))
    for n in range(1, len(made)):
        later = samples(init + b"".join(made[n:]))
        there = everything[-len(later) :]
        for frames, limit in ((rendition.roll, 1e-3), (24, 1e-6)):
            settled = slice(frames * FRAME, None)
            assert power(later[settled] - there[settled]) < limit * power(there[settled])


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_is_streamed_in_time(tmp_path: Path, rate: int, channels: int) -> None:
    original = kept(tmp_path, sounds.tone(5, rate, channels, hz=440, level=0.3), rate)
    line = timeline.of(original, MIDDLE)
    played = samples(stream(original, MIDDLE))
    meant = pcm(original.path, 0, line.samples, RATE, min(channels, 2))
    assert played.shape == meant.shape == (5 * RATE, min(channels, 2))
    inner = slice(4096, -4096)
    assert decibels(meant[inner], (played - meant)[inner]) > 25


def test_real_vorbis_is_cut_exactly() -> None:
    if not VORBIS:
        pytest.skip("there is no music of wesnoth here")
    path = min(VORBIS, key=lambda each: each.stat().st_size)
    with decode.Reader(path) as reader:
        rate, channels = reader.rate, reader.channels
    original = Original(path, rate, channels, sum(frame.samples for frame in decode.frames(path)))
    for name in ("opus-32", "opus-160"):
        joins_are_clean(original, by_name(name))
