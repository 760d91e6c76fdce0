"""/api/v1/tracks: what can be heard, and changing what one's own recordings are called and who they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base import cursors
from mediaserver.base.cursors import Place
from mediaserver.base.db import Reader
from mediaserver.catalog import tracks
from mediaserver.catalog.changes.track_changes import TrackChanges
from mediaserver.server import lifecycle, reply, sight
from mediaserver.server.api import body, details, shapes
from mediaserver.server.request import account, services
from mediaserver.streaming.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Many:
    """Tracks, by id, and what is to be other of all of them."""

    ids: list[str]
    changes: TrackChanges


async def newest(request: web.Request) -> web.Response:
    """GET /api/v1/tracks: the public tracks, the newest first."""
    at = services(request)
    limit, before = body.page_by_time(request)
    items, last = await at.db.read(_newest, limit, before, account(request), at.tickets)
    return reply.json(reply.page_of(items, limit, last))


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/tracks/ID."""
    at = services(request)
    return reply.json(await at.db.read(_show, request.match_info["id"], account(request), at.tickets))


async def change(request: web.Request) -> web.Response:
    """PATCH /api/v1/tracks/ID: fields that are not named stay as they are, null takes away."""
    at = services(request)
    changes = await body.read(request, TrackChanges)
    await at.db.write(lifecycle.change_tracks, account(request), [request.match_info["id"]], changes)
    return await show(request)


async def change_many(request: web.Request) -> web.Response:
    """PATCH /api/v1/tracks: the same changes to all of them, or to none."""
    at = services(request)
    wanted = await body.read(request, Many)
    await at.db.write(lifecycle.change_tracks, account(request), wanted.ids, wanted.changes)
    return reply.json({"items": await at.db.read(_show_many, wanted.ids, account(request), at.tickets)})


def _newest(
    r: Reader, limit: int, before: Place, asker: Account | None, tickets: Tickets
) -> tuple[list[dict[str, Any]], str | None]:
    found = tracks.newest(r, limit, before)
    return [shapes.track(r, track, asker, tickets) for track in found], cursors.last(found)


def _show(r: Reader, track_id: str, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    track = tracks.get(r, track_id)
    sight.require_track(asker, track)
    return details.full_track(r, track, asker, tickets)


def _show_many(r: Reader, track_ids: list[str], asker: Account | None, tickets: Tickets) -> list[dict[str, Any]]:
    return [_show(r, track_id, asker, tickets) for track_id in dict.fromkeys(track_ids)]
