"""Every field of a release in one form, with the names of its discs and the order of its tracks."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid, Problem
from mediaserver.catalog import artists, releases, tracks
from mediaserver.catalog.changes.release_changes import ReleaseChanges
from mediaserver.catalog.details import sheets
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server import lifecycle, reply
from mediaserver.server.pages import details_form
from mediaserver.server.pages.details_form import SUGGESTED, Form
from mediaserver.server.pages.lifecycle import Care, care_of
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import form, require_account, services


@dataclass(frozen=True, slots=True)
class _Desk:
    release: Release
    tracks: list[Track]
    form: Form
    artists: list[str]  # names of those on whose pages it may be put
    care: Care


def _lay_out(r: Reader, somebody: Account, release_id: str) -> _Desk:
    release = releases.get(r, release_id)
    policy.require(somebody, Action.EDIT, release)
    own = tracks.of_release(r, release_id, hidden=True)
    texts = details_form.release_texts(release, sheets.of_release(r, release), own)
    names = [artist.name for artist in artists.of_owner(r, release.owner_id)]
    care = care_of(r, "release", release_id)
    return _Desk(release, own, details_form.together([texts]), names[:SUGGESTED], care)


async def show(request: web.Request) -> web.Response:
    """GET /library/releases/{id}/edit."""
    return await _page(request, {}, None)


async def save(request: web.Request) -> web.Response:
    """POST of that form: what was touched is changed."""
    somebody = require_account(request)
    sent = await form(request)
    try:
        changes = details_form.release_changes(sent)
        release = await services(request).db.write(_save, somebody, request.match_info["id"], changes)
    except Invalid as problem:
        return await _page(request, sent, problem)
    return redirect(release.url)


def _save(tx: Tx, somebody: Account, release_id: str, changes: ReleaseChanges) -> Release:
    lifecycle.change_release(tx, somebody, release_id, changes)
    return releases.get(tx, release_id)


async def _page(request: web.Request, sent: dict[str, str], problem: Problem | None) -> web.Response:
    desk = await services(request).db.read(_lay_out, require_account(request), request.match_info["id"])
    return render(
        request,
        "pages/release-edit.html",
        status=reply.status_of(problem) if problem else 200,
        desk=desk,
        release=desk.release,
        form=desk.form.again(sent),
        problem=problem,
    )
