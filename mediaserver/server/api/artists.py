"""/api/v1/artists/ID: who somebody is, and changing what one's own artists are called and say of themselves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from mediaserver.accounts import follows, policy
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog import artists, links
from mediaserver.catalog.changes.artist_changes import ArtistChanges
from mediaserver.server import lifecycle, reply
from mediaserver.server.api import body
from mediaserver.server.request import account, services
from mediaserver.server.shapes import artwork


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/artists/ID; one that was merged into another is that one."""
    return reply.json(await services(request).db.read(_show, request.match_info["id"], account(request)))


async def change(request: web.Request) -> web.Response:
    """PATCH /api/v1/artists/ID: `name`, `words`, `links`; what is not named stays as it is, null takes away.

    The picture has an address of its own: PUT and DELETE /api/v1/artists/ID/artwork.
    """
    changes = await body.read(request, ArtistChanges)
    await services(request).db.write(lifecycle.change_artist, account(request), request.match_info["id"], changes)
    return await show(request)


def _show(r: Reader, artist_id: str, asker: Account | None) -> dict[str, Any]:
    artist = artists.standing_for(r, artist_id)
    return {
        "id": artist.id,
        "name": artist.name,
        "slug": artist.slug,
        "url": artist.url,
        "words": artist.words,
        "links": [asdict(link) for link in links.of_artist(r, artist.id)],
        "artwork": artwork(artist.picture, artist.colour),
        "followers": follows.count(r, artist.id),
        "follows": policy.follows(asker, artist.id),
        "created_at": clock.rfc3339(artist.created_at),
    }


ROUTES = [
    web.get("/api/v1/artists/{id}", show),
    web.patch("/api/v1/artists/{id}", change),
]
