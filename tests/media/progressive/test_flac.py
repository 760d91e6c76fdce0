from __future__ import annotations

import io
import struct
import subprocess
from pathlib import Path

import av
import mutagen.flac
import numpy as np
import pytest

from mediaserver.media.progressive.flac import PART, Flac
from mediaserver.media.timeline import Original
from tests import sounds


def whole(layout: Flac) -> bytes:
    return b"".join(layout.make(n) for n in range(layout.parts))


def numbers(path: Path, bits: int) -> np.ndarray:
    """The samples by the ffmpeg program, which checks every sum and must have nothing to say."""
    order = ["ffmpeg", "-v", "error", "-err_detect", "crccheck+explode", "-xerror", "-i", str(path)]
    ran = subprocess.run([*order, "-f", f"s{bits}le", "-"], capture_output=True, check=True)
    assert ran.stderr == b""
    return np.frombuffer(ran.stdout, f"<i{bits // 8}")


@pytest.mark.parametrize(
    ("rate", "channels", "suffix", "codec", "bits"),
    [
        (44100, 2, ".wav", "pcm_s16le", 16),
        (48000, 1, ".wav", "pcm_s24le", 24),
        (8000, 1, ".wav", "pcm_u8", 16),
        (96000, 2, ".wav", "pcm_s24le", 24),
        (192000, 2, ".aiff", "pcm_s24be", 24),
        (44100, 2, ".m4a", "alac", 24),
        (44100, 2, ".wv", "wavpack", 16),
    ],
)
def test_every_bit_is_kept(tmp_path: Path, rate: int, channels: int, suffix: str, codec: str, bits: int) -> None:
    sound = sounds.music(13.21, rate, channels)
    path = sounds.write(tmp_path / f"in{suffix}", sound, rate, codec)
    layout = Flac(Original(path, rate, channels, len(sound)), bits)
    assert layout.parts >= 2
    made = tmp_path / "made.flac"
    made.write_bytes(whole(layout))
    assert np.array_equal(numbers(made, 32), numbers(path, 32))


def test_its_head_is_true(tmp_path: Path) -> None:
    sound = sounds.music(12)
    path = sounds.write(tmp_path / "in.wav", sound)
    layout = Flac(Original(path, 44100, 2, len(sound)), 16)
    made = tmp_path / "made.flac"
    made.write_bytes(whole(layout))
    told = mutagen.flac.FLAC(made).info
    assert (told.total_samples, told.sample_rate, told.channels, told.bits_per_sample) == (len(sound), 44100, 2, 16)
    assert (told.min_blocksize, told.max_blocksize, told.md5_signature) == (3840, 3840, 0)


@pytest.mark.parametrize("samples", [1, 3839, 3840, 3841, PART * 3840, PART * 3840 + 1])
def test_any_length_is_kept_to_the_sample(tmp_path: Path, samples: int) -> None:
    path = sounds.write(tmp_path / "in.wav", sounds.music(6)[:samples])
    layout = Flac(Original(path, 44100, 2, samples), 16)
    with av.open(io.BytesIO(whole(layout))) as box:
        assert sum(frame.samples for frame in box.decode(audio=0)) == samples


def test_parts_are_the_same_in_any_order(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "in.wav", sounds.music(20))
    layout = Flac(Original(path, 44100, 2, 20 * 44100), 16)
    backwards = [layout.make(n) for n in reversed(range(layout.parts))]
    assert whole(layout) == b"".join(reversed(backwards))


def test_surround_becomes_stereo_and_what_is_too_loud_is_cut(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "in.wav", np.full((20_000, 6), 0.99, np.float32), 48000, "pcm_f32le")
    data = whole(Flac(Original(path, 48000, 6, 20_000), 24))
    with av.open(io.BytesIO(data)) as box:
        made = np.concatenate([frame.to_ndarray() for frame in box.decode(audio=0)], axis=1)
    assert made.min() == made.max() == ((1 << 23) - 1) << 8
    assert struct.unpack(">I", data[4:8])[0] == 0x80000022
