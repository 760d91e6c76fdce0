"""What things look like in JSON: times as RFC 3339, durations in seconds, addresses relative to the server."""

from __future__ import annotations

from typing import Any

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog import genres
from mediaserver.catalog.tracks import State, Track
from mediaserver.media.artwork import SIZES
from mediaserver.streaming.tickets import Tickets


def track(r: Reader, track: Track, account: Account | None, tickets: Tickets) -> dict[str, Any]:
    """Return a track as `account` may see it; `stream` is None until it can be played."""
    return {
        "id": track.id,
        "title": track.title,
        "slug": track.slug,
        "url": track.url,
        "artist": {"id": track.artist_id, "name": track.artist_name, "url": f"/@{track.artist_slug}"},
        "credited": track.credited,
        "release": _release(track),
        "disc": track.disc,
        "number": track.number,
        "date": track.date,
        "words": track.words,
        "genres": genres.of_track(r, track.id),
        "duration": track.seconds,
        "visibility": track.visibility,
        "state": track.state,
        "artwork": artwork(track.picture, track.colour),
        "loudness": {"integrated": track.loudness, "true_peak": track.true_peak} if track.samples else None,
        "stream": _stream(track, account, tickets) if track.state == State.READY else None,
        "waveform": f"/media/waveforms/{track.id}.json",
        "created_at": clock.rfc3339(track.created_at),
    }


def artwork(picture: str | None, colour: str | None) -> dict[str, Any] | None:
    """Return a picture's addresses by size in pixels, and its dominant colour."""
    if picture is None:
        return None
    sizes = {str(size): f"/media/artwork/{picture}/{size}.webp" for size in SIZES}
    return {"hash": picture, "colour": colour, "sizes": sizes}


def account(account: Account) -> dict[str, Any]:
    """Return an account as its owner may see it."""
    return {
        "id": account.id,
        "name": account.name,
        "display_name": account.display_name,
        "role": account.role,
        "created_at": clock.rfc3339(account.created_at),
    }


def _stream(track: Track, account: Account | None, tickets: Tickets) -> dict[str, Any]:
    return {
        "hls": tickets.hls(track, account),
        "progressive": f"/api/v1/tracks/{track.id}/stream?format=mp3&bitrate=128",
    }


def _release(track: Track) -> dict[str, Any] | None:
    if track.release_id is None or track.release_visibility == "private":
        return None
    return {"id": track.release_id, "title": track.release_title, "url": track.release_url}
