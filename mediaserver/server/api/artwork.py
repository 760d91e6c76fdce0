"""/api/v1/{tracks,releases,artists}/ID/artwork: a picture as the body of one request, or taking it away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action, Thing
from mediaserver.base.db import Reader, Tx
from mediaserver.base.pool import Priority
from mediaserver.catalog import artists, releases, tracks
from mediaserver.catalog.pictures import Picture
from mediaserver.ingest.pictures import Pictures
from mediaserver.media.artwork import LARGEST
from mediaserver.server import lifecycle, reply, shapes
from mediaserver.server.api import body
from mediaserver.server.request import account, services


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a thing that has a picture is found and given one."""

    name: str
    get: Callable[[Reader, str], Thing]
    set_picture: Callable[[Tx, str, str | None], None]


_KINDS = {
    "tracks": _Kind("track", tracks.get, tracks.set_picture),
    "releases": _Kind("release", releases.get, releases.set_picture),
    "artists": _Kind("artist", artists.get, artists.set_picture),
}


async def put(request: web.Request) -> web.Response:
    """PUT: JPEG, PNG, WebP or GIF. Raises what `FirstTouch.see` raises for what is no picture, or a hostile one."""
    at = services(request)
    kind, thing_id = _KINDS[request.match_info["kind"]], request.match_info["id"]
    await at.db.read(_require, kind, thing_id, account(request))
    data = await body.all_of(request, LARGEST)
    seen = await at.pool.run(Priority.LISTENER, at.first_touch.see, data)
    picture = await asyncio.to_thread(at.pictures.store, data, seen.picture, seen.colour)
    await at.db.write(_set, at.pictures, kind, thing_id, picture, account(request))
    return reply.json(shapes.artwork(picture.hash, picture.colour))


async def remove(request: web.Request) -> web.Response:
    """DELETE: the thing has no picture of its own any more."""
    at = services(request)
    kind, thing_id = _KINDS[request.match_info["kind"]], request.match_info["id"]
    await at.db.write(_set, at.pictures, kind, thing_id, None, account(request))
    return web.Response(status=204)


def _require(r: Reader, kind: _Kind, thing_id: str, asker: Account | None) -> None:
    policy.require(asker, Action.EDIT, kind.get(r, thing_id))


def _set(tx: Tx, store: Pictures, kind: _Kind, thing_id: str, picture: Picture | None, asker: Account | None) -> None:
    _require(tx, kind, thing_id, asker)
    if picture is not None:
        store.note(tx, picture)
    with lifecycle.noting(tx, asker, kind.name, [thing_id]):
        kind.set_picture(tx, thing_id, None if picture is None else picture.hash)
