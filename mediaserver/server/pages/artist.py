"""An artist's page: who they are, what came out, and every track."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import follows, policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
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
_ELSEWHERE = 20


@dataclass(frozen=True, slots=True)
class _Found:
    artist: Artist
    links: list[Link]
    releases: list[Release]
    tracks: list[Track]
    next: str | None  # where the next page of tracks begins
    may_edit: bool
    elsewhere: list[Track]  # on other artists' pages, with this one among those who are credited
    follows: bool
    followers: int


def _find(r: Reader, somebody: Account | None, slug: str, before: str | None) -> _Found:
    artist = artists.by_slug(r, slug)
    hidden = policy.may(somebody, Action.EDIT, artist)
    is_follower = policy.follows(somebody, artist.id)
    found = tracks.of_artist(r, artist.id, _TRACKS + 1, before, hidden=hidden, follows=is_follower)
    rest = found[_TRACKS - 1].id if len(found) > _TRACKS else None
    together = releases.of_artist(r, artist.id, hidden=hidden, follows=is_follower)
    elsewhere = tracks.appearing(r, artist, _ELSEWHERE, hidden=hidden) if before is None else []
    count = follows.count(r, artist.id)
    return _Found(
        artist,
        links.of_artist(r, artist.id),
        together,
        found[:_TRACKS],
        rest,
        hidden,
        elsewhere,
        is_follower,
        count,
    )


async def show(request: web.Request) -> web.Response:
    """GET /@{artist}."""
    slug = request.match_info["artist"]
    found = await services(request).db.read(_find, account(request), slug, request.query.get("before"))
    if found.artist.slug != slug:
        return redirect(found.artist.url, 301)
    playable = await shown.playable(request, [*found.tracks, *found.elsewhere])
    return render(request, "pages/artist.html", found=found, playable=playable)
