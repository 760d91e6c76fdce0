"""What a track looks like to scripts: the part that pages hand to the player and the JSON door answers with alike."""

from __future__ import annotations

from typing import Any

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog.tracks import State, Track
from mediaserver.media.artwork import SIZES
from mediaserver.server import sight
from mediaserver.streaming import tickets
from mediaserver.streaming.tickets import Tickets


def track(r: Reader, track: Track, asker: Account | None, issuer: Tickets) -> dict[str, Any]:
    """Return what playing and showing a track takes, for `asker`; `stream` is None until it can be played."""
    return {
        "id": track.id,
        "title": track.title,
        "url": track.url,
        "artist": {"id": track.artist_id, "name": track.artist_name, "url": f"/@{track.artist_slug}"},
        "credited": track.credited,
        "release": _release(track) if sight.may_see_release(r, asker, track) else None,
        "duration": track.seconds,
        "artwork": artwork(track.picture, track.colour),
        "loudness": {"integrated": track.loudness, "true_peak": track.true_peak} if track.samples else None,
        "stream": _stream(track, asker, issuer) if track.state == State.READY else None,
        # Another sound has another address, so that no cache shows the waveform of the one before.
        "waveform": f"/media/waveforms/{track.id}.json?sound={track.original[:12]}",
    }


def artwork(picture: str | None, colour: str | None) -> dict[str, Any] | None:
    """Return a picture's hash, its dominant colour and its addresses by size in pixels."""
    if picture is None:
        return None
    return {"hash": picture, "colour": colour, "sizes": {str(size): artwork_url(picture, size) for size in SIZES}}


def artwork_url(picture: str, size: int) -> str:
    """Return the address of a picture (its hash) as a square of `size` pixels, one of SIZES."""
    return f"/media/artwork/{picture}/{size}.webp"


def _stream(track: Track, asker: Account | None, issuer: Tickets) -> dict[str, Any]:
    ticket = issuer.issue(track, asker)
    return {
        "hls": tickets.address(track.id, ticket.text),
        "progressive": f"/api/v1/tracks/{track.id}/stream?format=mp3&bitrate=128",
        "expires_at": None if ticket.ends_at is None else clock.rfc3339(ticket.ends_at),
    }


def _release(track: Track) -> dict[str, Any]:
    return {"id": track.release_id, "title": track.release_title, "url": track.release_url}
