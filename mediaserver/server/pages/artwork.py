"""The form by which a track, a release or an artist gets a picture; with scripts the JSON interface is used instead."""

from __future__ import annotations

from aiohttp import web

from mediaserver.media.artwork import LARGEST
from mediaserver.server import artwork
from mediaserver.server.pages import sent
from mediaserver.server.pages.render import redirect
from mediaserver.server.request import account, services

_NO_FILE = "Please choose a picture: JPEG, PNG, WebP or GIF."


async def give(request: web.Request) -> web.Response:
    """POST /library/KIND/ID/artwork: a form with the picture."""
    thing = services(request), account(request), request.match_info["kind"], request.match_info["id"]
    await artwork.require(*thing)
    await artwork.give(*thing, await sent.file(request, LARGEST, _NO_FILE))
    return _back(request)


async def remove(request: web.Request) -> web.Response:
    """POST /library/KIND/ID/artwork/remove."""
    named = request.match_info
    await artwork.take_away(services(request), account(request), named["kind"], named["id"])
    return _back(request)


def _back(request: web.Request) -> web.Response:
    named = request.match_info
    return redirect(f"/library/{named['kind']}/{named['id']}/edit")


_PLACE = "/library/{kind:tracks|releases|artists}/{id}/artwork"
ROUTES = [web.post(_PLACE, give), web.post(f"{_PLACE}/remove", remove)]
