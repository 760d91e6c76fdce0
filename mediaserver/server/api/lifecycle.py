"""/api/v1: when tracks and releases come out, deleting them and having them back, and the sounds that a track had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock, cursors
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid
from mediaserver.catalog import deleted
from mediaserver.catalog.deleted import Deleted
from mediaserver.catalog.sounds import versions
from mediaserver.catalog.sounds.versions import Version
from mediaserver.server import lifecycle, reply
from mediaserver.server.api import body
from mediaserver.server.request import account, require_account, services


@dataclass(frozen=True, slots=True)
class Date:
    """When something is to come out (RFC 3339); None for at once."""

    publish_at: str | None


@dataclass(frozen=True, slots=True)
class Merger:
    """The id of the artist that another is to be a part of."""

    into: str


async def delete(request: web.Request) -> web.Response:
    """DELETE /api/v1/{tracks,releases,artists}/ID: gone for everybody; answers until when it can be had back.

    409 for an artist on whose page anything is.
    """
    at = services(request)
    gone = await at.db.write(lifecycle.delete, account(request), *_thing(request), at.config.grace_days)
    return reply.json(_shape(gone))


async def merge(request: web.Request) -> web.Response:
    """POST /api/v1/artists/ID/merge {"into": ID}: the two are one; answers as deleting does, and is undone so."""
    at, artist_id = services(request), request.match_info["id"]
    await at.db.read(lifecycle.require, account(request), Action.EDIT, "artist", artist_id)
    into = (await body.read(request, Merger)).into
    gone = await at.db.write(lifecycle.merge, account(request), artist_id, into, at.config.grace_days)
    return reply.json(_shape(gone))


async def listing(request: web.Request) -> web.Response:
    """GET /api/v1/deleted: what was deleted of one's own, or by oneself, and can be had back."""
    limit, before = body.page_by_time(request)
    found = await services(request).db.read(deleted.of_account, require_account(request).id, limit, before)
    return reply.json(reply.page_of([_shape(thing) for thing in found], limit, cursors.last(found)))


async def restore(request: web.Request) -> web.Response:
    """POST /api/v1/{tracks,releases,artists}/ID/restore: 204, and it is there again as it was."""
    await services(request).db.write(lifecycle.restore, account(request), *_thing(request))
    return web.Response(status=204)


async def remove(request: web.Request) -> web.Response:
    """DELETE /api/v1/deleted/{tracks,releases,artists}/ID: for good, with the files behind it."""
    at = services(request)
    await at.removal.drop(await at.db.write(lifecycle.remove, account(request), *_thing(request)))
    return web.Response(status=204)


async def schedule(request: web.Request) -> web.Response:
    """PUT /api/v1/tracks/ID/schedule and /api/v1/releases/ID/schedule: {"publish_at": ...}."""
    date = await body.read(request, Date)
    moment = None if date.publish_at is None else _read_moment(date.publish_at)
    await services(request).db.write(lifecycle.schedule, account(request), *_thing(request), moment)
    return web.Response(status=204)


def _read_moment(text: str) -> int:
    try:
        return clock.parse_rfc3339(text)
    except ValueError:
        raise Invalid("The field publish_at takes a date and time such as 2027-01-31T18:00:00Z.") from None


async def earlier(request: web.Request) -> web.Response:
    """GET /api/v1/tracks/ID/versions: what the track stood on before, for who may edit it."""
    found = await services(request).db.read(_earlier, account(request), request.match_info["id"])
    return reply.json({"items": [_version(each) for each in found], "next": None})


async def restore_version(request: web.Request) -> web.Response:
    """POST /api/v1/tracks/ID/versions/N/restore: the track stands on that sound again."""
    at, named = services(request), request.match_info
    asked = account(request), named["id"], int(named["number"])
    await at.db.write(lifecycle.restore_version, at.uploads, *asked)
    return web.Response(status=204)


def _thing(request: web.Request) -> tuple[str, str]:
    """Return kind and id of what the address names."""
    return request.match_info["kind"].removesuffix("s"), request.match_info["id"]


def _earlier(r: Reader, asker: Account | None, track_id: str) -> list[Version]:
    lifecycle.require(r, asker, Action.EDIT, "track", track_id)
    return versions.of_track(r, track_id)


def _version(version: Version) -> dict[str, Any]:
    return {
        "number": version.number,
        "from": clock.rfc3339(version.began_at),
        "until": clock.rfc3339(version.ended_at),
        "replaced_by": version.ended_by,
        "codec": version.codec,
        "rate": version.rate,
        "duration": version.seconds,
    }


def _shape(thing: Deleted) -> dict[str, Any]:
    return {
        "kind": thing.kind,
        "id": thing.id,
        "title": thing.title,
        "artist": thing.artist_name,
        "merged_into": thing.merged_into,
        "tracks": thing.tracks,
        "deleted_at": clock.rfc3339(thing.deleted_at),
        "kept_until": clock.rfc3339(thing.kept_until),
    }


_KIND = "{kind:tracks|releases}"
_ANY = "{kind:tracks|releases|artists}"
ROUTES = [
    web.delete(f"/api/v1/{_ANY}/{{id}}", delete),
    web.post("/api/v1/artists/{id}/merge", merge),
    web.get("/api/v1/deleted", listing),
    web.delete(f"/api/v1/deleted/{_ANY}/{{id}}", remove),
    web.post(f"/api/v1/{_ANY}/{{id}}/restore", restore),
    web.put(f"/api/v1/{_KIND}/{{id}}/schedule", schedule),
    web.get("/api/v1/tracks/{id}/versions", earlier),
    web.post(r"/api/v1/tracks/{id}/versions/{number:\d{1,9}}/restore", restore_version),
]
