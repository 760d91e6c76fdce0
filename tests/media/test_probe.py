from __future__ import annotations

import pickle
import subprocess
import wave
from contextlib import suppress
from pathlib import Path

import pytest

from mediaserver.base.errors import Invalid, NotFound, Problem, Unsupported
from mediaserver.media.probe import ape_depth, probe
from tests import sounds


@pytest.mark.parametrize(
    ("name", "options", "container", "codec", "bits"),
    [
        ("a.wav", {}, "wav", "pcm_s16le", 16),
        ("a.wav", {"codec": "pcm_s24le"}, "wav", "pcm_s24le", 24),
        ("a.wav", {"codec": "pcm_f32le"}, "wav", "pcm_f32le", 32),
        ("a.aiff", {}, "aiff", "pcm_s16be", 16),
        ("a.flac", {}, "flac", "flac", 16),
        ("a.wv", {}, "wv", "wavpack", 8),  # what its encoder makes of floats
        ("a.m4a", {"codec": "alac"}, "mov", "alac", 24),
        ("a.m4a", {}, "mov", "aac", None),
        ("a.mp3", {}, "mp3", "mp3", None),
        ("a.opus", {}, "ogg", "opus", None),
        ("a.aac", {}, "aac", "aac", None),
    ],
)
def test_every_kind_is_told(
    name: str, options: dict[str, str], container: str, codec: str, bits: int | None, tmp_path: Path
) -> None:
    found = probe(sounds.write(tmp_path / name, sounds.music(2, rate=48000), 48000, **options))
    assert found.container.split(",")[0] == container
    assert found.codec.removesuffix("float") == codec
    assert (found.rate, found.channels) == (48000, 2)
    assert found.lossless == (bits is not None)
    assert found.bits == bits
    assert found.bitrate is None or found.bitrate > 10_000
    assert found.seconds == pytest.approx(2, abs=0.3)
    assert pickle.loads(pickle.dumps(found)) == found


def test_24_bits_in_flac(tmp_path: Path) -> None:
    wav = sounds.write(tmp_path / "a.wav", sounds.noise(1), codec="pcm_s24le")
    flac = tmp_path / "a.flac"
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, "-sample_fmt", "s32", flac], check=True)
    assert probe(flac).bits == 24


@pytest.mark.parametrize(
    ("name", "words", "bits"),
    [
        ("a.wv", ["-sample_fmt", "s32p", "-bits_per_raw_sample", "24"], 24),
        ("a.wv", ["-sample_fmt", "fltp"], 32),
        ("a.wv", ["-sample_fmt", "s16p"], 16),
        ("a.tta", ["-sample_fmt", "s32"], 24),
        ("a.tta", ["-sample_fmt", "s16"], 16),
        ("a.m4a", ["-c:a", "alac", "-sample_fmt", "s32p"], 24),
        ("a.m4a", ["-c:a", "alac", "-sample_fmt", "s16p"], 16),
    ],
)
def test_the_true_depth_of_packed_sound(tmp_path: Path, name: str, words: list[str], bits: int) -> None:
    wav = sounds.write(tmp_path / "a.wav", sounds.noise(1), codec="pcm_s24le")
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, *words, tmp_path / name], check=True)
    assert probe(tmp_path / name).bits == bits


def test_the_depth_of_monkeys_audio() -> None:
    descriptor = b"MAC " + (3990).to_bytes(2, "little") + bytes(2) + (52).to_bytes(4, "little") + bytes(40)
    header = bytes(16) + (24).to_bytes(2, "little") + bytes(6)
    assert ape_depth(descriptor + header) == 24
    assert ape_depth(b"MAC " + (3950).to_bytes(2, "little") + bytes(100)) is None


def test_layouts(tmp_path: Path) -> None:
    assert probe(sounds.write(tmp_path / "a.flac", sounds.tone(1, channels=6))).layout.startswith("5.1")


def empty_wav(folder: Path) -> Path:
    with wave.open(str(folder / "none.wav"), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
    return folder / "none.wav"


def bad_files(folder: Path) -> dict[str, Path]:
    wav = sounds.write(folder / "whole.wav", sounds.tone(1)).read_bytes()
    flac = sounds.write(folder / "whole.flac", sounds.tone(1)).read_bytes()
    contents = {
        "empty.mp3": b"",
        "text.mp3": b"Dear listener, this is a letter.\n" * 50,
        "paper.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 20,
        "head.wav": wav[:30],
        "head.flac": flac[:20],
        "zeros.mp3": bytes(5000),
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        "list.wav": b"ffconcat version 1.0\nfile /etc/passwd\n",
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}


def test_what_is_no_recording_gets_a_sentence(tmp_path: Path) -> None:
    for name, path in bad_files(tmp_path).items():
        with pytest.raises((Unsupported, Invalid)) as caught:
            probe(path)
        assert str(caught.value).endswith("."), name


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="empty"):
        probe(bad_files(tmp_path)["empty.mp3"])


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        probe(tmp_path / "gone.wav")


def test_no_samples_are_no_crash(tmp_path: Path) -> None:
    with suppress(Problem):
        assert not probe(empty_wav(tmp_path)).seconds
