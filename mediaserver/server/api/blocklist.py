"""/api/v1/admin/blocklist: the sounds that are refused, for administrators."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.policy import Action
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.catalog.sounds import blocklist, blocklist_file
from mediaserver.catalog.sounds.blocklist import Blocked
from mediaserver.media.hearing import fingerprint
from mediaserver.server import duplicates, reply
from mediaserver.server.api import body
from mediaserver.server.duplicates import Duplicate
from mediaserver.server.request import account, services


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is to be refused from now on: the sound of a track. With `take_down` what is here with it goes."""

    track: str
    reason: str = ""
    take_down: bool = False


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/admin/blocklist: the newest first."""
    policy.require(account(request), Action.BLOCK)
    limit, cursor = body.page(request)
    items = await services(request).db.read(_page, limit, cursor)
    return reply.json(reply.page_of(items, limit, items[-1]["id"] if items else None))


async def add(request: web.Request) -> web.Response:
    """POST /api/v1/admin/blocklist {"track": ID, "reason": TEXT, "take_down": false}: refuse the sound of a track.

    Answers with the `tracks` that are here with that sound; where they are to be taken down, with those that were.
    """
    policy.require(account(request), Action.BLOCK)
    wanted = await body.read(request, Refusal)
    block = await services(request).db.write(blocklist.add_track, wanted.track, wanted.reason)
    found = await (_take_down if wanted.take_down else _look)(request, block)
    return reply.json(_shape(block) | {"tracks": found}, status=201)


async def show_one(request: web.Request) -> web.Response:
    """GET /api/v1/admin/blocklist/ID: an entry, and the `tracks` that are here with that sound."""
    policy.require(account(request), Action.BLOCK)
    block = await services(request).db.read(blocklist.get, request.match_info["id"])
    return reply.json(_shape(block) | {"tracks": await _look(request, block)})


async def take_down(request: web.Request) -> web.Response:
    """POST /api/v1/admin/blocklist/ID/take-down: delete what is here with that sound; answers which `tracks`."""
    policy.require(account(request), Action.BLOCK)
    block = await services(request).db.read(blocklist.get, request.match_info["id"])
    return reply.json({"tracks": await _take_down(request, block)})


async def remove(request: web.Request) -> web.Response:
    """DELETE /api/v1/admin/blocklist/ID: let the sound come in again."""
    policy.require(account(request), Action.BLOCK)
    await services(request).db.write(blocklist.remove, request.match_info["id"])
    return web.Response(status=204)


async def export(request: web.Request) -> web.Response:
    """GET /api/v1/admin/blocklist/file: the whole list, for another server."""
    policy.require(account(request), Action.BLOCK)
    data = await services(request).db.read(blocklist_file.write)
    named = {"Content-Disposition": 'attachment; filename="blocklist.json"', "Cache-Control": "private, no-store"}
    return web.Response(body=data, content_type="application/json", headers=named)


async def take_in(request: web.Request) -> web.Response:
    """POST /api/v1/admin/blocklist/file: add the entries of such a file; {"added": N, "known": N}."""
    policy.require(account(request), Action.BLOCK)
    entries = blocklist_file.read(await body.all_of(request, blocklist_file.LARGEST))
    return reply.json(asdict(await services(request).db.write(blocklist_file.take_in, entries)))


async def _look(request: web.Request, block: Blocked) -> list[dict[str, Any]]:
    return [_track(each) for each in await duplicates.of_blocked(services(request), block.words)]


async def _take_down(request: web.Request, block: Blocked) -> list[dict[str, Any]]:
    taken = await duplicates.take_down(services(request), account(request), block.words)
    return [_track(each) | {"kept_until": clock.rfc3339(gone.kept_until)} for each, gone in taken]


def _track(found: Duplicate) -> dict[str, Any]:
    return {
        "id": found.track.id,
        "title": found.track.title,
        "artist": found.track.artist_name,
        "url": found.track.url,
        "visibility": found.track.visibility,
        "similarity": found.similarity,
    }


def _page(r: Reader, limit: int, cursor: str | None) -> list[dict[str, Any]]:
    return [_shape(block) for block in blocklist.newest(r, limit, cursor)]


def _shape(block: Blocked) -> dict[str, Any]:
    return {
        "id": block.id,
        "title": block.title,
        "artist": block.artist,
        "reason": block.reason,
        "duration": round(fingerprint.seconds(block.words), 1),
        "created_at": clock.rfc3339(block.created_at),
    }
