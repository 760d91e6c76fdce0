"""What one's own artists are called and say of themselves, in a form that works without scripts; and a list of them."""

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


def _save(tx: Tx, somebody: Account, artist_id: str, changes: ArtistChanges) -> Artist:
    lifecycle.change_artist(tx, somebody, artist_id, changes)
    return artists.get(tx, artist_id)


def _lay_out(r: Reader, somebody: Account, artist_id: str) -> _Desk:
    artist = artists.get(r, artist_id)
    policy.require(somebody, Action.EDIT, artist)
    texts = details_form.artist_texts(artist, links.of_artist(r, artist_id))
    return _Desk(artist, details_form.together([texts]), care_of(r, "artist", artist_id).recent)


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
