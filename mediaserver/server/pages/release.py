"""A release's page: the sleeve, the track list, and the words that came with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader
from mediaserver.catalog import artists, releases
from mediaserver.catalog.details import contributors, sheets
from mediaserver.catalog.details.sheets import ReleaseSheet
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags.model import Credit
from mediaserver.server import sight
from mediaserver.server.pages import downloads, shown
from mediaserver.server.pages.downloads import Menu
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import account, services


@dataclass(frozen=True, slots=True)
class _Found:
    release: Release
    tracks: list[Track]
    sheet: ReleaseSheet
    roles: list[tuple[str, list[Credit]]]  # who took part in any of the tracks, by what they did
    may_edit: bool
    downloads: Menu

    @property
    def discs(self) -> list[tuple[int, list[Track]]]:
        """The tracks of each disc, in order; those without one are on the first."""
        return [(disc, list(group)) for disc, group in groupby(self.tracks, lambda track: track.disc or 1)]

    @property
    def seconds(self) -> float:
        """How long all of it plays."""
        return sum(track.seconds or 0 for track in self.tracks)


def _find(r: Reader, somebody: Account | None, artist_slug: str, slug: str) -> _Found:
    release = releases.by_slug(r, artists.id_by_slug(r, artist_slug), slug)
    shown = sight.tracks_of(r, somebody, release)
    roles = contributors.by_role(credit for track in shown for credit in contributors.of_track(r, track.id))
    may_edit = policy.may(somebody, Action.EDIT, release)
    menu = downloads.of_release(somebody, release, shown)
    return _Found(release, shown, sheets.of_release(r, release), list(roles.items()), may_edit, menu)


async def show(request: web.Request) -> web.Response:
    """GET /@{artist}/releases/{release}."""
    asked = request.match_info["artist"], request.match_info["release"]
    found = await services(request).db.read(_find, account(request), *asked)
    if asked != (found.release.artist_slug, found.release.slug):
        return redirect(found.release.url, 301)
    return render(request, "pages/release.html", found=found, playable=await shown.playable(request, found.tracks))
