"""/api/v1: who did what, for those who may edit a thing, and all of it for administrators."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.policy import Action
from mediaserver.base import clock
from mediaserver.catalog import history
from mediaserver.catalog.history import Entry
from mediaserver.server import lifecycle, reply
from mediaserver.server.api import body
from mediaserver.server.request import account, services


async def of_thing(request: web.Request) -> web.Response:
    """GET /api/v1/{tracks,releases,artists}/ID/history, the last first."""
    named = request.match_info["kind"].removesuffix("s"), request.match_info["id"]
    limit, cursor = body.page(request)
    _, entries = await services(request).db.read(lifecycle.past, account(request), *named, limit, cursor)
    return _answer(entries, limit)


async def everything(request: web.Request) -> web.Response:
    """GET /api/v1/history, for administrators."""
    policy.require(account(request), Action.ADMINISTER)
    limit, cursor = body.page(request)
    return _answer(await services(request).db.read(history.everything, limit, cursor), limit)


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
    web.get("/api/v1/{kind:tracks|releases|artists}/{id}/history", of_thing),
    web.get("/api/v1/history", everything),
]
