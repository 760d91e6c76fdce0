"""What a file says of itself, of whatever container, in one normal form.

Bad tags are no reason to refuse a sound: what cannot be read is as good as not there. A name is never split on a guess.
"""

from __future__ import annotations

import io
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
from mediaserver.media import decode, riff
from mediaserver.media.tags import cleaned, lrc, sources, tables
from mediaserver.media.tags.lrc import Synced
from mediaserver.media.tags.model import ROLES, Credit, MusicBrainz, ReplayGain, Tags
from mediaserver.media.tags.sources import COVER, Found

T = TypeVar("T")

PERFORMER = "performer"
NAMED = tuple(role for role in ROLES if role != PERFORMER)
"""Roles that are credited with a name and no more."""

LARGEST_PICTURE = 20_000_000
"""Bytes of an embedded picture; a larger one is left where it is."""
MOST_READS = 200_000
"""Of one file: an Ogg of a gigabyte takes a tenth of that where all of its pages are looked at."""
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


class Patience(io.BufferedReader):
    """A file that may be read only so often, and no more than it has: broken ones send mutagen in circles for ever."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._size = path.stat().st_size
        self._left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; raises EOFError when that was asked for too often."""
        self._left -= 1
        if self._left < 0:
            raise EOFError
        return super().read(size if size is None else min(size, self._size))


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
    with Patience(path) as source:
        file = mutagen.File(source)
    tags = file.tags if file is not None else None
    match tags:
        case None:
            return Found(), {}
        case ID3():
            return sources.from_id3(tags), tables.ID3_FRAMES
        case MP4Tags():
            return sources.from_mp4(tags), tables.MP4_ATOMS
        case APEv2():
            return sources.from_ape(tags), tables.APE
        case ASFTags():
            return sources.from_asf(tags), tables.ASF_ATTRIBUTES
        case _:
            return sources.from_vorbis(tags, getattr(file, "pictures", ())), tables.VORBIS


def id3_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """ID3 before or behind a sound that mutagen does not know, such as raw AAC."""
    with Patience(path) as source:
        return sources.from_id3(ID3(source)), tables.ID3_FRAMES


def ape_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """APEv2 behind an MP3 that has no ID3."""
    with Patience(path) as source:
        return sources.from_ape(APEv2(source)), tables.APE


def info_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """The INFO list of a WAV that has no ID3."""
    return sources.from_riff(riff.info(path)), tables.RIFF_INFO


def container_alone(path: Path) -> tuple[Found, Mapping[str, str]]:
    """What FFmpeg finds in containers that mutagen does not know, such as Matroska; it gives all the same names."""
    with decode.open_audio(path) as container:
        return sources.from_ffmpeg(container), tables.FFMPEG


def cover(pictures: list[tuple[int, bytes]]) -> bytes | None:
    """The front cover, or else the first picture."""
    usable = [(kind, data) for kind, data in pictures if 0 < len(data) <= LARGEST_PICTURE]
    return min(usable, key=lambda picture: picture[0] != COVER)[1] if usable else None


def normal(fields: Mapping[str, list[str]], picture: bytes | None = None) -> Tags:
    """Tags from the texts of each field as they were found."""
    values = {name: cleaned.apart(texts) for name, texts in fields.items()}
    track, tracks = parts(values, "track", "tracks")
    disc, discs = parts(values, "disc", "discs")
    artist, artists = people(values, "artist", "artists")
    album_artist, album_artists = people(values, "album_artist", "album_artists")
    lyrics, synced = words(values)
    return Tags(
        title=first(values, "title", cleaned.line),
        title_sort=first(values, "title_sort", cleaned.line),
        subtitle=first(values, "subtitle", cleaned.line),
        artist=artist,
        artist_sort=first(values, "artist_sort", cleaned.line),
        artists=artists,
        artist_sorts=cleaned.lines(values.get("artist_sorts", ())),
        album=first(values, "album", cleaned.line),
        album_sort=first(values, "album_sort", cleaned.line),
        album_artist=album_artist,
        album_artist_sort=first(values, "album_artist_sort", cleaned.line),
        album_artists=album_artists,
        track=track,
        tracks=tracks,
        disc=disc,
        discs=discs,
        disc_subtitle=first(values, "disc_subtitle", cleaned.line),
        date=first(values, "date", cleaned.day),
        original_date=first(values, "original_date", cleaned.day),
        release_types=cleaned.release_types(values.get("release_types", ())),
        label=first(values, "label", cleaned.line),
        catalogue_number=first(values, "catalogue_number", cleaned.line),
        barcode=first(values, "barcode", cleaned.barcode),
        media=first(values, "media", cleaned.line),
        isrc=first(values, "isrc", cleaned.isrc),
        genres=cleaned.genres(values.get("genres", ())),
        free_tags=cleaned.lines(values.get("free_tags", ())),
        credits=everybody(values),
        comment=first(values, "comment", cleaned.text),
        lyrics=lyrics,
        synced_lyrics=synced,
        bpm=first(values, "bpm", cleaned.tempo),
        key=first(values, "key", cleaned.line),
        compilation=any(map(cleaned.truth, values.get("compilation", ()))),
        explicit=first(values, "explicit", cleaned.explicit),
        language=first(values, "language", cleaned.language),
        licence=first(values, "licence", cleaned.line),
        copyright=first(values, "copyright", cleaned.line),
        replaygain=gains(values),
        musicbrainz=identifiers(values),
        cover=picture,
    )


def people(values: Mapping[str, list[str]], shown: str, apart: str) -> tuple[str | None, tuple[str, ...]]:
    """Who is shown, and the persons apart: those of a field of their own, or else as many as stand in the shown one."""
    display = cleaned.lines(values.get(shown, ()))
    persons = cleaned.lines(values.get(apart, ())) or display
    return ", ".join(display or persons) or None, persons


def everybody(values: Mapping[str, list[str]]) -> tuple[Credit, ...]:
    """Everybody's part, in the order of ROLES."""
    named = [Credit(role, name) for role in NAMED for name in cleaned.lines(values.get(role, ()))]
    played = filter(None, map(cleaned.performer, values.get(PERFORMER, ())))
    credited = named + [Credit(PERFORMER, name, instrument) for name, instrument in played]
    return tuple(dict.fromkeys(sorted(credited, key=lambda credit: ROLES.index(credit.role))))


def words(values: Mapping[str, list[str]]) -> tuple[str | None, Synced]:
    """Lyrics, plain and with times: from fields of their own, or both from a plain one that is LRC after all."""
    lyrics = first(values, "lyrics", cleaned.lyrics)
    timed = first(values, "synced_lyrics", lambda text: lrc.parse(text) or None) or ()
    inside = lrc.parse(lyrics or "")
    if len(inside) > 1:
        return lrc.plain(inside), timed or inside
    return lyrics or lrc.plain(timed), timed


def gains(values: Mapping[str, list[str]]) -> ReplayGain:
    """ReplayGain, also from Opus's own gains."""
    return ReplayGain(
        track_gain=either(first(values, "track_gain", cleaned.gain), first(values, "track_r128", cleaned.opus_gain)),
        track_peak=first(values, "track_peak", cleaned.peak),
        album_gain=either(first(values, "album_gain", cleaned.gain), first(values, "album_r128", cleaned.opus_gain)),
        album_peak=first(values, "album_peak", cleaned.peak),
    )


def either(one: T | None, other: T | None) -> T | None:
    """The first that is known."""
    return other if one is None else one


def identifiers(values: Mapping[str, list[str]]) -> MusicBrainz:
    """The identifiers of MusicBrainz among the fields."""
    return MusicBrainz(
        recording=first(values, "recording", cleaned.identifier),
        release_track=first(values, "release_track", cleaned.identifier),
        release=first(values, "release", cleaned.identifier),
        release_group=first(values, "release_group", cleaned.identifier),
        work=first(values, "work", cleaned.identifier),
        artists=cleaned.identifiers(values.get("artist_ids", ())),
        album_artists=cleaned.identifiers(values.get("album_artist_ids", ())),
    )


def first(values: Mapping[str, list[str]], name: str, form: Callable[[str], T | None]) -> T | None:
    """The first value of a field that makes sense in its normal form."""
    forms = (form(value) for value in values.get(name, ()))
    return next((each for each in forms if each is not None), None)


def parts(values: Mapping[str, list[str]], name: str, total: str) -> tuple[int | None, int | None]:
    """A number and what it is out of, whether that stands behind it or in a field of its own."""
    number, of = first(values, name, cleaned.number) or (None, None)
    count, _ = first(values, total, cleaned.number) or (None, None)
    return number, count or of
