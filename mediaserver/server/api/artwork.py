"""/api/v1/{tracks,releases,artists}/ID/artwork: a picture as the body of one request, or taking it away."""

from __future__ import annotations

from aiohttp import web

from mediaserver.media.artwork import LARGEST
from mediaserver.server import artwork, reply, shapes
from mediaserver.server.api import body
from mediaserver.server.request import account, services


async def put(request: web.Request) -> web.Response:
    """PUT: JPEG, PNG, WebP or GIF. Raises what `FirstTouch.see` raises for what is no picture, or a hostile one."""
    thing = services(request), account(request), request.match_info["kind"], request.match_info["id"]
    await artwork.require(*thing)
    picture = await artwork.give(*thing, await body.all_of(request, LARGEST))
    return reply.json(shapes.artwork(picture.hash, picture.colour))


async def remove(request: web.Request) -> web.Response:
    """DELETE: the thing has no picture of its own any more."""
    named = request.match_info
    await artwork.take_away(services(request), account(request), named["kind"], named["id"])
    return web.Response(status=204)
