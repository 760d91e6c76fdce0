"""The first page: the site's own words, and what came last."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import accounts
from mediaserver.base.db import Reader
from mediaserver.catalog import artists, releases, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server.pages import shown
from mediaserver.server.pages.render import render
from mediaserver.server.request import services

_RELEASES = 13
_TRACKS = 12
_ARTISTS = 12


@dataclass(frozen=True, slots=True)
class _Window:
    """What lies in the shop's window."""

    releases: list[Release]
    featured: list[Track]  # the tracks of the first release
    tracks: list[Track]
    artists: list[Artist]
    has_accounts: bool


def _dress(r: Reader) -> _Window:
    newest = releases.newest(r, _RELEASES)
    return _Window(
        newest,
        tracks.of_release(r, newest[0].id, hidden=False) if newest else [],
        tracks.newest(r, _TRACKS),
        artists.newest(r, _ARTISTS),
        accounts.any_exists(r),
    )


async def show(request: web.Request) -> web.Response:
    """GET /."""
    window = await services(request).db.read(_dress)
    playable = await shown.playable(request, [*window.featured, *window.tracks])
    return render(
        request, "pages/home.html", window=window, playable=playable, words=services(request).config.site_words
    )
