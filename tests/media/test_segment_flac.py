from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from mediaserver.media import encode, segment, timeline
from mediaserver.media.renditions import UNIT, by_name
from tests import sounds
from tests.media.streams import durations, ffmpeg, kept, packets, parts, pcm, samples, stream

FLAC_16, FLAC_24, HIRES = by_name("flac-16"), by_name("flac-24"), by_name("flac-hires")


def whole_numbers(path: Path) -> np.ndarray:
    """The samples of a file as 32-bit numbers, whatever their depth."""
    made = samples(path)
    if made.dtype == np.uint8:
        return (made.astype(np.int32) - 128) << 24
    return made.astype(np.int32) << (16 if made.dtype == np.int16 else 0)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("rung", "rate", "suffix", "codec"),
    [
        ("flac-16", 44100, ".wav", "pcm_s16le"),
        ("flac-16", 48000, ".flac", "flac"),
        ("flac-16", 37800, ".wav", "pcm_s16le"),
        ("flac-16", 8000, ".wav", "pcm_u8"),
        ("flac-24", 44100, ".wav", "pcm_s24le"),
        ("flac-24", 48000, ".wav", "pcm_s24le"),
        ("flac-hires", 88200, ".wav", "pcm_s24le"),
        ("flac-hires", 96000, ".wav", "pcm_s24le"),
        ("flac-hires", 96000, ".flac", "flac"),
        ("flac-hires", 192000, ".wav", "pcm_s24le"),
        ("flac-hires", 192000, ".wav", "pcm_s16le"),
    ],
)
def test_every_bit_is_kept(tmp_path: Path, rung: str, rate: int, suffix: str, codec: str, channels: int) -> None:
    sound = sounds.music(10, rate, channels).copy()
    sound[: rate // 10] = sounds.noise(0.1, rate, channels, level=1.0)
    sound[0], sound[1] = 1, -1
    original = kept(tmp_path, sound, rate, suffix, codec)
    data = stream(original, by_name(rung))
    meant = whole_numbers(original.path)
    made = samples(data)
    assert made.dtype == (np.int16 if rung == "flac-16" else np.int32)
    assert np.array_equal(made.astype(np.int32) << (16 if rung == "flac-16" else 0), meant)
    assert np.array_equal(ffmpeg(data, tmp_path, channels, "s32le"), meant)


def test_a_flac_of_24_bits_is_kept(tmp_path: Path) -> None:
    wide = kept(tmp_path, sounds.music(9, 48000), 48000, codec="pcm_s24le")
    path = tmp_path / "original.flac"
    with av.open(wide.path) as source, av.open(path, "w") as box:
        out = box.add_stream("flac", rate=48000)
        out.format, out.layout = "s32", "stereo"
        for frame in source.decode(audio=0):
            box.mux(out.encode(frame))
        box.mux(out.encode(None))
    original = segment.Original(path, 48000, 2, wide.samples)
    meant = whole_numbers(wide.path)
    assert np.any(meant & 0xFF00)
    assert np.array_equal(whole_numbers(path), meant)
    assert np.array_equal(samples(stream(original, FLAC_24)), meant)


@pytest.mark.parametrize("suffix", [".wv", ".tta", ".m4a"])
def test_other_packed_sound_of_24_bits_is_kept(tmp_path: Path, suffix: str) -> None:
    wide = kept(tmp_path, sounds.music(9, 48000), 48000, codec="pcm_s24le")
    path = tmp_path / f"packed{suffix}"
    words = ["-sample_fmt", "s32" if suffix == ".tta" else "s32p"] + (["-c:a", "alac"] if suffix == ".m4a" else [])
    subprocess.run(["ffmpeg", "-v", "error", "-i", wide.path, *words, path], check=True)
    made = samples(stream(segment.Original(path, 48000, 2, wide.samples), FLAC_24))
    assert np.array_equal(made, whole_numbers(wide.path))


@pytest.mark.parametrize("length", [1, 15, 16, 3839, 3840, 3841, 7 * UNIT, 23 * UNIT + 1, 24 * UNIT - 1, 24 * UNIT + 5])
def test_any_length_is_kept_to_the_sample(tmp_path: Path, length: int) -> None:
    original = kept(tmp_path, sounds.music(10)[:length], codec="pcm_s16le")
    made = parts(original, FLAC_16)
    assert [sum(durations(each)) for each in made] == timeline.of(original, FLAC_16).durations()
    data = segment.initialise(original, FLAC_16) + b"".join(made)
    assert np.array_equal(samples(data), samples(original.path))
    assert np.array_equal(ffmpeg(data, tmp_path, 2, "s32le"), whole_numbers(original.path))


def test_decoding_from_any_segment_equals_decoding_from_the_start(tmp_path: Path) -> None:
    original = kept(tmp_path, sounds.music(21), codec="pcm_s16le")
    made, init = parts(original, FLAC_16), segment.initialise(original, FLAC_16)
    meant = samples(original.path)
    for n in range(1, len(made)):
        start = timeline.of(original, FLAC_16).span(n).start
        assert np.array_equal(samples(init + b"".join(made[n:])), meant[start:])


def test_the_packets_are_those_of_one_encode_of_the_whole_track(tmp_path: Path) -> None:
    original = kept(tmp_path, sounds.music(21), codec="pcm_s16le")
    sound = pcm(original.path, 0, original.samples, 44100, 2)
    assert packets(stream(original, FLAC_16)) == encode.packets(sound, FLAC_16, 44100)


def test_as_a_flac_file_it_passes_every_check_of_a_decoder(tmp_path: Path) -> None:
    """The decoder is told to verify checksums, and FFmpeg's parser of raw FLAC compares the numbers of frames."""
    original = kept(tmp_path, sounds.music(30, 96000), 96000, codec="pcm_s24le")
    data = stream(original, HIRES)
    at = data.index(b"dfLa") + 8
    raw = b"fLaC" + data[at : at + 38] + b"".join(packets(data))
    with av.open(io.BytesIO(raw), options={"err_detect": "crccheck+explode"}) as box:
        made = np.concatenate([frame.to_ndarray() for frame in box.decode(audio=0)], axis=1).reshape(-1, 2)
    assert np.array_equal(made, whole_numbers(original.path))


def test_a_high_rate_is_brought_down_for_the_rung_below(tmp_path: Path) -> None:
    for rate, lower in ((96000, 48000), (88200, 44100)):
        original = kept(tmp_path, sounds.tone(5, rate), rate, codec="pcm_s24le")
        line = timeline.of(original, FLAC_24)
        made = samples(stream(original, FLAC_24))
        assert (line.rate, made.shape) == (lower, (5 * lower, 2))
        assert np.abs(made / 2**31 - sounds.tone(5, lower))[2000:-2000].max() < 1e-4


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_what_is_no_number_or_too_loud_is_cut(value: float) -> None:
    sound = sounds.music(1)[:38400].copy()
    sound[3000:3010] = value
    for rendition in (FLAC_16, FLAC_24, by_name("opus-96")):
        assert len(encode.packets(sound, rendition, 48000)) == 38400 // rendition.frame
