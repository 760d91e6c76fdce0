"""What is said of a thing, as one flat table of fields, so that history can tell what a change made other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from mediaserver.base.db import Reader
from mediaserver.catalog import artists, genres, links, releases, tracks
from mediaserver.catalog.details import sheets

_TRACK = ("title", "credited", "words", "release_title", "disc", "number", "date", "picture", "downloads")
_RELEASE = ("title", "date", "words", "picture")
_ARTIST = ("name", "words", "picture")


def of_track(r: Reader, track_id: str) -> dict[str, Any]:
    """Return all that is said of a track. Raises NotFound."""
    track = tracks.get(r, track_id)
    sheet = sheets.of_track(r, track)
    return {
        **{name: getattr(track, name) for name in _TRACK},
        **asdict(sheet.details),
        "visibility": track.chosen,
        "genres": genres.of_track(r, track_id),
        "tags": list(sheet.tags),
        "credits": [f"{credit.role} {credit.name}" for credit in sheet.credits],
        "lyrics": sheet.lyrics,
    }


def of_release(r: Reader, release_id: str) -> dict[str, Any]:
    """Return all that is said of a release. Raises NotFound."""
    release = releases.get(r, release_id)
    sheet = sheets.of_release(r, release)
    return {
        **{name: getattr(release, name) for name in _RELEASE},
        **asdict(sheet.details),
        "visibility": release.chosen,
        "types": list(sheet.types),
        "discs": [f"{disc} {subtitle}" for disc, subtitle in sheet.discs.items()],
    }


def of_artist(r: Reader, artist_id: str) -> dict[str, Any]:
    """Return what is said of an artist. Raises NotFound."""
    artist = artists.get(r, artist_id)
    said: dict[str, Any] = {name: getattr(artist, name) for name in _ARTIST}
    return said | {"links": [f"{link.label} {link.url}" for link in links.of_artist(r, artist_id)]}


SAID: Mapping[str, Callable[[Reader, str], dict[str, Any]]] = {
    "track": of_track,
    "release": of_release,
    "artist": of_artist,
}
