"""What a file says of itself, of whatever container, in one normal form.

Bad tags are no reason to refuse a sound: what cannot be read is as good as not there. A name is never split on a guess.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import mutagen
from mutagen.apev2 import APEv2
from mutagen.asf import ASFTags
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

from mediaserver.base.errors import Problem
from mediaserver.media import decode, riff, tag_sources, tag_tables, tag_values
from mediaserver.media.tag_model import Credit, MusicBrainz, Tags
from mediaserver.media.tag_sources import COVER, Found

T = TypeVar("T")

LARGEST_PICTURE = 20_000_000
"""Bytes of an embedded picture; a larger one is left where it is."""
UNREADABLE = (
    Problem,
    mutagen.MutagenError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What mutagen is known to raise on broken tags, and our own problems with broken files."""


def read(path: Path) -> Tags:
    """The tags of a file; empty ones where there are none, or none that can be read."""
    found, table = gather(path)
    return normal(found.named(table), cover(found.pictures))


def gather(path: Path) -> tuple[Found, Mapping[str, str]]:
    """What stands in the file's tags, and the table of its family."""
    for attempt in (whole, id3_alone, ape_alone, info_alone, container_alone):
        try:
            found, table = attempt(path)
        except UNREADABLE:
            continue
        if found.texts or found.pictures:
            return found, table
    return Found(), {}


def whole(path: Path) -> tuple[Found, Mapping[str, str]]:
    """Tags as mutagen finds them by the kind of file."""
    file = mutagen.File(path)
    tags = file.tags if file is not None else None
    match tags:
        case None:
            return Found(), {}
        case ID3():
            return tag_sources.from_id3(tags), tag_tables.ID3_FRAMES
        case MP4Tags():
            return tag_sources.from_mp4(tags), tag_tables.MP4_ATOMS
        case APEv2():
            return tag_sources.from_ape(tags), tag_tables.APE
        case ASFTags():
            return tag_sources.from_asf(tags), tag_tables.ASF_ATTRIBUTES
        case _:
            return tag_sources.from_vorbis(tags, getattr(file, "pictures", ())), tag_tables.VORBIS


def id3_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """ID3 before or behind a sound that mutagen does not know, such as raw AAC."""
    return tag_sources.from_id3(ID3(path)), tag_tables.ID3_FRAMES  # type: ignore[no-untyped-call]


def ape_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """APEv2 behind an MP3 that has no ID3."""
    return tag_sources.from_ape(APEv2(path)), tag_tables.APE  # type: ignore[no-untyped-call]


def info_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """The INFO list of a WAV that has no ID3."""
    return tag_sources.from_riff(riff.info(path)), tag_tables.RIFF_INFO


def container_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """What FFmpeg finds in containers that mutagen does not know, such as Matroska; it gives all the same names."""
    with decode.open_audio(path) as container:
        return tag_sources.from_ffmpeg(container.metadata), tag_tables.FFMPEG


def cover(pictures: list[tuple[int, bytes]]) -> bytes | None:
    """The front cover, or else the first picture."""
    usable = [(kind, data) for kind, data in pictures if 0 < len(data) <= LARGEST_PICTURE]
    return min(usable, key=lambda picture: picture[0] != COVER)[1] if usable else None


def normal(fields: Mapping[str, list[str]], picture: bytes | None = None) -> Tags:
    """Tags from the texts of each field as they were found."""
    values = {name: tag_values.apart(texts) for name, texts in fields.items()}
    track, tracks = parts(values, "track", "tracks")
    disc, discs = parts(values, "disc", "discs")
    display = tag_values.lines(values.get("artist", ()))
    artists = tag_values.lines(values.get("artists", ())) or display
    return Tags(
        title=first(values, "title", tag_values.line),
        artist=", ".join(display or artists) or None,
        artists=artists,
        album=first(values, "album", tag_values.line),
        album_artist=", ".join(tag_values.lines(values.get("album_artist", ()))) or None,
        track=track,
        tracks=tracks,
        disc=disc,
        discs=discs,
        date=first(values, "date", tag_values.day),
        original_date=first(values, "original_date", tag_values.day),
        genres=tag_values.genres(values.get("genres", ())),
        credits=tuple(Credit("composer", name) for name in tag_values.lines(values.get("composers", ()))),
        label=first(values, "label", tag_values.line),
        isrc=first(values, "isrc", tag_values.isrc),
        comment=first(values, "comment", tag_values.text),
        lyrics=first(values, "lyrics", tag_values.lyrics),
        bpm=first(values, "bpm", tag_values.tempo),
        compilation=any(map(tag_values.truth, values.get("compilation", ()))),
        language=first(values, "language", tag_values.line),
        licence=first(values, "licence", tag_values.line),
        copyright=first(values, "copyright", tag_values.line),
        musicbrainz=identifiers(values),
        cover=picture,
    )


def identifiers(values: Mapping[str, list[str]]) -> MusicBrainz:
    """The identifiers of MusicBrainz among the fields."""
    return MusicBrainz(
        recording=first(values, "recording", tag_values.identifier),
        release_track=first(values, "release_track", tag_values.identifier),
        release=first(values, "release", tag_values.identifier),
        release_group=first(values, "release_group", tag_values.identifier),
        work=first(values, "work", tag_values.identifier),
        artists=tag_values.identifiers(values.get("artist_ids", ())),
        album_artists=tag_values.identifiers(values.get("album_artist_ids", ())),
    )


def first(values: Mapping[str, list[str]], name: str, form: Callable[[str], T | None]) -> T | None:
    """The first value of a field that makes sense in its normal form."""
    forms = (form(value) for value in values.get(name, ()))
    return next((each for each in forms if each is not None), None)


def parts(values: Mapping[str, list[str]], name: str, total: str) -> tuple[int | None, int | None]:
    """A number and what it is out of, whether that stands behind it or in a field of its own."""
    number, of = first(values, name, tag_values.number) or (None, None)
    count, _ = first(values, total, tag_values.number) or (None, None)
    return number, count or of
