from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mediaserver.base.errors import Invalid, NotFound, Problem, Unsupported
from mediaserver.media import analysis, decode
from tests import sounds
from tests.media.streams import pcm

RATE = 44100
KINDS = [".wav", ".flac", ".aiff", ".mp3", ".m4a", ".opus", ".wv", ".mka"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shelf")


def recorded(shelf: Path, suffix: str, seconds: float = 12.3) -> tuple[Path, int]:
    rate = 48000 if suffix == ".opus" else RATE
    path = shelf / f"music{suffix}"
    if not path.exists():
        steady = {"aac_pns": 0} if suffix == ".m4a" else {}  # a decoder's substituted noise is new with every start
        sounds.write(path, sounds.music(seconds, rate), rate, **steady)
    return path, rate


def heard(path: Path, channels: int = 2) -> np.ndarray:
    """The whole file, decoded without one seek."""
    with decode.Reader(path) as reader:
        return reader.pcm(0, sum(frame.samples for frame in decode.frames(path)), channels)


@pytest.mark.parametrize("suffix", KINDS)
def test_a_span_is_the_same_wherever_reading_begins(shelf: Path, suffix: str) -> None:
    path, rate = recorded(shelf, suffix)
    whole = heard(path)
    for start in (0, 1, 4321, 5 * rate + 7, 9 * rate + 1234, len(whole) - 1000):
        span = pcm(path, start, start + 1000, rate, 2)
        assert np.abs(span - whole[start : start + 1000]).max() <= 1e-6, start


@pytest.mark.parametrize("suffix", KINDS)
def test_an_open_reader_goes_back_and_forth(shelf: Path, suffix: str) -> None:
    path, rate = recorded(shelf, suffix)
    whole = heard(path)
    with decode.Reader(path) as reader:
        for start in (9 * rate, 0, 3 * rate, 100, 0):
            span = reader.pcm(start, start + 500, 2)
            assert np.abs(span - whole[start : start + 500]).max() <= 1e-6, start


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff", ".wv", ".mka", ".m4a", ".mp3", ".opus"])
def test_the_length_is_that_of_what_was_recorded(shelf: Path, suffix: str) -> None:
    path, rate = recorded(shelf, suffix)
    assert sum(frame.samples for frame in decode.frames(path)) == round(12.3 * rate)


def test_lossless_sound_comes_out_as_it_went_in(tmp_path: Path) -> None:
    sound = sounds.noise(1.5)
    path = sounds.write(tmp_path / "noise.flac", sound)
    assert np.abs(heard(path) - sound).max() < 2**-15


def test_outside_the_recording_is_silence(shelf: Path) -> None:
    path, rate = recorded(shelf, ".flac")
    end = round(12.3 * rate)
    before, after = pcm(path, -500, 500, rate, 2), pcm(path, end - 500, end + 500, rate, 2)
    assert not before[:500].any()
    assert before[500:].any()
    assert after[:500].any()
    assert not after[500:].any()


@pytest.mark.parametrize(
    ("source", "target"), [(96000, 48000), (88200, 44100), (37800, 44100), (9000, 11025), (192000, 48000)]
)
def test_resampled_spans_agree_where_they_overlap(tmp_path: Path, source: int, target: int) -> None:
    path = sounds.write(tmp_path / "high.wav", sounds.noise(3, source), source)
    whole = pcm(path, 0, 3 * target, target, 2)
    for start in (1, 1000, target + 17):
        assert np.array_equal(pcm(path, start, start + 2000, target, 2), whole[start : start + 2000])


def test_resampling_keeps_time_and_level(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "high.wav", sounds.tone(2, 96000, hz=1000), 96000)
    made, meant = pcm(path, 4800, 90000, 48000, 2), sounds.tone(2, 48000, hz=1000)[4800:90000]
    assert np.abs(made - meant).max() < 1e-3


def test_surround_is_mixed_by_the_standard_coefficients(tmp_path: Path) -> None:
    sound = np.zeros((1000, 6), np.float32)
    sound[:] = (0.5, -0.25, 0.3, 0.9, 0.1, -0.2)  # left, right, centre, low frequencies, left and right surround
    path = sounds.write(tmp_path / "surround.wav", sound, 48000, "pcm_f32le")
    mixed = pcm(path, 0, 1000, 48000, 2)
    half = np.sqrt(0.5)
    assert np.allclose(mixed[500], (0.5 + half * 0.3 + half * 0.1, -0.25 + half * 0.3 - half * 0.2), atol=1e-4)


def test_loud_surround_does_not_wrap(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "loud.wav", np.full((1000, 6), 0.99, np.float32), 48000)
    assert pcm(path, 0, 1000, 48000, 2).min() > 2


@pytest.mark.parametrize("channels", [1, 3, 4, 5, 7, 8])
def test_any_number_of_channels_is_read(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "many.wav"
    path.write_bytes(raw_wav(np.ones((1000, channels), "<i2") * 1000))
    for wanted in (1, 2):
        assert pcm(path, 0, 1000, RATE, wanted).max() > 0.01


def test_damage_behind_what_was_heard_spoils_nothing(shelf: Path, tmp_path: Path) -> None:
    """A chain of streams of unlike shapes, and one whose end was overwritten: analysis takes what comes before."""
    mono = sounds.write(tmp_path / "mono.opus", sounds.music(4, 48000, 1), 48000)
    chain, holed = tmp_path / "chain.opus", tmp_path / "holed.aac"
    chain.write_bytes(recorded(shelf, ".opus")[0].read_bytes() + mono.read_bytes())
    holed.write_bytes(sounds.write(tmp_path / "a.aac", sounds.music(4)).read_bytes()[:-2000] + bytes(2000))
    for path in (chain, holed):
        told = analysis.analyse(path)
        with decode.Reader(path, told.samples) as reader:
            for start in (0, told.samples - 10_000):
                sound = reader.pcm(start, told.samples + 5000, 2)
                assert np.abs(sound[-10_000:-5000]).max() > 0.01
                assert not sound[-5000:].any()


def raw_wav(samples: np.ndarray) -> bytes:
    data, channels = samples.tobytes(), samples.shape[1]
    numbers = (1, channels, RATE, RATE * channels * 2, channels * 2, 16)
    fmt = b"".join(number.to_bytes(size, "little") for number, size in zip(numbers, (2, 2, 4, 4, 2, 2), strict=True))
    body = b"WAVEfmt " + len(fmt).to_bytes(4, "little") + fmt + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()
    with pytest.raises(Invalid, match="empty"):
        decode.open_audio(path)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        decode.open_audio(tmp_path / "nothing.wav")


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, today I learned to play the flute.\n" * 50,
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + bytes(500),
    ],
    ids=["text", "pdf", "playlist", "concat", "picture"],
)
@pytest.mark.parametrize("name", ["odd.mp3", "odd", "odd.m3u8"])
def test_what_is_not_audio_is_refused_in_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((Unsupported, Invalid)) as told:
        list(decode.frames(path))
    assert str(told.value).startswith("The file")


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    order = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=size=64x64:duration=0.2", str(path)]
    subprocess.run(order, check=True)
    with pytest.raises(Unsupported, match="no sound"):
        decode.open_audio(path)


def test_a_wav_without_samples_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    path.write_bytes(raw_wav(np.zeros((0, 2), "<i2")))
    with pytest.raises(Invalid, match="not one sample"):
        decode.Reader(path)


def test_mutilated_files_end_in_sentences_only(shelf: Path) -> None:
    chance = np.random.default_rng(3)
    odd = shelf / "mutilated"
    for suffix in KINDS:
        good = np.frombuffer(recorded(shelf, suffix)[0].read_bytes(), np.uint8)
        for _ in range(8):
            bad = good[: chance.integers(1, len(good))].copy()
            bad[chance.integers(0, min(len(bad), 4000), 20)] = chance.integers(0, 256, 20)
            odd.write_bytes(bad.tobytes())
            with suppress(Problem):  # anything else is a failure
                pcm(odd, 0, RATE, RATE, 2)
