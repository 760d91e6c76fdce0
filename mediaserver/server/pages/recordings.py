"""The page on which people look after their recordings: a table of which many can be chosen and edited together."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base import ids
from mediaserver.base.db import Reader
from mediaserver.catalog import releases, tracks
from mediaserver.catalog.changes.track_changes import MOST
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server.pages.render import render
from mediaserver.server.request import require_account, services

_ROWS = 100


@dataclass(frozen=True, slots=True)
class _Table:
    tracks: list[Track]
    release: Release | None  # whose tracks alone are shown, where one was asked for
    next: str | None
    matching: int  # recordings, on this page and on others


def _lay_out(r: Reader, somebody: Account, text: str, release_id: str, before: str) -> _Table:
    release = releases.find(r, release_id)
    if release is not None and release.owner_id == somebody.id:
        together = tracks.of_release(r, release.id, hidden=True)
        return _Table(together, release, None, len(together))
    found = tracks.of_owner(r, somebody.id, _ROWS + 1, before if ids.is_id(before) else None, text)
    following = found[_ROWS - 1].id if len(found) > _ROWS else None
    return _Table(found[:_ROWS], None, following, tracks.count_of_owner(r, somebody.id, text))


async def show(request: web.Request) -> web.Response:
    """GET /library/tracks?q=&release=&before=."""
    somebody = require_account(request)
    asked = [request.query.get(name, "") for name in ("q", "release", "before")]
    table = await services(request).db.read(_lay_out, somebody, *asked)
    saved = request.query.get("saved", "")
    return render(
        request,
        "pages/recordings.html",
        table=table,
        text=asked[0],
        most=MOST,
        saved=int(saved) if saved.isdecimal() and len(saved) < 5 else 0,
        back=str(request.rel_url.without_query_params("saved")),
    )
