"""A track's page: its waveform to walk along, where it belongs, and, for its owner, what may be changed."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader
from mediaserver.catalog import artists, genres, releases, tracks
from mediaserver.catalog.details import contributors, sheets
from mediaserver.catalog.details.sheets import ReleaseSheet, TrackSheet
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags.model import Credit
from mediaserver.server import sight
from mediaserver.server.pages import downloads, lifecycle, shown
from mediaserver.server.pages.downloads import Menu
from mediaserver.server.pages.lifecycle import Care
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import account, services

_MORE = 8
_ONWARD = 50


@dataclass(frozen=True, slots=True)
class _Found:
    track: Track
    genres: list[str]
    beside: list[Track]  # the release's other tracks, or others of the artist
    onward: list[Track]  # what is played after it
    on_release: bool  # whether the release may be shown, where there is one
    may_edit: bool
    downloads: Menu
    care: Care | None  # for who may edit
    sheet: TrackSheet
    release_sheet: ReleaseSheet | None  # where the release may be shown

    @property
    def label(self) -> str | None:
        """The track's own label, else its release's."""
        return self.sheet.details.label or (self.release_sheet.details.label if self.release_sheet else None)

    @property
    def roles(self) -> list[tuple[str, list[Credit]]]:
        """Who took part, by what they did."""
        return list(contributors.by_role(self.sheet.credits).items())


def _find(r: Reader, somebody: Account | None, artist_slug: str, slug: str) -> _Found:
    track = tracks.by_slug(r, artists.id_by_slug(r, artist_slug), slug)
    sight.require_track(somebody, track)
    on_release = sight.may_see_release(r, somebody, track)
    may_edit = policy.may(somebody, Action.EDIT, track)
    company = _company(r, somebody, track, on_release)
    place = next((index for index, other in enumerate(company) if other.id == track.id), -1)
    others = [other for other in company if other.id != track.id]
    onward = company[place + 1 :] if on_release else others
    release = releases.get(r, track.release_id) if on_release and track.release_id else None
    return _Found(
        track,
        genres.of_track(r, track.id),
        others[:_MORE],
        onward[:_ONWARD],
        on_release,
        may_edit,
        downloads.of_track(somebody, track),
        lifecycle.care_of(r, "track", track.id) if may_edit else None,
        sheets.of_track(r, track),
        sheets.of_release(r, release) if release else None,
    )


def _company(r: Reader, somebody: Account | None, track: Track, on_release: bool) -> list[Track]:
    """Return those for `somebody` of the release, or else of the artist; the track is among them if it is."""
    follows = policy.follows(somebody, track.artist_id)
    if track.release_id is not None and on_release:
        return tracks.of_release(r, track.release_id, hidden=False, follows=follows)
    return tracks.of_artist(r, track.artist_id, _MORE + 1, hidden=False, follows=follows)


async def show(request: web.Request) -> web.Response:
    """GET /@{artist}/{track}."""
    asked = request.match_info["artist"], request.match_info["track"]
    found = await services(request).db.read(_find, account(request), *asked)
    if asked != (found.track.artist_slug, found.track.slug):
        return redirect(found.track.url, 301)
    heard = {track.id: track for track in (found.track, *found.beside, *found.onward)}
    playable = await shown.playable(request, list(heard.values()))
    return render(request, "pages/track.html", found=found, track=found.track, playable=playable)
