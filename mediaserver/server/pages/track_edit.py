"""Every field of a recording in one form, or of many at once; it works without scripts."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from multidict import MultiMapping

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid, Problem
from mediaserver.catalog import artists, genres, releases, tracks
from mediaserver.catalog.changes.track_changes import MOST, TrackChanges
from mediaserver.catalog.details import sheets
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags.model import ROLES
from mediaserver.server import lifecycle, reply
from mediaserver.server.pages import details_form
from mediaserver.server.pages.details_form import SUGGESTED, Form
from mediaserver.server.pages.lifecycle import Care, care_of
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.pages.signin import local
from mediaserver.server.request import fields, form, require_account, services


@dataclass(frozen=True, slots=True)
class _Desk:
    tracks: list[Track]
    form: Form
    releases: list[str]  # titles among which a track may be moved
    artists: list[str]  # names, the same
    care: Care


def _lay_out(r: Reader, somebody: Account, track_ids: list[str]) -> _Desk:
    if not track_ids:
        raise Invalid("Please choose the recordings that you want to edit first.")
    if len(track_ids) > MOST:
        raise Invalid(f"{len(track_ids)} recordings are chosen, and {MOST} can be edited at once. Please choose fewer.")
    wanted = [tracks.get(r, track_id) for track_id in dict.fromkeys(track_ids)]
    for track in wanted:
        policy.require(somebody, Action.EDIT, track)
    texts = [
        details_form.track_texts(track, sheets.of_track(r, track), genres.of_track(r, track.id)) for track in wanted
    ]
    titles = [release.title for release in releases.of_artist(r, wanted[0].artist_id, SUGGESTED, hidden=True)]
    names = [artist.name for artist in artists.of_owner(r, wanted[0].owner_id)]
    care = care_of(r, "track", wanted[0].id)
    return _Desk(wanted, details_form.together(texts), titles, names[:SUGGESTED], care)


async def show(request: web.Request) -> web.Response:
    """GET /library/tracks/{id}/edit, and for many /library/tracks/edit?id=&id= or ?all=yes&q=."""
    return await _page(request, _named(request) or await _chosen(request, request.query), {}, None)


async def choose(request: web.Request) -> web.Response:
    """POST /library/tracks/choose: the same form for many, whose ids may be too many for an address."""
    sent = await fields(request)
    return await _page(request, await _chosen(request, sent), {"back": sent.get("back", "")}, None)


async def save(request: web.Request) -> web.Response:
    """POST of that form: what was touched is changed in all of them, or in none."""
    somebody = require_account(request)
    sent = await form(request)
    track_ids = _named(request) or sent.get("ids", "").split()
    try:
        changes = details_form.track_changes(sent)
        track = await services(request).db.write(_save, somebody, track_ids, changes)
    except Invalid as problem:
        return await _page(request, track_ids, sent, problem)
    back = sent.get("back", "")
    if not back:
        return redirect(track.url)
    return redirect(f"{local(back)}{'&' if '?' in back else '?'}saved={len(track_ids)}")


def _save(tx: Tx, somebody: Account, track_ids: list[str], changes: TrackChanges) -> Track:
    lifecycle.change_tracks(tx, somebody, track_ids, changes)
    return tracks.get(tx, track_ids[0])


def _named(request: web.Request) -> list[str]:
    """Return the one track of the address, where there is one."""
    return [request.match_info["id"]] if "id" in request.match_info else []


async def _chosen(request: web.Request, asked: MultiMapping[str]) -> list[str]:
    """Return those that were chosen one by one; or all that match what was looked for, the newest `MOST` of them."""
    if "all" not in asked:
        return asked.getall("id", [])
    wanted = require_account(request).id, MOST, None, asked.get("q", "")
    return [track.id for track in await services(request).db.read(tracks.of_owner, *wanted)]


async def _page(
    request: web.Request, track_ids: list[str], sent: dict[str, str], problem: Problem | None
) -> web.Response:
    desk = await services(request).db.read(_lay_out, require_account(request), track_ids)
    back = sent.get("back", request.query.get("back", ""))
    return render(
        request,
        "pages/track-edit.html",
        status=reply.status_of(problem) if problem else 200,
        desk=desk,
        form=desk.form.again(sent),
        back=local(back) if back else "",
        roles=ROLES,
        is_part=request.headers.get("Turbo-Frame") == "editor",  # of the page with the table
        problem=problem,
    )
