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
from mediaserver.server import reply
from mediaserver.server.api import body
from mediaserver.server.request import account, services


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is to be refused from now on: the sound of a track."""

    track: str
    reason: str = ""


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/admin/blocklist: the newest first."""
    policy.require(account(request), Action.BLOCK)
    limit, cursor = body.page(request)
    items = await services(request).db.read(_page, limit, cursor)
    return reply.json(reply.page_of(items, limit, items[-1]["id"] if items else None))


async def add(request: web.Request) -> web.Response:
    """POST /api/v1/admin/blocklist {"track": ID, "reason": TEXT}: refuse the sound of a track; the track stays."""
    policy.require(account(request), Action.BLOCK)
    wanted = await body.read(request, Refusal)
    block = await services(request).db.write(blocklist.add_track, wanted.track, wanted.reason)
    return reply.json(_shape(block), status=201)


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
