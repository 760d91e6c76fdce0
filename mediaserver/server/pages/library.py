"""The administrators' page of folders that music is taken from; it works without scripts, which only keep it fresh."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import ids
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid, NotFound, Problem
from mediaserver.catalog import tracks
from mediaserver.catalog.tracks import Track
from mediaserver.ingest.folders import files, folders, overview, places, runs, walk
from mediaserver.ingest.folders.files import File
from mediaserver.ingest.folders.folders import Folder, Manner
from mediaserver.ingest.folders.overview import Overview
from mediaserver.ingest.uploads import Wishes
from mediaserver.server import reply
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import form, require_account, services
from mediaserver.server.services import Services

_HERE = "/admin/library"
_SHOWN = 50
_SECONDS = re.compile(r"[0-9]{1,5}")
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the page shows."""

    overview: Overview
    refused: list[tuple[str, str]]  # the path, and why
    earlier: str | None  # where the next page of them begins
    missing: list[tuple[str, Track]]


async def show(request: web.Request) -> web.Response:
    """GET /admin/library."""
    _require_admin(request)
    return await _page(request, None)


async def add(request: web.Request) -> web.Response:
    """POST /admin/library: remember a folder, and look through it."""
    account = _require_admin(request)
    fields = await form(request)
    try:
        manner = Manner(fields.get("stay") == "in_place", *_watching(fields))
        wishes = Wishes(visibility=fields.get("visibility", "public"), by_tags=True)
        await services(request).library.add(walk.named_folder(fields.get("path", "").strip()), account, wishes, manner)
    except Problem as problem:
        return await _page(request, problem)
    return redirect(_HERE)


async def act(request: web.Request) -> web.Response:
    """POST /admin/library/ID/look, /gone, /stop, /watch and /forget: what the buttons of a folder ask for."""
    _require_admin(request)
    work = _ACTS.get(request.match_info["act"])
    if work is None:
        raise NotFound("There is nothing at this address. The page of folders has buttons for all that can be done.")
    at = services(request)
    folder = await at.db.read(folders.get, request.match_info["id"])
    try:
        await work(at, folder, await form(request))
    except Problem as problem:
        return await _page(request, problem)
    return redirect(_HERE)


async def _look(at: Services, folder: Folder, fields: Fields) -> None:
    await at.library.start(folder)


async def _look_and_believe(at: Services, folder: Folder, fields: Fields) -> None:
    await at.library.start(folder, believe=True)


async def _stop(at: Services, folder: Folder, fields: Fields) -> None:
    await at.db.write(runs.ask_to_stop, folder.id)


async def _watch(at: Services, folder: Folder, fields: Fields) -> None:
    watched, poll = _watching(fields)
    await at.library.set_watched(folder, watched=watched, poll=poll)


async def _forget(at: Services, folder: Folder, fields: Fields) -> None:
    await at.library.forget(folder)


_ACTS: dict[str, Callable[[Services, Folder, Fields], Awaitable[None]]] = {
    "look": _look,
    "gone": _look_and_believe,
    "stop": _stop,
    "watch": _watch,
    "forget": _forget,
}


def _watching(fields: Fields) -> tuple[bool, int | None]:
    """Read the choice how a folder is watched: not, by what its disk tells, or every so many seconds."""
    wish = fields.get("watch", "no")
    if wish in ("no", "yes"):
        return wish == "yes", None
    if not _SECONDS.fullmatch(wish) or not 5 <= int(wish) <= 86_400:
        raise Invalid("A folder is looked through every 5 to 86,400 seconds. Please choose such a number.")
    return True, int(wish)


def _require_admin(request: web.Request) -> Account:
    account = require_account(request)
    policy.require(account, Action.ADMINISTER)
    return account


async def _page(request: web.Request, problem: Problem | None) -> web.Response:
    before = request.query.get("before")
    desk = await services(request).db.read(_lay_out, before if before and ids.is_id(before) else None)
    status = 200 if problem is None else reply.status_of(problem)
    return render(request, "pages/library.html", status=status, desk=desk, problem=problem)


def _lay_out(r: Reader, before: str | None) -> _Desk:
    refused = files.refused(r, _SHOWN + 1, before)
    missing = [(_shown(file), tracks.find(r, file.track_id)) for file in files.missing(r, _SHOWN)]
    return _Desk(
        overview.overview(r),
        [(_shown(file), file.problem or "") for file in refused[:_SHOWN]],
        refused[_SHOWN - 1].id if len(refused) > _SHOWN else None,
        [(path, track) for path, track in missing if track is not None],  # others are deleted
    )


def _shown(file: File) -> str:
    return places.shown(places.to_path(file.path))
