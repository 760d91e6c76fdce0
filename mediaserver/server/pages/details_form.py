"""Between a form's texts and what the catalogue keeps: how each field is written, and which were touched.

A form sends along what stood in each field when it was shown; a field that comes back as it went is not changed. So
may one form be for many recordings: where they differ its field is empty, and stays as it is in each unless touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import msgspec

from mediaserver.base import decoders
from mediaserver.base.errors import Invalid
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.changes.artist_changes import ArtistChanges
from mediaserver.catalog.changes.release_changes import ReleaseChanges
from mediaserver.catalog.changes.track_changes import TrackChanges
from mediaserver.catalog.details.sheets import ReleaseSheet, TrackSheet
from mediaserver.catalog.links import Link
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server.pages import notation

T = TypeVar("T", TrackChanges, ReleaseChanges, ArtistChanges)
SUGGESTED = 200
"""Names that are offered while one types."""
_WAS = "was-"
_CLEAR = "clear-"


@dataclass(frozen=True, slots=True)
class Form:
    """The texts of a form's fields, what stood there at first, and the names of those in which recordings differ."""

    values: Mapping[str, str]
    was: Mapping[str, str]
    differing: frozenset[str] = frozenset()

    def again(self, sent: Mapping[str, str]) -> Form:
        """Return the form as somebody sent it, to be set right."""
        return Form({**self.values, **_unbroken(sent)}, self.was, self.differing)


def together(texts: Sequence[Mapping[str, str]]) -> Form:
    """Return one form for several recordings: what they have in common, and where they differ."""
    first = texts[0]
    differing = frozenset(name for name in first if any(each[name] != first[name] for each in texts[1:]))
    common = {name: "" if name in differing else value for name, value in first.items()}
    return Form(common, common, differing)


def track_texts(track: Track, sheet: TrackSheet, genres: Sequence[str]) -> dict[str, str]:
    """Return the text of every field of a track."""
    names = [each.name for each in sheet.artists]
    return {name: _text(getattr(sheet.details, name)) for name in _DETAILS} | {
        "title": track.title,
        "credited": track.credited,
        "artists": "" if names == [track.credited] else "\n".join(names),
        "words": track.words,
        "visibility": track.chosen,
        "genres": notation.commas(genres),
        "tags": notation.commas(sheet.tags),
        "credits": notation.credits_text(sheet.credits),
        "lyrics": sheet.lyrics or "",
        "synced_lyrics": notation.timed_text(sheet.synced_lyrics),
        "release": track.release_title or "",
        "artist": track.artist_name,
        "disc": _text(track.disc),
        "number": _text(track.number),
        "date": track.date or "",
        "explicit": {None: "", 0: "no", 1: "yes"}[sheet.details.explicit],
    }


def release_texts(release: Release, sheet: ReleaseSheet, tracks: Sequence[Track]) -> dict[str, str]:
    """Return the text of every field of a release, the places of its tracks among them."""
    shown = sheet.details.credited or release.artist_name
    names = [each.name for each in sheet.artists]
    discs = sorted({track.disc or 1 for track in tracks} | set(sheet.discs))
    return (
        {name: _text(getattr(sheet.details, name)) for name in _RELEASE_DETAILS}
        | {
            "title": release.title,
            "artist": release.artist_name,
            "credited": shown,
            "artists": "" if names in ([], [shown]) else "\n".join(names),
            "words": release.words,
            "visibility": release.chosen,
            "date": release.date or "",
            "types": notation.commas(sheet.types),
            "compilation": "yes" if sheet.details.compilation else "no",
        }
        | {f"subtitle-{disc}": sheet.discs.get(disc, "") for disc in discs}
        | {f"disc-{track.id}": _text(track.disc) for track in tracks}
        | {f"number-{track.id}": _text(track.number) for track in tracks}
    )


def artist_texts(artist: Artist, links: Sequence[Link]) -> dict[str, str]:
    """Return the text of every field of an artist."""
    return {"name": artist.name, "words": artist.words, "links": notation.links_text(links)}


def track_changes(sent: Mapping[str, str]) -> TrackChanges:
    """Return what was touched of a track's form. Raises Invalid."""
    return _changes(_touched(sent), _TRACK, TrackChanges)


def release_changes(sent: Mapping[str, str]) -> ReleaseChanges:
    """Return what was touched of a release's form; discs and places are sent whole. Raises Invalid."""
    touched = _touched(sent)
    whole: dict[str, Any] = {}
    if any(name.startswith("subtitle-") for name in touched):
        named = _numbered(sent, "subtitle-")
        whole["discs"] = [{"disc": _whole(disc), "subtitle": subtitle} for disc, subtitle in named if subtitle]
    moved = dict.fromkeys(name.partition("-")[2] for name in touched if name.startswith(("disc-", "number-")))
    if moved:
        whole["tracks"] = [
            {"id": each, "disc": _count(sent.get(f"disc-{each}", "")), "number": _count(sent.get(f"number-{each}", ""))}
            for each in moved
        ]
    return _changes(touched, _RELEASE, ReleaseChanges, **whole)


def artist_changes(sent: Mapping[str, str]) -> ArtistChanges:
    """Return what was touched of an artist's form. Raises Invalid."""
    return _changes(_touched(sent), {"name": str, "links": notation.read_links}, ArtistChanges)


def _touched(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that came back otherwise than they went, and those that are to be emptied."""
    same = _unbroken(sent)
    touched = {
        name: value for name, value in same.items() if f"{_WAS}{name}" in same and value != same[f"{_WAS}{name}"]
    }
    return touched | {name[len(_CLEAR) :]: "" for name in same if name.startswith(_CLEAR)}


def _unbroken(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the fields with the breaks of lines that were there before a browser sent them."""
    return {name: value.replace("\r\n", "\n") for name, value in sent.items()}


def _changes(touched: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]], kind: type[T], **more: Any) -> T:
    known = {field.name for field in fields(kind)}
    read = {name: readers.get(name, _plain)(value) for name, value in touched.items() if name in known}
    try:
        return decoders.from_plain(read | more, kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"The form does not fit: {error}.") from None


def _numbered(sent: Mapping[str, str], prefix: str) -> list[tuple[str, str]]:
    return [(name[len(prefix) :], value.strip()) for name, value in sent.items() if name.startswith(prefix)]


def _text(value: float | str | None) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def _plain(text: str) -> str | None:
    return text or None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Invalid(f'"{text[:40]}" is not a whole number.') from None


def _count(text: str) -> int | None:
    return _whole(text) if text.strip() else None


def _amount(text: str) -> float | None:
    try:
        return float(text.replace(",", ".").replace("−", "-")) if text.strip() else None
    except ValueError:
        raise Invalid(f'"{text[:40]}" is not a number.') from None


def _choice(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


_COUNTS = ("disc", "number", "track_total", "disc_total")
_AMOUNTS = ("bpm", "track_gain", "track_peak", "album_gain", "album_peak")
_TRACK: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_COUNTS, _count),
    **dict.fromkeys(_AMOUNTS, _amount),
    **dict.fromkeys(("genres", "tags"), notation.read_commas),
    "title": str,
    "artist": str,
    "artists": notation.read_lines,
    "credits": notation.read_credits,
    "synced_lyrics": notation.read_timed,
    "explicit": _choice,
}
_RELEASE: dict[str, Callable[[str], Any]] = {
    "title": str,
    "artist": str,
    "artists": notation.read_lines,
    "types": notation.read_commas,
    "compilation": _choice,
}
_DETAILS = (
    *("title_sort", "subtitle", "artist_sort", "original_date", "label", "isrc", "language", "licence", "copyright"),
    *("bpm", "musical_key", "comment", "track_total", "disc_total", "recording_id", "release_track_id", "work_id"),
    *("track_gain", "track_peak", "album_gain", "album_peak"),
)
_RELEASE_DETAILS = (
    *("title_sort", "artist_sort", "original_date", "label", "catalogue_number", "barcode", "media"),
    *("musicbrainz_id", "release_group_id"),
)
