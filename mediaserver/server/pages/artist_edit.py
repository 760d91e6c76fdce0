"""One's own artists: a list of them, what each says of itself, and how two become one, in forms without scripts."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Invalid, Problem
from mediaserver.catalog import artists, links
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.changes.artist_changes import ArtistChanges
from mediaserver.catalog.deleted import Deleted
from mediaserver.catalog.history import Entry
from mediaserver.server import lifecycle, reply
from mediaserver.server.pages import details_form
from mediaserver.server.pages.details_form import Form
from mediaserver.server.pages.lifecycle import care_of
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import form, require_account, services


@dataclass(frozen=True, slots=True)
class _Desk:
    artist: Artist
    form: Form
    recent: list[Entry]
    others: list[str]  # names of those whom it can be merged into
    removable: bool


async def show_all(request: web.Request) -> web.Response:
    """GET /library/artists."""
    found = await services(request).db.read(artists.of_owner, require_account(request).id)
    return render(request, "pages/artists.html", artists=found)


async def show(request: web.Request) -> web.Response:
    """GET /library/artists/{id}/edit."""
    return await _page(request, {}, None)


async def save(request: web.Request) -> web.Response:
    """POST of that form: what was touched is changed."""
    somebody = require_account(request)
    sent = await form(request)
    try:
        changes = details_form.artist_changes(sent)
        artist = await services(request).db.write(_save, somebody, request.match_info["id"], changes)
    except (Invalid, Conflict) as problem:
        return await _page(request, sent, problem)
    return redirect(artist.url)


async def merge(request: web.Request) -> web.Response:
    """POST /library/artists/{id}/merge: `into` is the other's name; leads to where it can be undone."""
    somebody, into = require_account(request), (await form(request)).get("into", "")
    at = services(request)
    try:
        gone = await at.db.write(_merge, somebody, request.match_info["id"], into.strip(), at.config.grace_days)
    except (Invalid, Conflict) as problem:
        return await _page(request, {}, problem)
    return redirect(f"/library/deleted?undo={gone.kind}-{gone.id}")


def _merge(tx: Tx, somebody: Account, artist_id: str, name: str, days: int) -> Deleted:
    artist = artists.get(tx, artist_id)
    policy.require(somebody, Action.EDIT, artist)
    into = artists.named(tx, artist.owner_id, name)
    if into is None:
        raise Invalid("There is no artist of that name to merge into. Please give the name of another of yours.")
    return lifecycle.merge(tx, somebody, artist_id, into.id, days)


def _save(tx: Tx, somebody: Account, artist_id: str, changes: ArtistChanges) -> Artist:
    lifecycle.change_artist(tx, somebody, artist_id, changes)
    return artists.get(tx, artist_id)


def _lay_out(r: Reader, somebody: Account, artist_id: str) -> _Desk:
    artist = artists.get(r, artist_id)
    policy.require(somebody, Action.EDIT, artist)
    texts = details_form.artist_texts(artist, links.of_artist(r, artist_id))
    others = [each.name for each in artists.of_owner(r, artist.owner_id) if each.id != artist_id]
    removable = not artists.some_stand_on(r, artist_id)
    form = details_form.together([texts])
    return _Desk(artist, form, care_of(r, "artist", artist_id).recent, others[: details_form.SUGGESTED], removable)


async def _page(request: web.Request, sent: dict[str, str], problem: Problem | None) -> web.Response:
    desk = await services(request).db.read(_lay_out, require_account(request), request.match_info["id"])
    return render(
        request,
        "pages/artist-edit.html",
        status=reply.status_of(problem) if problem else 200,
        desk=desk,
        artist=desk.artist,
        form=desk.form.again(sent),
        most=links.MOST,
        problem=problem,
    )
