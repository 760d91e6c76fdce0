"""What is said of a thing, as one flat table of fields, so that history can tell what a change made other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from mediaserver.base.db import Reader
from mediaserver.catalog import artists, genres, links, releases, tracks
from mediaserver.catalog.details import sheets
from mediaserver.catalog.details.artist_credits import Linked

_TRACK = ("title", "credited", "words", "artist_name", "release_title", "disc", "number", "date", "downloads")
_RELEASE = ("title", "artist_name", "date", "words", "picture")
_ARTIST = ("name", "words", "picture")


def of_track(r: Reader, track_id: str) -> dict[str, Any]:
    """Return all that is said of a track. Raises NotFound."""
    track = tracks.get(r, track_id)
    sheet = sheets.of_track(r, track)
    return {
        **{name: getattr(track, name) for name in _TRACK},
        **asdict(sheet.details),
        "picture": tracks.own_picture(r, track_id),
        "visibility": track.chosen,
        "artists": _names(sheet.artists, track.credited),
        "genres": genres.of_track(r, track_id),
        "tags": list(sheet.tags),
        "credits": [" ".join(filter(None, (each.role, each.name, each.detail))) for each in sheet.credits],
        "lyrics": sheet.lyrics,
        "synced_lyrics": [f"{milliseconds} {words}" for milliseconds, words in sheet.synced_lyrics],
    }


def of_release(r: Reader, release_id: str) -> dict[str, Any]:
    """Return all that is said of a release. Raises NotFound."""
    release = releases.get(r, release_id)
    sheet = sheets.of_release(r, release)
    return {
        **{name: getattr(release, name) for name in _RELEASE},
        **asdict(sheet.details),
        "visibility": release.chosen,
        "artists": _names(sheet.artists, sheet.details.credited or release.artist_name),
        "types": list(sheet.types),
        "discs": [f"{disc} {subtitle}" for disc, subtitle in sheet.discs.items()],
    }


def of_artist(r: Reader, artist_id: str) -> dict[str, Any]:
    """Return what is said of an artist. Raises NotFound."""
    artist = artists.get(r, artist_id)
    said: dict[str, Any] = {name: getattr(artist, name) for name in _ARTIST}
    return said | {"links": [f"{link.label} {link.url}" for link in links.of_artist(r, artist_id)]}


def _names(names: Iterable[Linked], credited: str) -> list[str]:
    """Return what is said of the names of a credit beyond the credit as it is shown."""
    told = ((each.name if each.name != credited else None, each.sort_name, each.musicbrainz_id) for each in names)
    return list(filter(None, (", ".join(filter(None, each)) for each in told)))


SAID: Mapping[str, Callable[[Reader, str], dict[str, Any]]] = {
    "track": of_track,
    "release": of_release,
    "artist": of_artist,
}
