"""/api/v1/releases: what came out together, and changing what one's own releases are called and who they are for."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader, Tx
from mediaserver.catalog import release_changes, releases
from mediaserver.catalog.release_changes import ReleaseChanges
from mediaserver.server import reply
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
    await at.db.write(_change, request.match_info["id"], changes, account(request))
    return await show(request)


def _show(r: Reader, release_id: str, asker: Account | None, tickets: Tickets) -> dict[str, Any]:
    return details.release(r, releases.get(r, release_id), asker, tickets)


def _change(tx: Tx, release_id: str, changes: ReleaseChanges, asker: Account | None) -> None:
    release_changes.change_release(tx, release_id, changes, partial(policy.require, asker, Action.EDIT))
