from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mutagen
import numpy as np
import pytest

from mediaserver.media import artwork, bare_sound
from mediaserver.media.progressive.flac import Flac
from mediaserver.media.progressive.layout import Parts
from mediaserver.media.progressive.m4a import M4a, Packets
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.media.progressive.opus import Opus
from mediaserver.media.progressive.retagged import Retagged
from mediaserver.media.progressive.wav import Wav
from mediaserver.media.tags import reading, writing
from mediaserver.media.tags.model import Credit, ReplayGain, Tags
from mediaserver.media.timeline import Original
from tests import full_tags, sounds

COVER = artwork.encode_png(np.random.default_rng(3).integers(0, 255, (200, 200, 3), np.uint8))  # two pages of Ogg
FULL = replace(full_tags.FULL, cover=COVER)
ODD = [
    Tags(),
    Tags(title="x"),
    Tags(title="", track=3),
    Tags(tracks=9, discs=2),
    Tags(artist="AC/DC", artists=("AC/DC",), album_artist="Tyler, The Creator", album_artists=("Tyler, The Creator",)),
    Tags(artist="A, B", artists=("A", "B")),
    Tags(title="z" * 500, comment="é" * 10_000),
    Tags(date="1997", original_date="1969-08-01", bpm=90.0, explicit=True),
    Tags(replaygain=ReplayGain(track_gain=0.0), cover=COVER),
    Tags(genres=("17 Hippies", "R&B"), lyrics="One line", free_tags=("a",)),
    Tags(credits=(Credit("composer", "One (I)"), Credit("performer", "Two", "voice"))),
]
Made = Callable[[Original, Tags], Parts]


def m4a(original: Original, wanted: Tags) -> Parts:
    sound = Packets(original, 64)
    sizes = tuple(len(packet) for n in range(sound.parts) for packet in sound.packets(n))
    return M4a(sound, sizes, wanted)


def retagged(original: Original, wanted: Tags) -> Parts:
    bare = bare_sound.flac(original.path)
    blocks = writing.flac_blocks(wanted)
    return Retagged(original.path, bare.first, bare.end, bare.head + blocks)


LAYOUTS: dict[str, Made] = {
    "mp3": lambda original, wanted: Mp3(original, 64, writing.id3v2(wanted)),
    "wav": lambda original, wanted: Wav(original, 16, writing.riff_chunk(wanted)),
    "opus": lambda original, wanted: Opus(original, 64, 7, writing.opus_tags(wanted)),
    "flac": lambda original, wanted: Flac(original, 16, writing.flac_blocks(wanted)),
    "retagged.flac": retagged,
    "m4a": m4a,
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    sound = sounds.music(1.01)
    path = sounds.write(tmp_path_factory.mktemp("song") / "song.flac", sound, metadata={"title": "before"})
    return Original(path, 44100, 2, len(sound))


def made(original: Original, kind: str, wanted: Tags, folder: Path) -> Path:
    layout = LAYOUTS[kind](original, wanted)
    path = folder / f"made.{kind}"
    path.write_bytes(b"".join(layout.make(n) for n in range(layout.parts)))
    return path


def held(kind: str, wanted: Tags) -> Tags:
    """What of the tags the container can hold: Opus has no place for peaks."""
    if kind != "opus":
        return wanted
    return replace(wanted, replaygain=replace(wanted.replaygain, track_peak=None, album_peak=None))


def samples(path: Path) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("there is no ffmpeg program here")
    order = [program, "-v", "error", "-xerror", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"]
    ran = subprocess.run(order, capture_output=True, check=True)
    assert ran.stderr == b"", ran.stderr
    return ran.stdout


@pytest.mark.parametrize("kind", LAYOUTS)
def test_what_is_written_is_read_as_it_was(original: Original, kind: str, tmp_path: Path) -> None:
    for wanted in (FULL, *ODD):
        expected = replace(held(kind, wanted), title=wanted.title or None)
        assert reading.read(made(original, kind, wanted, tmp_path)) == expected


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_sound_is_the_same_whatever_the_tags(original: Original, kind: str, tmp_path: Path) -> None:
    plain = samples(made(original, kind, Tags(), tmp_path))
    assert samples(made(original, kind, FULL, tmp_path)) == plain
    if kind in {"wav", "flac", "retagged.flac"}:
        assert plain == samples(original.path)
    if kind in {"opus", "wav"}:
        assert len(plain) == 4 * (original.samples if kind != "opus" else -(-original.samples * 48000 // 44100))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_other_programs_read_them_too(original: Original, kind: str, tmp_path: Path) -> None:
    path = made(original, kind, FULL, tmp_path)
    order = ["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags:stream=codec_type", str(path)]
    told = subprocess.run(order, capture_output=True, check=True)
    assert told.stderr == b""
    said = told.stdout.decode()
    for text in (FULL.title, FULL.artist, FULL.album):
        assert f"={text}\n" in said
    assert "codec_type=video" in said  # the cover
    file = mutagen.File(path)
    assert file.info.length == pytest.approx(1.01, abs=0.03)


def test_an_mp3_keeps_its_frames_and_loses_its_old_tags(original: Original, tmp_path: Path) -> None:
    frames = made(original, "mp3", Tags(), tmp_path).read_bytes()
    old = tmp_path / "old.mp3"
    ape = b"APETAGEX" + b"\xd0\7\0\0" + b"\x20\0\0\0" + bytes(16)
    lyrics = b"LYRICSBEGIN" + b"IND00002" + b"00" + b"000021" + b"LYRICS200"
    for behind in (b"", ape, b"TAG" + bytes(125), ape + b"TAG" + bytes(125), lyrics + b"TAG" + bytes(125)):
        old.write_bytes(writing.id3v2(Tags(title="before")) * 2 + frames + behind)
        bare = bare_sound.mp3(old)
        layout = Retagged(old, bare.first, bare.end, writing.id3v2(FULL))
        data = b"".join(layout.make(n) for n in range(layout.parts))
        assert data == writing.id3v2(FULL) + frames
        assert len(data) == layout.length
