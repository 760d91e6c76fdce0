from __future__ import annotations

import pickle
import subprocess
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mediaserver.base.errors import Invalid, NotFound, Problem, Unsupported
from mediaserver.media import analysis
from mediaserver.media.hearing import features, fingerprint
from tests import sounds
from tests.media import musical

EXACT = {
    "a.wav": {},
    "a.aiff": {},
    "a.flac": {},
    "a.opus": {},
    "a.mp3": {},
    "a.wv": {},
    "a.m4a": {"codec": "alac"},
    "aac.m4a": {"codec": "aac"},
    "a.mka": {},
}


@pytest.mark.parametrize("name", EXACT)
def test_the_samples_are_counted_exactly(name: str, tmp_path: Path) -> None:
    rate = 48000 if name.endswith("opus") else 44100
    sound = sounds.music(3.21, rate=rate)
    found = analysis.analyse(sounds.write(tmp_path / name, sound, rate, **EXACT[name]))
    assert (found.rate, found.channels, found.samples) == (rate, 2, len(sound))


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (96000, 2), (48000, 6)])
def test_rates_and_channels_are_kept(rate: int, channels: int, tmp_path: Path) -> None:
    sound = sounds.music(1.5, rate, channels)
    found = analysis.analyse(sounds.write(tmp_path / "a.flac", sound, rate))
    assert (found.rate, found.channels, found.samples) == (rate, channels, len(sound))
    assert found.waveform.length == -(-len(sound) // found.waveform.samples_per_pixel)


@pytest.mark.parametrize("channels", [7, 8, 12])
def test_many_channels(channels: int, tmp_path: Path) -> None:
    sound = sounds.tone(1, channels=1)
    path = tmp_path / "many.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, 44100, 0, "NONE", ""))
        file.writeframes((np.repeat(sound, channels, axis=1) * 32767).astype("<i2").tobytes())
    found = analysis.analyse(path)
    assert (found.channels, found.samples) == (channels, 44100)
    assert found.loudness.true_peak == pytest.approx(-6.02, abs=0.1)
    assert set(found.waveform.to_json()["data"]) & {-64, -63, 63, 64} >= {-63, 63}


def test_channels_of_which_nobody_knows_which_is_which_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "nine.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((9, 2, 48000, 0, "NONE", ""))
        file.writeframes(bytes(48000 * 18))
    with pytest.raises(Unsupported, match="9 channels, and nothing in it tells which"):
        analysis.analyse(path)


def test_one_pass_hears_what_is_there(tmp_path: Path) -> None:
    found = analysis.analyse(sounds.write(tmp_path / "a.wav", sounds.tone(5, hz=997, channels=1)))
    assert found.loudness.integrated == pytest.approx(-9.03, abs=0.1)  # a sine of -6 dB, in one channel
    assert found.loudness.true_peak == pytest.approx(-6.02, abs=0.1)
    assert set(found.waveform.to_json()["data"][:-2]) <= {-64, -63, 63, 64}
    assert pickle.loads(pickle.dumps(found)) == found


def test_the_same_pass_tells_tempo_key_and_what_it_sounds_like(tmp_path: Path) -> None:
    song = musical.song(9, minor=True, tempo=110)
    found = analysis.analyse(sounds.write(tmp_path / "a.flac", song))
    assert found.key == "A minor"
    assert found.tempo is not None
    assert len(found.vector) == features.LENGTH
    assert fingerprint.compare(
        found.fingerprint, musical.heard(musical.song(9, minor=True, tempo=110)).fingerprint
    ).same


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    seen: list[float] = []
    analysis.analyse(sounds.write(tmp_path / "a.flac", sounds.tone(20)), seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 5
    assert seen[-1] == 1


def test_what_changes_its_channels_on_the_way_is_heard_whole(tmp_path: Path) -> None:
    one = sounds.write(tmp_path / "one.mp3", sounds.tone(2, channels=2), write_xing=0)
    two = sounds.write(tmp_path / "two.mp3", sounds.tone(2, channels=1), write_xing=0)
    both = tmp_path / "both.mp3"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    found = analysis.analyse(both)
    assert found.channels == 2
    assert found.samples == pytest.approx(4 * 44100, abs=6000)


@pytest.mark.parametrize("name", ["a.flac", "a.wav", "a.aiff", "a.wv"])
def test_a_file_cut_off_says_where(name: str, tmp_path: Path) -> None:
    whole = sounds.write(tmp_path / name, sounds.noise(20)).read_bytes()
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(Invalid, match=r"The file ends after 6\.\d s of the 20\.0 s that it announces.*upload it again"):
        analysis.analyse(cut)


@pytest.mark.parametrize("name", ["a.mp3", "a.aac", "a.opus"])
def test_an_estimated_length_refuses_nothing(name: str, tmp_path: Path) -> None:
    whole = sounds.write(tmp_path / name, sounds.noise(8, rate=48000), 48000, bit_rate=96000).read_bytes()
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(whole[: len(whole) // 2])
    assert 3 < analysis.analyse(cut).samples / 48000 < 5


def test_a_wav_from_a_pipe_does_not_know_its_length(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.wav", sounds.tone(3))
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "wav", "-"]
    piped = tmp_path / "piped.wav"
    piped.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    assert analysis.analyse(piped).samples == 3 * 44100


def test_a_few_bad_frames_are_passed_over(tmp_path: Path) -> None:
    data = bytearray(sounds.write(tmp_path / "a.mp3", sounds.music(10), bit_rate=128000).read_bytes())
    data[50_000:51_500] = np.random.default_rng(3).integers(0, 256, 1500, np.uint8).tobytes()
    path = tmp_path / "bad.mp3"
    path.write_bytes(data)
    assert analysis.analyse(path).samples == pytest.approx(441000, abs=12000)


def test_no_samples_are_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "none.wav"), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
    with pytest.raises(Invalid, match="no sound"):
        analysis.analyse(tmp_path / "none.wav")


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("This is no music.\n" * 100)
    with pytest.raises(Unsupported):
        analysis.analyse(path)
    with pytest.raises(NotFound):
        analysis.analyse(tmp_path / "gone.mp3")


@pytest.mark.parametrize("seed", range(40))
def test_damage_ends_in_a_sentence_or_a_sound(seed: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(seed)
    name = ["a.wav", "a.flac", "a.mp3", "a.opus", "a.m4a", "a.wv", "a.aiff", "a.mka"][seed % 8]
    data = bytearray(sounds.write(tmp_path / name, sounds.music(1, rate=48000), 48000).read_bytes())
    for place in chance.integers(0, len(data) if seed % 3 else 200, 30):
        data[place] = chance.integers(256)
    path = tmp_path / f"damaged-{name}"
    path.write_bytes(data)
    with suppress(Problem):
        assert analysis.analyse(path).samples > 0
