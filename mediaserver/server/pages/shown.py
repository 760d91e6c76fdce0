"""What a page hands to the player about each track on it, so that Play needs no further question."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.catalog.tracks import State, Track
from mediaserver.server import shapes
from mediaserver.server.request import account, services
from mediaserver.streaming.tickets import Tickets


async def playable(request: web.Request, tracks: list[Track]) -> dict[str, dict[str, Any]]:
    """Return what the player needs of those tracks that can be played, by id, in their order."""
    at = services(request)
    return await at.db.read(_playable, tracks, account(request), at.tickets)


def _playable(r: Reader, tracks: list[Track], asker: Account | None, tickets: Tickets) -> dict[str, dict[str, Any]]:
    return {track.id: shapes.track(r, track, asker, tickets) for track in tracks if track.state == State.READY}
