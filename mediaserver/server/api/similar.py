"""/api/v1/tracks/ID/similar: what sounds like a track."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.base.errors import NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.tracks import Track
from mediaserver.discovery.similar import Neighbour
from mediaserver.server import reply, sight
from mediaserver.server.api import body, shapes
from mediaserver.server.request import account, services
from mediaserver.streaming.tickets import Tickets


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/tracks/ID/similar?limit=N: public tracks, the likest first, each with its `distance`."""
    at, asker = services(request), account(request)
    limit, _ = body.page(request)
    track = await at.db.read(_seen, request.match_info["id"], asker)
    near = await at.similar.to(track, limit)
    return reply.json({"items": await at.db.read(_shapes, near, asker, at.tickets), "next": None})


def _seen(r: Reader, track_id: str, asker: Account | None) -> Track:
    track = tracks.get(r, track_id)
    sight.require_track(asker, track)
    return track


def _shapes(r: Reader, near: list[Neighbour], asker: Account | None, tickets: Tickets) -> list[dict[str, Any]]:
    found = []
    for neighbour in near:
        track = _still_there(r, neighbour.track_id)
        if track is not None and sight.may_be_told_of(asker, track):
            found.append(shapes.track(r, track, asker, tickets) | {"distance": neighbour.distance})
    return found


def _still_there(r: Reader, track_id: str) -> Track | None:
    """What was remembered may have been taken away since."""
    try:
        return tracks.get(r, track_id)
    except NotFound:
        return None
