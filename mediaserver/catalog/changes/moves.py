"""Moves: to another release, to another artist's page, and in another order on the same release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mediaserver.base import ids
from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid, NotFound
from mediaserver.catalog import artists, deleted, releases, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.changes.change import Permit
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track


def move(tx: Tx, wanted: Sequence[Track], release: str | None, permit: Permit) -> None:
    """Put tracks on one release, named by its id or its title; None takes them off theirs.

    A title is looked for among the releases of the first track's artist, and a release is made where there is none.
    The tracks go to the page of the release's artist; a release that lost its last track is no more.
    """
    target = _target(tx, tracks.get(tx, wanted[0].id), release or "", permit)
    for track in wanted:
        tracks.move(tx, track.id, target)
    for release_id in {track.release_id for track in wanted} - {None, target and target.id}:
        releases.drop_if_empty(tx, str(release_id))


def _target(tx: Tx, first: Track, title: str, permit: Permit) -> Release | None:
    if not title.strip():
        return None
    if ids.is_id(title):
        known = releases.get(tx, title)
        permit(known)
        return known
    release_id = releases.find_or_add(tx, first.artist_id, title, first.chosen, first.date)
    if picture := tracks.own_picture(tx, first.id):
        releases.give_picture(tx, release_id, picture, first.visibility)  # not before it is out
    return releases.get(tx, release_id)


def to_artist(tx: Tx, track: Track, artist: str, permit: Permit) -> None:
    """Put a track that is on no release on an artist's page, by id, or by name among those of the track's owner.

    Raises Invalid for a track on a release, whose artist's page it is on.
    """
    if track.release_id is not None:
        raise Invalid(f'"{track.title}" is on the page of its release\'s artist. Please change the release instead.')
    tracks.move_to_artist(tx, track.id, _artist(tx, track.owner_id, artist, permit).id)


def release_to_artist(tx: Tx, release: Release, artist: str, permit: Permit) -> None:
    """Put a release with its tracks on an artist's page, by id, or by name among those of the release's owner."""
    artist_id = _artist(tx, release.owner_id, artist, permit).id
    releases.move_to_artist(tx, release.id, artist_id)
    for track in tracks.of_release(tx, release.id, hidden=True):
        tracks.move_to_artist(tx, track.id, artist_id)
    deleted.move_with_release(tx, release.id, artist_id)


def _artist(tx: Tx, owner_id: str, artist: str, permit: Permit) -> Artist:
    if not ids.is_id(artist):
        return artists.find_or_add(tx, owner_id, artist)
    known = artists.get(tx, artist)
    permit(known)
    return known


def arrange(tx: Tx, release_id: str, places: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Give tracks of a release, by id, their `disc` and `number`. Raises NotFound for one that is not on it."""
    for track_id, place in places:
        track = tracks.get(tx, track_id)
        if track.release_id != release_id:
            raise NotFound("One of the tracks is not on this release.")
        tracks.set_place(tx, track_id, place)
