"""/api/v1/artists/ID/follow: to follow an artist, and not to any more."""

from __future__ import annotations

from aiohttp import web

from mediaserver.server import lifecycle, reply
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


ROUTES = [web.put("/api/v1/artists/{id}/follow", follow), web.delete("/api/v1/artists/{id}/follow", unfollow)]
