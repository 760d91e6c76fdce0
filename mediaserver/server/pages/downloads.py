"""What may be downloaded: the menu of a page, and the form by which an owner sets it. Both work without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Tx
from mediaserver.catalog import releases, tracks
from mediaserver.catalog.changes.release_changes import ReleaseChanges
from mediaserver.catalog.changes.track_changes import TrackChanges
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import State, Track
from mediaserver.server import lifecycle, sight
from mediaserver.server.pages.render import redirect
from mediaserver.server.request import account, form, services
from mediaserver.streaming.downloads import FORMATS


@dataclass(frozen=True, slots=True)
class Menu:
    """Formats in which something can be had from `address`, and what is set; `setting` is None where that differs."""

    address: str
    formats: tuple[str, ...]
    setting: str | None
    may_edit: bool
    set_at: str


def of_track(asker: Account | None, track: Track) -> Menu:
    """Return the menu of a track's page."""
    address = f"/media/tracks/{track.id}/download"
    may_edit = policy.may(asker, Action.EDIT, track)
    return Menu(address, offered(asker, [track]), track.downloads, may_edit, f"/tracks/{track.id}/downloads")


def of_release(asker: Account | None, release: Release, together: Sequence[Track]) -> Menu:
    """Return the menu of the page of a release, on which there are those tracks."""
    settings = {track.downloads for track in together}
    return Menu(
        address=f"/media/releases/{release.id}/download",
        formats=offered(asker, together),
        setting=settings.pop() if len(settings) == 1 else None,
        may_edit=policy.may(asker, Action.EDIT, release),
        set_at=f"/releases/{release.id}/downloads",
    )


def offered(asker: Account | None, together: Sequence[Track]) -> tuple[str, ...]:
    """Return the formats in which any of the tracks can be had."""
    ready = [track for track in together if track.state == State.READY]
    return tuple(each for each in FORMATS if any(sight.may_download(asker, track, each) for track in ready))


async def set_for_track(request: web.Request) -> web.Response:
    """POST /tracks/ID/downloads with the field `downloads`."""
    fields = await form(request)
    address = await services(request).db.write(_set_for_track, request.match_info["id"], account(request), fields)
    return redirect(address)


async def set_for_release(request: web.Request) -> web.Response:
    """POST /releases/ID/downloads with the field `downloads`: for every track that is on it."""
    fields = await form(request)
    address = await services(request).db.write(_set_for_release, request.match_info["id"], account(request), fields)
    return redirect(address)


def _set_for_track(tx: Tx, track_id: str, asker: Account | None, fields: dict[str, str]) -> str:
    lifecycle.change_tracks(tx, asker, [track_id], TrackChanges(downloads=fields.get("downloads", "")))
    return tracks.get(tx, track_id).url


def _set_for_release(tx: Tx, release_id: str, asker: Account | None, fields: dict[str, str]) -> str:
    lifecycle.change_release(tx, asker, release_id, ReleaseChanges(downloads=fields.get("downloads", "")))
    return releases.get(tx, release_id).url
