"""What things look like in JSON: times as RFC 3339, durations in seconds, addresses relative to the server."""

from __future__ import annotations

from typing import Any

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog import genres
from mediaserver.catalog.sounds import hearings
from mediaserver.catalog.tracks import Track
from mediaserver.server import shapes
from mediaserver.streaming.tickets import Tickets


def track(r: Reader, track: Track, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    """Return all of a track that `asker` may see."""
    tempo, key = hearings.pulse_and_key(r, track.original)
    return shapes.track(r, track, asker, tickets) | {
        "tempo": tempo,
        "key": key,
        "slug": track.slug,
        "disc": track.disc,
        "number": track.number,
        "date": track.date,
        "words": track.words,
        "genres": genres.of_track(r, track.id),
        "visibility": track.chosen,
        "downloads": track.downloads,
        "publish_at": None if track.publish_at is None else clock.rfc3339(track.publish_at),
        "state": track.state,
        "created_at": clock.rfc3339(track.created_at),
    }


def account(account: Account) -> dict[str, Any]:
    """Return an account as its owner may see it."""
    return {
        "id": account.id,
        "name": account.name,
        "display_name": account.display_name,
        "role": account.role,
        "created_at": clock.rfc3339(account.created_at),
    }
