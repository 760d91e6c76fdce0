"""Who did what: of one thing for those who may edit it, and of everything for administrators."""

from __future__ import annotations

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.policy import Action
from mediaserver.base import ids
from mediaserver.catalog import history
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.history import Entry
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server import lifecycle
from mediaserver.server.pages.render import render
from mediaserver.server.request import account, services

_PAGE = 50


async def of_thing(request: web.Request) -> web.Response:
    """GET /library/KIND/ID/history?before=."""
    named = request.match_info["kind"].removesuffix("s"), request.match_info["id"]
    asked = *named, _PAGE + 1, _before(request)
    thing, entries = await services(request).db.read(lifecycle.past, account(request), *asked)
    return _page(request, entries, thing)


async def everything(request: web.Request) -> web.Response:
    """GET /admin/history?before=."""
    policy.require(account(request), Action.ADMINISTER)
    return _page(request, await services(request).db.read(history.everything, _PAGE + 1, _before(request)), None)


def _before(request: web.Request) -> str | None:
    asked = request.query.get("before", "")
    return asked if ids.is_id(asked) else None


def _page(request: web.Request, entries: list[Entry], thing: Track | Release | Artist | None) -> web.Response:
    following = entries[_PAGE - 1].id if len(entries) > _PAGE else None
    return render(request, "pages/history.html", entries=entries[:_PAGE], thing=thing, next=following)


ROUTES = [
    web.get("/library/{kind:tracks|releases|artists}/{id}/history", of_thing),
    web.get("/admin/history", everything),
]
