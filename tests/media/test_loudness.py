from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mediaserver.media import loudness
from mediaserver.media.planes import Blocks, planes
from mediaserver.media.truepeak import HALF, TruePeak, interpolator
from tests import sounds


def measured(sound: np.ndarray, rate: int = 44100) -> loudness.Loudness:
    blocks = Blocks()
    meter = loudness.Meter(rate, sounds.LAYOUTS[sound.shape[1]])
    for frame in sounds.pieces(sound, rate):
        for block in blocks.feed(frame):
            meter.feed(planes(block))
    for block in blocks.end():
        meter.feed(planes(block))
    return meter.end()


def judged(path: Path) -> tuple[float, float, float]:
    """What the ffmpeg program says: integrated loudness, range, true peak."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    figures = [re.search(rf"{name}:\s+(\S+)", said) for name in ("I", "LRA", "Peak")]
    integrated, extent, peak = (float(figure[1]) for figure in figures if figure)
    return integrated, extent, peak


SOUNDS = {
    "music": sounds.music(12),
    "mono": sounds.music(8, channels=1),
    "surround": sounds.music(8, channels=6),
    "tone": sounds.tone(4, hz=997),
    "between": sounds.tone(4, hz=11025 - 0.5, level=0.9),
    "sweep": sounds.sweep(6, high=19000),
    "noise": sounds.noise(4),
    "impulses": sounds.impulses(4),
    "soft": sounds.music(6) * np.float32(0.02),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_agrees_with_the_ffmpeg_program(name: str, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "sound.wav", SOUNDS[name], codec="pcm_f32le")
    integrated, extent, peak = judged(path)
    found = measured(SOUNDS[name])
    assert found.integrated == pytest.approx(integrated, abs=0.1)
    assert found.range == pytest.approx(extent, abs=0.1)
    assert found.true_peak == pytest.approx(peak, abs=0.2)


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000, 192000])
def test_agrees_at_other_rates(rate: int, tmp_path: Path) -> None:
    sound = sounds.sweep(3, rate=rate)
    integrated, _, peak = judged(sounds.write(tmp_path / "sound.wav", sound, rate, codec="pcm_f32le"))
    found = measured(sound, rate)
    assert found.integrated == pytest.approx(integrated, abs=0.1)
    assert found.true_peak == pytest.approx(peak, abs=0.2)


def test_a_peak_between_samples_is_found() -> None:
    """A quarter of the rate at 45 degrees: every sample is 3 dB under the crest (EBU Tech 3341, case 15)."""
    t = np.arange(44100)
    sound = (np.sin(np.pi / 2 * t + np.pi / 4) * np.minimum(1, t / 4410))[:, None].astype(np.float32)
    assert measured(sound).true_peak == pytest.approx(0, abs=0.1)
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("sound", [sounds.music(2, seed=5), sounds.noise(2, level=1), sounds.sweep(2, high=20000)])
def test_leaving_rows_out_loses_no_peak(sound: np.ndarray) -> None:
    peak = TruePeak(44100, 1)
    line = np.ascontiguousarray(sound[:, 0])
    for piece in np.array_split(line, 5):
        peak.feed([piece])
    mirrored = np.concatenate((line[HALF:0:-1], line))
    everywhere = [np.abs(np.convolve(mirrored, weights[::-1], "valid")).max() for weights in interpolator(8).T]
    assert peak.end() == pytest.approx(max(np.abs(line).max(), *everywhere), rel=1e-4)


def test_silence_has_no_figures() -> None:
    assert measured(sounds.silence(3)) == loudness.Loudness(None, None, None)


def test_what_is_too_short_has_a_peak_only() -> None:
    found = measured(sounds.tone(0.05))
    assert (found.integrated, found.range) == (None, None)
    assert found.true_peak == pytest.approx(-6, abs=0.2)


def test_what_is_no_number_counts_as_silence() -> None:
    sound = sounds.tone(2)
    clean = measured(sound)
    sound[1000:1010] = np.nan
    sound[2000] = np.inf
    found = measured(sound)
    assert found.integrated == pytest.approx(clean.integrated, abs=0.1)
    assert found.true_peak == pytest.approx(-6, abs=1.5)


@pytest.mark.parametrize("absurd", [1e7, 1.8e19, 1e38])
def test_what_is_absurdly_high_counts_as_silence(absurd: float) -> None:
    sound = sounds.tone(2)
    sound[2000] = absurd
    found = measured(sound)
    assert found.integrated == pytest.approx(measured(sounds.tone(2)).integrated, abs=0.1)
    assert found.true_peak == pytest.approx(-6, abs=1.5)


@pytest.mark.parametrize("rate", [11025, 192000])
def test_the_pieces_do_not_matter(rate: int) -> None:
    """Pieces shorter and longer than a span, and than a tenth of a second."""
    sound = sounds.noise(1.7, rate) * np.linspace(1, 0, round(1.7 * rate), dtype=np.float32)[:, None]
    whole, pieces = loudness.Meter(rate, "stereo"), loudness.Meter(rate, "stereo")
    whole.feed(list(sound.T.copy()))
    for piece in np.split(sound, [1, 300, 5000, 5001, 18000]):
        pieces.feed(list(piece.T.copy()))
    found, expected = pieces.end(), whole.end()
    assert found.integrated == pytest.approx(expected.integrated, abs=0.002)
    assert found.true_peak == pytest.approx(expected.true_peak, abs=1e-4)


def test_what_lies_deep_does_not_count_and_what_is_behind_counts_more() -> None:
    tone = sounds.tone(1, hz=997, channels=1)[:, 0]
    found = {}
    for place, name in enumerate(("FL", "FR", "FC", "LFE", "BL", "BR")):
        meter = loudness.Meter(44100, "5.1")
        meter.feed([tone if place == each else np.zeros_like(tone) for each in range(6)])
        found[name] = meter.end().integrated
    assert found["LFE"] is None
    assert found["FL"] == found["FR"] == found["FC"] == pytest.approx(-9.03, abs=0.05)
    assert found["BL"] == found["BR"] == pytest.approx(-9.03 + 10 * np.log10(1.41), abs=0.05)
