"""The administrators' page of sounds that are refused; it works without scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.policy import Action
from mediaserver.base import ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid, Problem
from mediaserver.catalog import artists, tracks
from mediaserver.catalog.sounds import blocklist, blocklist_file
from mediaserver.catalog.sounds.blocklist import Blocked
from mediaserver.catalog.sounds.blocklist_file import Taken
from mediaserver.server import duplicates, reply
from mediaserver.server.pages import sent
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import account, form, require_account, services

_HERE = "/admin/blocklist"
_SHOWN = 50
_ADDRESS = re.compile(r"/@([^/?#]+)/([^/?#]+)/?(?:[?#].*)?$")
_NO_FILE = "Please choose a file that was exported from a block list."


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page says about what was just asked for."""

    problem: Problem | None = None
    taken: Taken | None = None


def _require_admin(request: web.Request) -> None:
    policy.require(require_account(request), Action.BLOCK)


async def show(request: web.Request) -> web.Response:
    """GET /admin/blocklist."""
    _require_admin(request)
    return await _page(request, _Said())


async def add(request: web.Request) -> web.Response:
    """POST /admin/blocklist: refuse the sound of a track, named by its address or its id; leads to what is here of it.

    With `take_down` that is taken down at once.
    """
    _require_admin(request)
    fields = await form(request)
    try:
        block = await services(request).db.write(_add, fields.get("track", ""), fields.get("reason", ""))
    except Problem as problem:
        return await _page(request, _Said(problem))
    if fields.get("take_down"):
        await duplicates.take_down(services(request), account(request), block.words)
    return redirect(f"{_HERE}/{block.id}")


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/blocklist/ID: an entry, and what is here with that sound."""
    _require_admin(request)
    at = services(request)
    block = await at.db.read(blocklist.get, request.match_info["id"])
    found = await duplicates.of_blocked(at, block.words)
    return render(request, "pages/blocklist_entry.html", block=block, found=found, days=at.config.grace_days)


async def take_down(request: web.Request) -> web.Response:
    """POST /admin/blocklist/ID/take-down: delete what is here with that sound, or the one `track` of it."""
    _require_admin(request)
    fields = await form(request)
    block = await services(request).db.read(blocklist.get, request.match_info["id"])
    await duplicates.take_down(services(request), account(request), block.words, fields.get("track"))
    return redirect(f"{_HERE}/{block.id}")


async def remove(request: web.Request) -> web.Response:
    """POST /admin/blocklist/ID/remove."""
    _require_admin(request)
    await services(request).db.write(blocklist.remove, request.match_info["id"])
    return redirect(_HERE)


async def take_in(request: web.Request) -> web.Response:
    """POST /admin/blocklist/file: a form with an exported list."""
    _require_admin(request)
    try:
        entries = blocklist_file.read(await sent.file(request, blocklist_file.LARGEST, _NO_FILE))
        taken = await services(request).db.write(blocklist_file.take_in, entries)
    except Problem as problem:
        return await _page(request, _Said(problem))
    return await _page(request, _Said(taken=taken))


def _add(tx: Tx, track: str, reason: str) -> Blocked:
    return blocklist.add_track(tx, _track_id(tx, track.strip()), reason)


def _track_id(r: Reader, text: str) -> str:
    """Return the id of the track that a text names: an id, or the address of its page."""
    if ids.is_id(text):
        return text
    found = _ADDRESS.search(text)
    if found is None:
        raise Invalid("Please give the address of the recording's page, or its id.")
    return tracks.by_slug(r, artists.id_by_slug(r, unquote(found[1])), unquote(found[2])).id


async def _page(request: web.Request, said: _Said) -> web.Response:
    before = request.query.get("before")
    found = await services(request).db.read(blocklist.newest, _SHOWN + 1, before)
    following = found[_SHOWN - 1].id if len(found) > _SHOWN else None
    status = 200 if said.problem is None else reply.status_of(said.problem)
    return render(request, "pages/blocklist.html", status=status, blocks=found[:_SHOWN], following=following, said=said)
