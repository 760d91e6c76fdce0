"""/api/v1/admin/library: the folders that music is taken from, for administrators."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock
from mediaserver.ingest.folders import files, folders, overview, places, runs, walk
from mediaserver.ingest.folders.files import File
from mediaserver.ingest.folders.folders import Folder, Manner
from mediaserver.ingest.folders.overview import Standing
from mediaserver.ingest.folders.runs import Run
from mediaserver.ingest.uploads import Wishes
from mediaserver.server import reply
from mediaserver.server.api import body
from mediaserver.server.request import require_account, services


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A folder as a client names it. `poll` is in seconds."""

    path: str
    in_place: bool = False
    watched: bool = False
    poll: int | None = None
    visibility: str = "public"


class Watching(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the server is to look after a folder by itself."""

    watched: bool
    poll: int | None = None


class Look(msgspec.Struct, forbid_unknown_fields=True):
    """How to look through a folder: whether to `believe` that what is not found is gone, however much that is."""

    believe: bool = False


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/admin/library."""
    _require_admin(request)
    found = await services(request).db.read(overview.overview)
    return reply.json({"folders": [_folder(standing) for standing in found.folders], "unheard": found.unheard})


async def add(request: web.Request) -> web.Response:
    """POST /api/v1/admin/library: remember a folder, and look through it: 202."""
    account = _require_admin(request)
    asked = await body.read(request, Asked)
    at = services(request)
    manner = Manner(asked.in_place, asked.watched, asked.poll)
    wishes = Wishes(visibility=asked.visibility, by_tags=True)
    folder = await at.library.add(walk.named_folder(asked.path), account, wishes, manner)
    return await _answer(request, folder, 202)


async def change(request: web.Request) -> web.Response:
    """PATCH /api/v1/admin/library/ID: watch a folder, or no more."""
    _require_admin(request)
    wanted = await body.read(request, Watching)
    at = services(request)
    folder = await at.db.read(folders.get, request.match_info["id"])
    await at.library.set_watched(folder, watched=wanted.watched, poll=wanted.poll)
    return await _answer(request, folder)


async def look(request: web.Request) -> web.Response:
    """POST /api/v1/admin/library/ID/look: 202; the run is in the folder's `run`."""
    _require_admin(request)
    wanted = await body.read(request, Look) if request.can_read_body else Look()
    at = services(request)
    folder = await at.db.read(folders.get, request.match_info["id"])
    await at.library.start(folder, believe=wanted.believe)
    return await _answer(request, folder, 202)


async def stop(request: web.Request) -> web.Response:
    """POST /api/v1/admin/library/ID/stop: ask what looks through it, in whatever process, to stop."""
    _require_admin(request)
    at = services(request)
    folder = await at.db.read(folders.get, request.match_info["id"])
    await at.db.write(runs.ask_to_stop, folder.id)
    return await _answer(request, folder, 202)


async def forget(request: web.Request) -> web.Response:
    """DELETE /api/v1/admin/library/ID: take in nothing more from it; its tracks stay."""
    _require_admin(request)
    at = services(request)
    folder = await at.db.read(folders.get, request.match_info["id"])
    await at.library.forget(folder)
    return web.Response(status=204)


async def refused(request: web.Request) -> web.Response:
    """GET /api/v1/admin/library/refused: files that did not become tracks, with the reason, the last first."""
    _require_admin(request)
    limit, cursor = body.page(request)
    return _files(await services(request).db.read(files.refused, limit, cursor), limit)


async def missing(request: web.Request) -> web.Response:
    """GET /api/v1/admin/library/missing: files that are not where they were, the last first."""
    _require_admin(request)
    limit, cursor = body.page(request)
    return _files(await services(request).db.read(files.missing, limit, cursor), limit)


def _require_admin(request: web.Request) -> Account:
    account = require_account(request)
    policy.require(account, Action.ADMINISTER)
    return account


async def _answer(request: web.Request, folder: Folder, status: int = 200) -> web.Response:
    found = await services(request).db.read(lambda r: overview.standing(r, folders.get(r, folder.id)))
    return reply.json(_folder(found), status=status)


def _folder(standing: Standing) -> dict[str, Any]:
    folder = standing.folder
    return {
        "id": folder.id,
        "path": folder.shown,
        "in_place": bool(folder.in_place),
        "watched": bool(folder.watched),
        "poll": folder.poll,
        "visibility": folder.wished.visibility,
        "files": standing.files,
        "run": _run(standing.run) if standing.run else None,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "state": run.state if run.is_running or run.state != runs.State.RUNNING else "interrupted",
        "total": run.total,
        "done": run.done,
        "known": run.known,
        "added": run.added,
        "moved": run.moved,
        "changed": run.changed,
        "refused": run.refused,
        "missing": run.missing,
        "returned": run.returned,
        "rate": round(run.rate, 1),
        "seconds_left": None if run.seconds_left is None else round(run.seconds_left),
        "problem": run.problem,
        "began_at": clock.rfc3339(run.began_at),
        "ended_at": None if run.ended_at is None else clock.rfc3339(run.ended_at),
    }


def _files(found: list[File], limit: int) -> web.Response:
    items = [_file(file) for file in found]
    return reply.json(reply.page_of(items, limit, items[-1]["id"] if items else None))


def _file(file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "path": places.shown(places.to_path(file.path)),
        "track": file.track_id,
        "problem": file.problem,
        "missing_since": None if file.missing_since is None else clock.rfc3339(file.missing_since),
    }
