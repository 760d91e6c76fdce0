"""What the details of tracks and releases look like in JSON: every field that a PATCH takes, as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog.details import sheets
from mediaserver.catalog.details.artist_credits import Linked
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server import sight
from mediaserver.server.api import shapes
from mediaserver.server.shapes import artwork
from mediaserver.streaming.tickets import Tickets


def full_track(r: Reader, track: Track, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    """Return all of a track that `asker` may see, with its details."""
    return shapes.track(r, track, asker, tickets) | {"details": of_track(r, track)}


def of_track(r: Reader, track: Track) -> dict[str, Any]:
    """Return what is said of a track; the times of synchronised lyrics are milliseconds."""
    sheet = sheets.of_track(r, track)
    return asdict(sheet.details) | {
        "explicit": None if sheet.details.explicit is None else bool(sheet.details.explicit),
        "artists": _names(sheet.artists),
        "credits": [asdict(credit) for credit in sheet.credits],
        "tags": sheet.tags,
        "lyrics": sheet.lyrics,
        "synced_lyrics": sheet.synced_lyrics,
    }


def release(r: Reader, release: Release, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    """Return a release with those of its tracks that `asker` may see. Raises NotFound if it is not for `asker`."""
    return {
        "id": release.id,
        "title": release.title,
        "slug": release.slug,
        "url": release.url,
        "artist": {"id": release.artist_id, "name": release.artist_name, "url": f"/@{release.artist_slug}"},
        "date": release.date,
        "words": release.words,
        "artwork": artwork(release.picture, release.colour),
        "visibility": release.chosen,
        "publish_at": None if release.publish_at is None else clock.rfc3339(release.publish_at),
        "created_at": clock.rfc3339(release.created_at),
        "tracks": [shapes.track(r, track, asker, tickets) for track in sight.tracks_of(r, asker, release)],
        "details": _of_release(r, release),
    }


def _of_release(r: Reader, release: Release) -> dict[str, Any]:
    sheet = sheets.of_release(r, release)
    return asdict(sheet.details) | {
        "credited": sheet.details.credited or release.artist_name,
        "compilation": bool(sheet.details.compilation),
        "artists": _names(sheet.artists),
        "types": sheet.types,
        "discs": [{"disc": disc, "subtitle": subtitle} for disc, subtitle in sheet.discs.items()],
    }


def _names(artists: Sequence[Linked]) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "join_phrase": each.join_phrase,
            "sort_name": each.sort_name,
            "musicbrainz_id": each.musicbrainz_id,
            "url": each.url,
        }
        for each in artists
    ]
