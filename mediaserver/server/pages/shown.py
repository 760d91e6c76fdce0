"""What a page hands to the player about each track on it, so that Play needs no further question."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.catalog.tracks import State, Track
from mediaserver.server.pages import artwork
from mediaserver.server.request import account, services


def stream(request: web.Request, track: Track) -> str | None:
    """Return the address of a track's master playlist, once it can be played."""
    if track.state != State.READY:
        return None
    return services(request).tickets.hls(track, account(request))


def playable(request: web.Request, tracks: list[Track]) -> dict[str, dict[str, Any]]:
    """Return what the player needs of those tracks that can be played, by id, in their order."""
    streams = ((track, stream(request, track)) for track in tracks)
    return {track.id: _describe(track, address) for track, address in streams if address}


def _describe(track: Track, address: str) -> dict[str, Any]:
    """Name things as the JSON interface does, whose answers take this one's place when an address has run out."""
    release = {"id": track.release_id, "title": track.release_title, "url": track.release_url}
    return {
        "id": track.id,
        "title": track.title,
        "url": track.url,
        "artist": {"id": track.artist_id, "name": track.artist_name, "url": f"/@{track.artist_slug}"},
        "credited": track.credited,
        "release": release if track.release_id and track.release_visibility != "private" else None,
        "duration": track.seconds,
        "artwork": artwork.describe(track.picture, track.colour),
        "loudness": {"integrated": track.loudness, "true_peak": track.true_peak},
        "stream": {"hls": address},
        "waveform": f"/media/waveforms/{track.id}.json",
    }
