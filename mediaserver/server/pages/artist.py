"""An artist's page: who they are, what came out, and every track."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import follows, policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import cursors
from mediaserver.base.cursors import LATEST, Dated
from mediaserver.base.db import Reader
from mediaserver.catalog import artists, links, releases, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.links import Link
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.server.pages import shown
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import account, services

_TRACKS = 50
_RELEASES = 48
_ELSEWHERE = 20


@dataclass(frozen=True, slots=True)
class _Found:
    artist: Artist
    links: list[Link]
    newest: Release | None  # whose sleeve stands for a portrait where there is none
    releases: list[Release]
    all_releases: int
    older: str | None  # where the next page of releases begins
    tracks: list[Track]
    next: str | None  # where the next page of tracks begins
    may_edit: bool
    elsewhere: list[Track]  # on other artists' pages, with this one among those who are credited
    follows: bool
    followers: int


def _find(r: Reader, somebody: Account | None, slug: str, before: str | None, shelf: Dated) -> _Found:
    artist = artists.by_slug(r, slug)
    hidden = policy.may(somebody, Action.EDIT, artist)
    is_follower = policy.follows(somebody, artist.id)
    found = tracks.of_artist(r, artist.id, _TRACKS + 1, before, hidden=hidden, follows=is_follower)
    rest = found[_TRACKS - 1].id if len(found) > _TRACKS else None
    together = releases.of_artist(r, artist.id, _RELEASES + 1, shelf, hidden=hidden, follows=is_follower)
    newest = releases.of_artist(r, artist.id, 1, hidden=hidden, follows=is_follower)
    is_first = before is None and shelf == LATEST
    return _Found(
        artist,
        links.of_artist(r, artist.id),
        newest[0] if newest else None,
        together[:_RELEASES],
        releases.count_of_artist(r, artist.id, hidden=hidden, follows=is_follower),
        together[_RELEASES - 1].place.text if len(together) > _RELEASES else None,
        found[:_TRACKS],
        rest,
        hidden,
        tracks.appearing(r, artist, _ELSEWHERE, hidden=hidden) if is_first else [],
        is_follower,
        follows.count(r, artist.id),
    )


async def show(request: web.Request) -> web.Response:
    """GET /@{artist}?before=&releases=: a page of tracks, and one of releases."""
    slug, query = request.match_info["artist"], request.query
    shelf = cursors.read_dated(query.get("releases", "")) or LATEST
    found = await services(request).db.read(_find, account(request), slug, query.get("before"), shelf)
    if found.artist.slug != slug:
        return redirect(found.artist.url, 301)
    playable = await shown.playable(request, [*found.tracks, *found.elsewhere])
    return render(request, "pages/artist.html", found=found, playable=playable)
