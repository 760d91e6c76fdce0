"""/api/v1: who did what, for those who may edit a thing, and all of it for administrators."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog import history
from mediaserver.catalog.history import Entry
from mediaserver.server import lifecycle, reply
from mediaserver.server.api import body
from mediaserver.server.request import account, services


async def of_thing(request: web.Request) -> web.Response:
    """GET /api/v1/tracks/ID/history and /api/v1/releases/ID/history, the last first."""
    named = request.match_info["kind"].removesuffix("s"), request.match_info["id"]
    limit, cursor = body.page(request)
    return _answer(await services(request).db.read(_of_thing, account(request), *named, limit, cursor), limit)


async def everything(request: web.Request) -> web.Response:
    """GET /api/v1/history, for administrators."""
    policy.require(account(request), Action.ADMINISTER)
    limit, cursor = body.page(request)
    return _answer(await services(request).db.read(history.everything, limit, cursor), limit)


def _of_thing(r: Reader, asker: Account | None, kind: str, id: str, limit: int, cursor: str | None) -> list[Entry]:
    lifecycle.require(r, asker, Action.EDIT, kind, id)
    return history.of_thing(r, id, limit, cursor)


def _answer(entries: list[Entry], limit: int) -> web.Response:
    return reply.json(reply.page_of([_shape(each) for each in entries], limit, entries[-1].id if entries else None))


def _shape(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": clock.rfc3339(entry.happened_at),
        "who": entry.who,
        "action": entry.action,
        "thing": {"kind": entry.thing_kind, "id": entry.thing_id, "title": entry.title},
        "words": entry.words,
        "change": entry.told,
    }


ROUTES = [
    web.get("/api/v1/{kind:tracks|releases}/{id}/history", of_thing),
    web.get("/api/v1/history", everything),
]
