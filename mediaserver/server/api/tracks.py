"""/api/v1/tracks: what can be heard, and changing what one's own recordings are called and who they are for."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.catalog import tracks
from mediaserver.catalog.tracks import Changes
from mediaserver.server import lifecycle, reply, sight
from mediaserver.server.api import body, shapes
from mediaserver.server.request import account, services
from mediaserver.streaming.tickets import Tickets


async def newest(request: web.Request) -> web.Response:
    """GET /api/v1/tracks: the public tracks, the newest first."""
    at = services(request)
    limit, cursor = body.page(request)
    items = await at.db.read(_newest, limit, cursor, account(request), at.tickets)
    return reply.json(reply.page_of(items, limit, items[-1]["id"] if items else None))


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/tracks/ID."""
    at = services(request)
    return reply.json(await at.db.read(_show, request.match_info["id"], account(request), at.tickets))


async def change(request: web.Request) -> web.Response:
    """PATCH /api/v1/tracks/ID."""
    at = services(request)
    changes = await body.read(request, Changes)
    await at.db.write(lifecycle.change_track, account(request), request.match_info["id"], changes)
    return await show(request)


def _newest(r: Reader, limit: int, cursor: str | None, asker: Account | None, tickets: Tickets) -> list[dict[str, Any]]:
    return [shapes.track(r, track, asker, tickets) for track in tracks.newest(r, limit, cursor)]


def _show(r: Reader, track_id: str, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    track = tracks.get(r, track_id)
    sight.require_track(asker, track)
    return shapes.track(r, track, asker, tickets)
