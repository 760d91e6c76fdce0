"""/api/v1/artists/ID: to follow an artist, and not to any more; who follows, and who may not."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mediaserver.accounts.follows import Follower
from mediaserver.base import clock
from mediaserver.server import lifecycle, reply
from mediaserver.server.api import body
from mediaserver.server.request import account, services


async def follow(request: web.Request) -> web.Response:
    """PUT: follow; it may be so already."""
    return await _settle(request, follows_now=True)


async def unfollow(request: web.Request) -> web.Response:
    """DELETE: not any more, and what is for followers is closed again."""
    return await _settle(request, follows_now=False)


async def _settle(request: web.Request, *, follows_now: bool) -> web.Response:
    artist_id = request.match_info["id"]
    count = await services(request).db.write(lifecycle.follow, account(request), artist_id, follows_now=follows_now)
    return reply.json({"follows": follows_now, "followers": count})


async def followers(request: web.Request) -> web.Response:
    """GET /api/v1/artists/ID/followers: who follows or is blocked, for who looks after the artist.

    `display_name` is null for who chose none.
    """
    limit, cursor = body.page(request)
    asked = request.match_info["id"], limit, cursor
    _, found = await services(request).db.read(lifecycle.followers, account(request), *asked)
    last = found[-1].account_id if found else None
    return reply.json(reply.page_of([_shape(each) for each in found], limit, last))


async def block(request: web.Request) -> web.Response:
    """PUT and DELETE /api/v1/artists/ID/blocks/ACCOUNT: 204, and what is for followers is closed, or can be again."""
    named = request.match_info["id"], request.match_info["account"]
    blocks = request.method == "PUT"
    await services(request).db.write(lifecycle.block, account(request), *named, blocks=blocks)
    return web.Response(status=204)


def _shape(follower: Follower) -> dict[str, Any]:
    return {
        "id": follower.account_id,
        "display_name": follower.display_name,
        "since": clock.rfc3339(follower.created_at),
        "blocked": follower.blocked_at is not None,
    }


ROUTES = [
    web.put("/api/v1/artists/{id}/follow", follow),
    web.delete("/api/v1/artists/{id}/follow", unfollow),
    web.get("/api/v1/artists/{id}/followers", followers),
    web.put("/api/v1/artists/{id}/blocks/{account}", block),
    web.delete("/api/v1/artists/{id}/blocks/{account}", block),
]
