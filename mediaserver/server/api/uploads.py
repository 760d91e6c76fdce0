"""/api/v1/uploads: send a recording as the body of one request, and see how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid
from mediaserver.ingest import uploads
from mediaserver.ingest.uploads import State, Upload, Wishes
from mediaserver.server import duplicates, reply, sight
from mediaserver.server.api import body, shapes
from mediaserver.server.duplicates import Duplicate
from mediaserver.server.request import require_account, services
from mediaserver.server.services import Services

_CHUNK = 2**18


async def create(request: web.Request) -> web.Response:
    """POST /api/v1/uploads?filename=NAME[&visibility=...][&artist=ID|tags][&replaces=TRACK_ID]: 202 and Location.

    The body is the file. It becomes a track, or the sound of the one that it replaces.
    """
    somebody = require_account(request)
    policy.require(somebody, Action.UPLOAD)
    filename = request.query.get("filename", "").strip()
    if not filename:
        raise Invalid("Please name the file: POST /api/v1/uploads?filename=NAME.")
    at = services(request)
    chunks = request.content.iter_chunked(_CHUNK)
    upload = await at.uploads.receive(somebody, chunks, filename, wishes(request.query), request.content_length)
    shape = await at.db.read(shape_of, upload, somebody, at)
    return reply.json(shape, status=202, headers={"Location": f"/api/v1/uploads/{upload.id}"})


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/uploads/ID, for who sent it."""
    at = services(request)
    return reply.json(await at.db.read(_show, request.match_info["id"], require_account(request), at))


async def mine(request: web.Request) -> web.Response:
    """GET /api/v1/uploads: one's own, the newest first."""
    at = services(request)
    limit, cursor = body.page(request)
    items = await at.db.read(_mine, require_account(request), limit, cursor, at)
    return reply.json(reply.page_of(items, limit, items[-1]["id"] if items else None))


def wishes(said: Mapping[str, str]) -> Wishes:
    """Read what a sender says of a recording, by whatever door: visibility, artist (an id, or "tags"), replaces."""
    artist = said.get("artist") or None
    by_tags = artist == "tags"
    visibility, replaces = said.get("visibility") or "public", said.get("replaces") or None
    return Wishes(visibility, None if by_tags else artist, by_tags=by_tags, replaces=replaces)


def _show(r: Reader, upload_id: str, somebody: Account, at: Services) -> dict[str, Any]:
    return shape_of(r, uploads.own(r, somebody, upload_id), somebody, at)


def _mine(r: Reader, somebody: Account, limit: int, cursor: str | None, at: Services) -> list[dict[str, Any]]:
    return [shape_of(r, upload, somebody, at) for upload in uploads.of_account(r, somebody.id, limit, cursor)]


def shape_of(r: Reader, upload: Upload, somebody: Account, at: Services) -> dict[str, Any]:
    """Return an upload as the JSON door shows it."""
    track = sight.find_track(r, somebody, upload.track_id)  # it may be in other hands by now
    return {
        "id": upload.id,
        "filename": upload.filename,
        "bytes": upload.bytes,
        "state": upload.state,
        "progress": 1.0 if upload.state == State.READY else at.uploads.progress.get(upload.id, 0.0),
        "problem": upload.problem,
        "track": shapes.track(r, track, somebody, at.tickets) if track else None,
        "duplicates": [_duplicate(found) for found in duplicates.of_upload(r, upload, somebody)],
        "created_at": clock.rfc3339(upload.created_at),
    }


def _duplicate(found: Duplicate) -> dict[str, Any]:
    track = found.track
    return {"title": track.title, "artist": track.credited, "url": track.url, "similarity": found.similarity}
