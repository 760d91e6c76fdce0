from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from mediaserver.base.errors import NotFound
from mediaserver.media import encode
from mediaserver.media.progressive import mp3, mp3_frames, opus, wav
from mediaserver.media.progressive.file import File
from mediaserver.media.progressive.layout import Layout
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.media.progressive.opus import Opus
from mediaserver.media.progressive.wav import Wav
from mediaserver.media.timeline import Original
from tests import sounds
from tests.media.streams import pcm

Made = Callable[[Original], Layout]
ALL: dict[str, Made] = {
    "mp3-64": lambda original: Mp3(original, 64),
    "mp3-128": lambda original: Mp3(original, 128),
    "mp3-320": lambda original: Mp3(original, 320),
    "opus-32": lambda original: Opus(original, 32, 7),
    "opus-96": lambda original: Opus(original, 96, 7),
    "opus-256": lambda original: Opus(original, 256, 7),
    "wav-16": lambda original: Wav(original, 16),
    "wav-24": lambda original: Wav(original, 24),
}
USUAL = {"mp3-128", "opus-96", "wav-16"}
SHAPES = [(44100, 2, 12.3), (48000, 1, 7.77), (32000, 2, 5.0), (22050, 1, 9.1), (96000, 6, 7.0), (44100, 2, 0.3)]


@dataclass(frozen=True)
class Song:
    original: Original
    sound: np.ndarray


def song(folder: Path, sound: np.ndarray, rate: int = 44100) -> Song:
    path = sounds.write(folder / "song.flac", sound, rate)
    return Song(Original(path, rate, sound.shape[1], len(sound)), sound)


def whole(layout: Layout) -> bytes:
    return b"".join(layout.make(n) for n in range(layout.parts))


def kept(folder: Path, layout: Layout, name: str = "made") -> Path:
    path = folder / name
    path.write_bytes(whole(layout))
    return path


def decoded(path: Path, rate: int, channels: int) -> np.ndarray:
    """The whole file by the ffmpeg program, which must have nothing to say about it."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("there is no ffmpeg program here")
    form = ["-f", "f32le", "-ac", str(channels), "-ar", str(rate), "-"]
    ran = subprocess.run(
        [program, "-v", "warning", "-guess_layout_max", "0", "-xerror", "-i", str(path), *form],
        capture_output=True,
        check=True,
    )
    assert ran.stderr == b"", ran.stderr
    return np.frombuffer(ran.stdout, "<f4").reshape(-1, channels)


def heard(layout: Layout, song: Song) -> tuple[int, int]:
    """The rate of a stream, and how many samples it must play."""
    own = song.original.rate
    rate = {Mp3: mp3_frames.nearest_rate(own), Opus: 48000, Wav: own}[type(layout)]
    return rate, -(-len(song.sound) * rate // own)


@pytest.mark.parametrize(
    ("name", "rate", "channels", "seconds"),
    [(name, *shape) for name in ALL for shape in SHAPES if name in USUAL or shape == SHAPES[0]],
)
def test_the_length_is_true_and_the_whole_plays_to_the_sample(
    tmp_path: Path, name: str, rate: int, channels: int, seconds: float
) -> None:
    made = song(tmp_path, sounds.music(seconds, rate, channels), rate)
    layout = ALL[name](made.original)
    path = kept(tmp_path, layout)
    assert path.stat().st_size == layout.length
    streamed, samples = heard(layout, made)
    assert len(decoded(path, streamed, min(channels, 2))) == samples
    with av.open(path) as box:
        frames = list(box.decode(audio=0))
    assert (sum(frame.samples for frame in frames), frames[0].sample_rate) == (samples, streamed)
    assert frames[0].layout.nb_channels == min(channels, 2)


@pytest.mark.parametrize("name", sorted(USUAL))
def test_every_byte_has_its_part(tmp_path: Path, name: str) -> None:
    layout = ALL[name](song(tmp_path, sounds.music(12.3)).original)
    starts = [layout.start(n) for n in range(layout.parts + 1)]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert layout.parts >= 3
    for n in range(layout.parts):
        assert layout.part_at(starts[n]) == layout.part_at(starts[n + 1] - 1) == n
        assert len(layout.make(n)) == starts[n + 1] - starts[n]


@pytest.mark.parametrize("name", sorted(USUAL))
def test_a_part_is_the_same_whichever_is_made_first(tmp_path: Path, name: str) -> None:
    layout = ALL[name](song(tmp_path, sounds.music(12.3)).original)
    backwards = [layout.make(n) for n in reversed(range(layout.parts))]
    assert whole(layout) == b"".join(reversed(backwards))


@pytest.mark.parametrize("bitrate", mp3_frames.BITRATES)
@pytest.mark.parametrize("rate", mp3_frames.RATES)
def test_the_sizes_of_mp3_frames_are_those_that_lame_makes(rate: int, bitrate: int) -> None:
    frames = mp3_frames.Frames(rate, 2, 3 * rate, bitrate)
    sound = sounds.noise(frames.count * 1152 / rate + 0.1, rate)
    made = encode.packets(sound[: (frames.count + 2) * 1152], mp3.coding(bitrate), rate)[: frames.count]
    assert [len(packet) for packet in made] == [frames.place(k + 1) - frames.place(k) for k in range(frames.count)]
    assert len(frames.information()) == frames.shortest
    cycle = frames.place(mp3.CYCLE + 1) - frames.place(1)
    assert all(frames.place(k + mp3.CYCLE) - frames.place(k) == cycle for k in range(1, frames.count))


@pytest.mark.parametrize("bitrate", opus.BITRATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_packets_of_opus_have_one_size(tmp_path: Path, bitrate: int, channels: int) -> None:
    layout = Opus(song(tmp_path, sounds.music(1.5, 48000, channels), 48000).original, bitrate, 7)
    assert len(whole(layout)) == layout.length


SIGNALS = {"music": sounds.music, "tone": sounds.tone, "sweep": sounds.sweep}


def error(heard: np.ndarray, given: np.ndarray, place: int, reach: int = 2000) -> float:
    """Mean square of the difference around a place, in dB."""
    span = slice(max(0, place - reach), place + reach)
    return float(10 * np.log10(np.mean((heard[span] - given[span]) ** 2) + 1e-12))


def entire(layout: Layout, song: Song) -> bytes:
    """What one encoder makes of the whole track, in the same container."""
    monolith = pytest.MonkeyPatch()
    with monolith.context() as patch:
        patch.setattr(mp3, "PART", 1 << 20)
        patch.setattr(opus, "PAGES", 1 << 20)
        assert layout.parts == 2
        return whole(layout)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("name", ["mp3-128", "opus-96", "opus-32"])
def test_joins_are_as_good_as_no_joins(tmp_path: Path, name: str, signal: str) -> None:
    rate = 48000
    made = song(tmp_path, SIGNALS[signal](16, rate), rate)
    layout = ALL[name](made.original)
    joined = decoded(kept(tmp_path, layout), rate, 2)
    (tmp_path / "entire").write_bytes(entire(layout, made))
    unjoined = decoded(tmp_path / "entire", rate, 2)
    given = pcm(made.original.path, 0, len(joined), rate, 2)
    step = mp3.PART * 1152 if isinstance(layout, Mp3) else opus.PAGES * opus.PACKETS * opus.SAMPLES
    first = mp3.PREROLL * 1152 if isinstance(layout, Mp3) else 0
    joins = range(first + step, len(given), step)
    assert len(joins) >= 3
    for join in joins:
        assert error(joined, given, join) <= error(unjoined, given, join) + 1
    assert abs(error(joined, given, 0, len(given)) - error(unjoined, given, 0, len(given))) < 0.2


def test_a_stream_begins_and_ends_where_the_sound_does(tmp_path: Path) -> None:
    made = song(tmp_path, sounds.impulses(9, 48000), 48000)
    for name in ("mp3-320", "opus-256", "wav-16"):
        path = kept(tmp_path, ALL[name](made.original))
        peaks = np.flatnonzero(np.abs(decoded(path, 48000, 2)[:, 0]) > 0.25)
        assert set(peaks // 12000 * 12000) == set(np.flatnonzero(made.sound[:, 0])), name
        assert max(peaks % 12000) < 3, name


@pytest.mark.parametrize(("codec", "bits"), [("pcm_s16le", 16), ("pcm_s24le", 24)])
def test_a_wav_holds_the_very_samples(tmp_path: Path, codec: str, bits: int) -> None:
    path = sounds.write(tmp_path / "in.wav", sounds.noise(8, level=0.9), codec=codec)
    made = kept(tmp_path, Wav(Original(path, 44100, 2, 8 * 44100), bits))
    assert made.read_bytes()[44:] == path.read_bytes()[-len(made.read_bytes()[44:]) :]


def test_what_is_too_loud_for_a_wav_is_cut_not_wrapped() -> None:
    loud = np.array([[2.0], [-2.0], [np.nan], [1.0], [-1.0]], np.float32)
    assert np.frombuffer(wav.whole_numbers(loud, 16), "<i2").tolist() == [32767, -32768, 0, 32767, -32768]


def test_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "anything"
    path.write_bytes(sounds.noise(3).tobytes())
    layout = File(path, path.stat().st_size)
    assert whole(layout) == path.read_bytes()
    assert layout.length == path.stat().st_size
    path.unlink()
    with pytest.raises(NotFound):
        layout.make(0)
