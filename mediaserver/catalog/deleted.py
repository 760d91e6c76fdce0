"""What is deleted: gone for everybody at once, and kept aside until a day at which it goes for good.

No other query finds it. Who deleted it may have it back: an administrator's decision is not undone by the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mediaserver.base import clock
from mediaserver.base.cursors import START, Place
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, NotFound
from mediaserver.catalog import artists, releases, slugs, tracks
from mediaserver.catalog.sounds import versions
from mediaserver.catalog.tracks import TrackChanged


@dataclass(frozen=True, slots=True)
class Deleted:
    """A track, a release or an artist that can be had back until `kept_until`; `tracks` is how many come back with it.

    `owner_id` is who deleted it: in whose hands it is now. Of an artist that is part of another now, `artist_name` is
    the other's.
    """

    kind: str
    id: str
    artist_id: str
    title: str
    artist_name: str
    owner_id: str
    deleted_at: int
    kept_until: int
    tracks: int
    merged_into: str | None = None  # an artist's id

    @property
    def place(self) -> Place:
        """Where it stands among what was deleted last."""
        return Place(self.deleted_at, self.id)

    @property
    def visibility(self) -> str:
        """Nobody else sees it."""
        return "private"


class Left(NamedTuple):
    """What something that is gone for good stood on, and nothing else may stand on: hashes of files."""

    originals: set[str]
    pictures: set[str]


def delete_track(tx: Tx, track_id: str, account_id: str, days: int) -> None:
    """Take a track away, and keep it aside for so many days."""
    _delete_tracks(tx, "id = :id", track_id, account_id, clock.now(), days)


def delete_release(tx: Tx, release_id: str, account_id: str, days: int) -> None:
    """Take a release away together with its tracks."""
    now = clock.now()
    _delete_tracks(tx, "release_id = :id", release_id, account_id, now, days)
    _mark(tx, "releases", "id = :id", release_id, account_id, now, days)


def delete_artist(tx: Tx, artist_id: str, account_id: str, days: int) -> None:
    """Take an artist away, and keep it aside for so many days. Raises Conflict while anything stands on its page."""
    if artists.some_stand_on(tx, artist_id):
        raise Conflict(
            "There are recordings or releases on this artist's page, or deleted ones that can be brought back."
            " Please move them, or delete them for good, or merge the artist into another."
        )
    _mark(tx, "artists", "id = :id", artist_id, account_id, clock.now(), days)


def merge_artist(tx: Tx, artist_id: str, into_id: str, account_id: str, days: int) -> None:
    """Let an artist be a part of another from now on; it can be had back for so many days."""
    _mark(tx, "artists", "id = :id", artist_id, account_id, clock.now(), days)
    tx.run("UPDATE artists SET merged_into = :into WHERE id = :id", id=artist_id, into=into_id)


def _delete_tracks(tx: Tx, which: str, id: str, account_id: str, now: int, days: int) -> None:
    for track_id in _mark(tx, "tracks", which, id, account_id, now, days):
        tx.announce(TrackChanged(track_id))


def _mark(tx: Tx, table: str, which: str, id: str, account_id: str, now: int, days: int) -> list[str]:
    """Take away those that are there; return their ids."""
    return tx.column(
        f"UPDATE {table} SET deleted_at = :now, deleted_by = :by, kept_until = :until"
        f" WHERE {which} AND deleted_at IS NULL RETURNING id",
        now=now,
        by=account_id,
        until=now + days * clock.DAY,
        id=id,
    )


def get(r: Reader, kind: str, id: str) -> Deleted:
    """Return what is deleted, by its kind ("track", "release" or "artist") and id. Raises NotFound."""
    found = r.one(Deleted, f"{_SELECT[kind]} AND x.id = :id", id=id)
    if found is None:
        raise NotFound("Nothing of that kind is deleted; it may be gone for good.")
    return found


def release_of(r: Reader, track_id: str) -> Deleted | None:
    """Return the release of a track if that is deleted as well."""
    return r.one(
        Deleted, f"{_SELECT['release']} AND x.id = (SELECT release_id FROM tracks WHERE id = :id)", id=track_id
    )


def move_with_release(tx: Tx, release_id: str, artist_id: str) -> None:
    """Put the deleted tracks of a release on the page of an artist too, so that they come back where it is.

    What its owner deleted is the new owner's to have back.
    """
    gone = "SELECT id FROM tracks WHERE release_id = :id AND artist_id <> :artist_id AND deleted_at IS NOT NULL"
    for track_id in tx.column(gone, id=release_id, artist_id=artist_id):
        title = tx.value("SELECT title FROM tracks WHERE id = :id", id=track_id)
        tx.run(_HANDED_OVER, id=track_id, artist_id=artist_id)
        slugs.move_to_artist(tx, "track", track_id, title, artist_id)


def of_account(r: Reader, account_id: str, limit: int, before: Place = START) -> list[Deleted]:
    """Return what was deleted of an account's artists or by the account, the last first.

    Tracks that were deleted with their release are not listed by themselves. `before` is the place at which the page
    before ended.
    """
    whose = "AND (a.owner_id = :account_id OR x.deleted_by = :account_id) AND (x.deleted_at, x.id) < (:moment, :id)"
    last = "ORDER BY x.deleted_at DESC, x.id DESC LIMIT :limit"
    page = {"account_id": account_id, "moment": before.moment, "id": before.id, "limit": limit}
    alone = f"AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.id = x.release_id AND {_TOGETHER.format('x')})"
    found = r.all(Deleted, f"{_SELECT['release']} {whose} {last}", **page)
    found += r.all(Deleted, f"{_SELECT['track']} {whose} {alone} {last}", **page)
    found += r.all(Deleted, f"{_SELECT['artist']} {whose} {last}", **page)
    return sorted(found, key=lambda each: each.place, reverse=True)[:limit]


def restore_track(tx: Tx, track_id: str) -> None:
    """Bring a deleted track back, and its release if that was deleted too, without the others on it."""
    _restore_tracks(tx, "id = :id", track_id)
    release_id = tx.value("SELECT release_id FROM tracks WHERE id = :id", id=track_id)
    if release_id is not None:
        _restore_release(tx, release_id)


def restore_release(tx: Tx, release_id: str) -> None:
    """Bring a deleted release back with the tracks that went with it."""
    _restore_tracks(tx, f"id IN ({_WENT_WITH})", release_id)
    _restore_release(tx, release_id)


def restore_artist(tx: Tx, artist_id: str) -> None:
    """Bring an artist back, as one by itself."""
    tx.run(f"UPDATE artists SET {_BACK}, merged_into = NULL WHERE id = :id", id=artist_id)


def _restore_tracks(tx: Tx, which: str, id: str) -> None:
    for track_id in tx.column(f"UPDATE tracks SET {_BACK} WHERE {which} RETURNING id", id=id):
        tx.announce(TrackChanged(track_id))


def _restore_release(tx: Tx, release_id: str) -> None:
    tx.run(f"UPDATE releases SET {_BACK} WHERE id = :id", id=release_id)


def remove(tx: Tx, kind: str, id: str) -> Left:
    """Take what is deleted away for good; return what it stood on, now or before."""
    if kind == "track":
        return _remove_tracks(tx, [id])
    if kind == "artist":
        return _remove_artist(tx, id)
    sleeve = tx.column("SELECT picture FROM releases WHERE id = :id AND picture IS NOT NULL", id=id)
    went_with = tx.column(_WENT_WITH, id=id)
    # What was deleted by itself before may be kept for longer: it goes on alone.
    tx.run("UPDATE tracks SET release_id = NULL WHERE release_id = :id", id=id)
    releases.remove(tx, id)
    gone = _remove_tracks(tx, went_with)
    gone.pictures.update(sleeve)
    return gone


def _remove_tracks(tx: Tx, track_ids: list[str]) -> Left:
    gone = Left(set(), set())
    for track_id in track_ids:
        gone.originals.update(versions.originals(tx, track_id))
        gone.pictures.update(tx.column(_PICTURES, id=track_id))
        tracks.remove(tx, track_id)
    return gone


def _remove_artist(tx: Tx, artist_id: str) -> Left:
    """Take an artist away with those that are a part of it; of one that is a part itself, its addresses lead on."""
    if tx.value("SELECT merged_into FROM artists WHERE id = :id", id=artist_id) is not None:
        return Left(set(), _settle(tx, artist_id))
    return Left(set(), _remove_with_parts(tx, artist_id))


def _remove_with_parts(tx: Tx, artist_id: str) -> set[str]:
    """Remove an artist and those that are a part of it for good; one that can be had back is by itself again.

    Return their pictures.
    """
    for part in tx.column("SELECT id FROM artists WHERE merged_into = :id AND deleted_at IS NOT NULL", id=artist_id):
        tx.run("DELETE FROM artist_mergers WHERE artist_id = :id", id=part)
        tx.run("UPDATE artists SET merged_into = NULL WHERE id = :id", id=part)
    pictures = set(tx.column("SELECT picture FROM artists WHERE id = :id AND picture IS NOT NULL", id=artist_id))
    for part in tx.column("SELECT id FROM artists WHERE merged_into = :id", id=artist_id):
        pictures |= _remove_with_parts(tx, part)
    tx.run("DELETE FROM artists WHERE id = :id", id=artist_id)
    slugs.release(tx, artist_id)
    return pictures


def _settle(tx: Tx, artist_id: str) -> set[str]:
    """Let an artist stay a part of another for good; return the picture that it had."""
    pictures = set(tx.column("SELECT picture FROM artists WHERE id = :id AND picture IS NOT NULL", id=artist_id))
    tx.run(f"UPDATE artists SET {_BACK}, words = '', picture = NULL WHERE id = :id", id=artist_id)
    for table in ("artist_mergers", "artist_links", "artist_names", "follows"):
        tx.run(f"DELETE FROM {table} WHERE artist_id = :id", id=artist_id)
    return pictures


def over(r: Reader, limit: int) -> list[Deleted]:
    """Return some of what was kept long enough: releases, then tracks, then artists."""
    late = "AND x.kept_until <= :now ORDER BY x.kept_until LIMIT :limit"
    now = clock.now()
    found = r.all(Deleted, f"{_SELECT['release']} {late}", now=now, limit=limit)
    found = found or r.all(Deleted, f"{_SELECT['track']} {late}", now=now, limit=limit)
    return found or r.all(Deleted, f"{_SELECT['artist']} {late}", now=now, limit=limit)


def is_over(r: Reader, thing: Deleted) -> bool:
    """Tell whether a thing is deleted still, and was kept long enough."""
    late = f"{_SELECT[thing.kind]} AND x.id = :id AND x.kept_until <= :now"
    return r.one(Deleted, late, id=thing.id, now=clock.now()) is not None


# A track's own picture and its release's, which goes with its last track.
_PICTURES = (
    "SELECT picture FROM tracks WHERE id = :id AND picture IS NOT NULL UNION SELECT r.picture FROM tracks t"
    " JOIN releases r ON r.id = t.release_id WHERE t.id = :id AND r.picture IS NOT NULL"
)
# What somebody deleted at the same moment as the release went with it, unless it was somebody else.
_TOGETHER = "r.deleted_at = {0}.deleted_at AND r.deleted_by = {0}.deleted_by"
_WENT_WITH = (
    "SELECT t.id FROM tracks t JOIN releases r ON r.id = t.release_id"
    f" WHERE t.release_id = :id AND {_TOGETHER.format('t')}"
)
_BACK = "deleted_at = NULL, deleted_by = NULL, kept_until = NULL"
_HANDED_OVER = (
    "UPDATE tracks SET deleted_by = (SELECT owner_id FROM artists WHERE id = :artist_id) WHERE id = :id"
    " AND deleted_by = (SELECT owner_id FROM artists a WHERE a.id = tracks.artist_id)"
)
_ARTIST_FIELDS = (
    "x.id, x.id AS artist_id, x.name AS title, COALESCE(other.name, x.name) AS artist_name, x.deleted_by AS owner_id,"
    " x.deleted_at, x.kept_until, 0 AS tracks, x.merged_into"
)
_FIELDS = "x.id, x.artist_id, x.title, a.name AS artist_name, x.deleted_by AS owner_id, x.deleted_at, x.kept_until"
_SELECT = {
    "track": f"SELECT 'track' AS kind, {_FIELDS}, 1 AS tracks FROM tracks x JOIN artists a ON a.id = x.artist_id"
    " WHERE x.deleted_at IS NOT NULL",
    "release": f"SELECT 'release' AS kind, {_FIELDS},"
    " (SELECT count(*) FROM tracks t JOIN releases r ON r.id = t.release_id WHERE r.id = x.id"
    f" AND {_TOGETHER.format('t')}) AS tracks"
    " FROM releases x JOIN artists a ON a.id = x.artist_id WHERE x.deleted_at IS NOT NULL",
    "artist": f"SELECT 'artist' AS kind, {_ARTIST_FIELDS} FROM artists x JOIN artists a ON a.id = x.id"
    " LEFT JOIN artists other ON other.id = x.merged_into WHERE x.deleted_at IS NOT NULL",
}
