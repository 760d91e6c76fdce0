"""/api/v1/releases: what came out together, and changing what one's own releases are called and who they are for."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.catalog import releases
from mediaserver.catalog.changes.release_changes import ReleaseChanges
from mediaserver.server import lifecycle, reply
from mediaserver.server.api import body, details
from mediaserver.server.request import account, services
from mediaserver.streaming.tickets import Tickets


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/releases/ID."""
    at = services(request)
    return reply.json(await at.db.read(_show, request.match_info["id"], account(request), at.tickets))


async def change(request: web.Request) -> web.Response:
    """PATCH /api/v1/releases/ID: fields that are not named stay as they are, null takes away."""
    at = services(request)
    changes = await body.read(request, ReleaseChanges)
    await at.db.write(lifecycle.change_release, account(request), request.match_info["id"], changes)
    return await show(request)


def _show(r: Reader, release_id: str, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    return details.release(r, releases.get(r, release_id), asker, tickets)
