"""Everything that the upload page promises to take, made by FFmpeg where it can, and heard through."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mediaserver.base.errors import Unsupported
from mediaserver.media import analysis, probe
from mediaserver.media.decode import ACCEPTED, Reader

SECONDS = 1.5
SOUND = {
    "RF64": ("rf64.wav", "-rf64 always"),
    "Wave64": ("a.w64", ""),
    "WAV float": ("f.wav", "-c:a pcm_f64le"),
    "WAV of ADPCM": ("adpcm.wav", "-c:a adpcm_ima_wav"),
    "WAV of MP3": ("mp3.wav", "-c:a libmp3lame"),
    "AIFF": ("a.aiff", ""),
    "AIFF-C": ("a.aifc", "-f aiff -c:a pcm_s16le"),
    "AU": ("a.au", ""),
    "CAF": ("a.caf", ""),
    "ALAC in CAF": ("alac.caf", "-c:a alac"),
    "ALAC in M4A": ("alac.m4a", "-c:a alac"),
    "AAC in M4A": ("a.m4a", "-c:a aac"),
    "AAC": ("a.aac", ""),
    "AAC in LATM": ("a.loas", "-f latm -c:a aac"),
    "MP2": ("a.mp2", ""),
    "MP3": ("a.mp3", ""),
    "FLAC": ("a.flac", ""),
    "FLAC in Ogg": ("flac.ogg", "-c:a flac"),
    "Vorbis": ("a.ogg", "-c:a libvorbis"),
    "Opus": ("a.opus", ""),
    "Speex": ("a.spx", ""),
    "WavPack": ("a.wv", ""),
    "TTA": ("a.tta", ""),
    "WMA": ("a.wma", ""),
    "AC-3": ("a.ac3", ""),
    "E-AC-3": ("a.eac3", ""),
    "DTS": ("a.dts", "-strict -2"),
    "TrueHD": ("a.thd", "-strict -2"),
    "MLP": ("a.mlp", "-strict -2"),
    "Matroska": ("a.mka", "-c:a flac"),
    "WebM": ("a.webm", "-c:a libopus"),
    "MPEG-TS": ("a.ts", "-c:a aac"),
    "AVI": ("a.avi", "-c:a libmp3lame"),
    "FLV": ("a.flv", "-c:a libmp3lame"),
    "RealAudio": ("a.rm", "-c:a ac3"),
    "VOC": ("a.voc", ""),
    "IRCAM": ("a.ircam", "-f ircam"),
    "SoX": ("a.sox", ""),
}
FILMS = {
    "MP4": ("v.mp4", "-c:v mpeg4 -c:a aac"),
    "MOV": ("v.mov", "-c:v mpeg4 -c:a aac"),
    "MKV": ("v.mkv", "-c:v mpeg4 -c:a libvorbis"),
    "WebM": ("v.webm", "-c:v libvpx -c:a libopus"),
    "AVI": ("v.avi", "-c:v mpeg4 -c:a libmp3lame"),
    "MPEG": ("v.vob", "-r 25 -c:v mpeg2video -c:a mp2"),
    "MPEG-TS": ("v.m2ts", "-r 25 -c:v mpeg2video -c:a aac"),
    "FLV": ("v.flv", "-c:v flv -c:a libmp3lame"),
    "WMV": ("v.wmv", ""),
    "Ogg": ("v.ogv", "-c:v libtheora -c:a libvorbis"),
}

ROUGH = {"adpcm.wav", "a.spx", "a.ac3", "a.eac3", "a.dts"}
"""Whose places after a seek are some samples off: their containers tell times too coarsely."""


def make(path: Path, options: str, *, film: bool) -> Path:
    picture = ["-f", "lavfi", "-i", f"testsrc=size=64x64:duration={SECONDS}:rate=25"] if film else []
    sound = ["-f", "lavfi", "-i", f"sine=440:d={SECONDS}:r=44100", "-ac", "2"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, *sound, *options.split(), str(path)], check=True)
    return path


def assert_taken(path: Path) -> None:
    """Hold that the file is heard whole, and that its middle is the same wherever reading begins."""
    samples = analysis.analyse(path).samples
    assert samples / probe.probe(path).rate == pytest.approx(SECONDS, abs=0.06)
    with Reader(path, samples) as reader:
        whole = reader.pcm(0, samples, 2)
    assert np.abs(whole).max() > 0.05
    if path.name in ROUGH:
        return
    with Reader(path, samples) as reader:
        np.testing.assert_allclose(reader.pcm(40000, 50000, 2), whole[40000:50000], atol=1e-4)


@pytest.mark.parametrize("kind", SOUND)
def test_sound_is_taken(tmp_path: Path, kind: str) -> None:
    name, options = SOUND[kind]
    assert_taken(make(tmp_path / name, options, film=False))


@pytest.mark.parametrize("kind", FILMS)
def test_the_sound_of_films_is_taken(tmp_path: Path, kind: str) -> None:
    name, options = FILMS[kind]
    assert_taken(make(tmp_path / name, options, film=True))


def test_dsd_is_taken(tmp_path: Path) -> None:
    """FFmpeg writes none (DSF File Format Specification, version 1.01)."""
    rate, block = 2_822_400, 4096
    blocks = round(SECONDS * rate / 8 / block)
    data = bytes([0x69]) * (blocks * block * 2)
    form = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 2, 2, rate, 1, blocks * block * 8, block, 0)
    sound = struct.pack("<4sQ", b"data", 12 + len(data)) + data
    head = struct.pack("<4sQQQ", b"DSD ", 28, 28 + len(form) + len(sound), 0)
    path = tmp_path / "a.dsf"
    path.write_bytes(head + form + sound)
    found = probe.probe(path)
    assert (found.container, found.lossless) == ("dsf", True)
    heard = analysis.analyse(path)
    assert heard.samples / heard.rate == pytest.approx(SECONDS, abs=0.02)


def test_what_is_not_taken_is_told_what_is(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk\x00\x00\x00\x04\x00\xff\x2f\x00")
    with pytest.raises(Unsupported) as refused:
        probe.probe(path)
    assert ACCEPTED in str(refused.value)
