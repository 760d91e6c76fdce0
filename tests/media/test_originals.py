"""Originals of all sorts: what every rate, depth and number of channels becomes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from mediaserver.media import timeline
from mediaserver.media.renditions import by_name
from tests import sounds
from tests.media.streams import decibels, kept, pcm, samples, stream

RATES = (8000, 11025, 22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
HALF = 0.5**0.5
DOWNMIX = {  # ITU-R BS.775-3, annex 4, table 2; low frequencies are left out
    "5.1": [(1, 0), (0, 1), (HALF, HALF), (0, 0), (HALF, 0), (0, HALF)],
    "7.1": [(1, 0), (0, 1), (HALF, HALF), (0, 0), (HALF, 0), (0, HALF), (HALF, 0), (0, HALF)],
}


@pytest.mark.parametrize("layout", DOWNMIX)
def test_each_channel_of_surround_has_its_level_in_stereo(tmp_path: Path, layout: str) -> None:
    levels = DOWNMIX[layout]
    for channel, level in enumerate(levels):
        sound = np.zeros((1000, len(levels)), np.float32)
        sound[:, channel] = 0.5
        mixed = pcm(surround(tmp_path, sound, layout), 0, 1000, 48000, 2)
        assert np.allclose(mixed[500], 0.5 * np.array(level), atol=1e-4), channel


def surround(folder: Path, sound: np.ndarray, layout: str) -> Path:
    raw, path = folder / "raw", folder / "surround.wav"
    raw.write_bytes(sound.astype("<f4").tobytes())
    form = ["-f", "f32le", "-ar", "48000", "-ac", str(sound.shape[1]), "-channel_layout", layout]
    order = ["ffmpeg", "-v", "error", "-y", *form, "-i", raw, "-c:a", "pcm_f32le", path]
    subprocess.run(order, check=True)
    return path


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("rung", ["aac-64", "aac-256", "opus-96", "flac-24"])
def test_every_rate_becomes_a_whole_stream_in_time(tmp_path: Path, rate: int, rung: str) -> None:
    rendition = by_name(rung)
    original = kept(tmp_path, sounds.tone(4.2, rate, 1, hz=440), rate, codec="pcm_s24le")
    line = timeline.of(original, rendition)
    played = samples(stream(original, rendition))[: line.samples]
    if rendition.lossless:
        played = played / 2**31
    meant = sounds.tone(4.2, line.rate, 1, hz=440)
    assert sum(line.durations()) == line.samples == -(-original.samples * line.rate // rate)
    inner = slice(4096, min(len(played), len(meant)) - 4096)
    assert decibels(meant[inner], played[inner] - meant[inner]) > 22


@pytest.mark.parametrize(("rung", "gain"), [("opus-160", 1.0), ("aac-256", 0.6)])
def test_floats_above_full_scale_keep_their_shape_in_lossy_rungs(tmp_path: Path, rung: str, gain: float) -> None:
    """Opus keeps the level as well; AAC's encoder turns down what would be cut by players."""
    rate = 48000
    sound = sounds.tone(4, rate, hz=440, level=1.6)[:, :1]
    inner = slice(4096, -4096)
    played = samples(stream(kept(tmp_path, sound, rate), by_name(rung)))[: len(sound)][inner]
    given = sound[inner]
    scale = float(np.vdot(played, given) / np.vdot(given, given))
    assert gain - 0.05 < scale < gain + 0.1
    assert decibels(given, played / scale - given) > 25


@pytest.mark.parametrize("rung", ["flac-16", "flac-24"])
def test_floats_above_full_scale_are_cut_not_wrapped_in_whole_numbers(tmp_path: Path, rung: str) -> None:
    sound = sounds.tone(3, hz=440, level=1.6)
    made = samples(stream(kept(tmp_path, sound), by_name(rung)))
    full = 1 << (15 if rung == "flac-16" else 31)
    assert np.abs(made / full - sound.clip(-1, 1)).max() < 1e-4


def test_a_long_silence_is_a_whole_stream(tmp_path: Path) -> None:
    original = kept(tmp_path, sounds.silence(9), codec="pcm_s16le")
    for name in ("aac-128", "opus-32", "flac-16"):
        assert np.abs(samples(stream(original, by_name(name)))).max() < 1e-3
