"""A version: what a track stood on before its sound was replaced. Nothing is lost by a replacement: it can be undone.

Address, id and everything that hangs on the track stay; replacing is the change of one column.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.tracks import Source, TrackChanged

LINGER = 2 * clock.HOUR
"""How long the earlier sound can still be fetched by those who are in the middle of it."""


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier sound of a track, the format of its file, and the time in which the track stood on it."""

    number: int
    original: str
    began_at: int
    ended_at: int
    ended_by: str  # the name of who replaced it
    codec: str
    rate: int
    samples: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.samples / self.rate


def replace(tx: Tx, track_id: str, original: str, account_id: str) -> None:
    """Let the track stand on another original, whose sound is known, and remember the one before.

    Raises NotFound for a track that is not there, Conflict for the original that it stands on anyway.
    """
    track = tracks.get(tx, track_id)
    if track.original == original:
        raise Conflict("This is the very recording that the track has now.")
    last = tx.value("SELECT max(number) FROM track_versions WHERE track_id = :id", id=track_id)
    began_at = tx.value("SELECT max(ended_at) FROM track_versions WHERE track_id = :id", id=track_id)
    tx.run(
        "INSERT INTO track_versions (track_id, number, original, began_at, ended_at, ended_by)"
        " VALUES (:track_id, :number, :original, :began_at, :now, :account_id)",
        track_id=track_id,
        number=(last or 0) + 1,
        original=track.original,
        began_at=began_at or track.created_at,
        now=clock.now(),
        account_id=account_id,
    )
    tx.run("UPDATE tracks SET original = :original WHERE id = :id", original=original, id=track_id)
    tx.announce(TrackChanged(track_id))


def get(r: Reader, track_id: str, number: int) -> Version:
    """Return one earlier version. Raises NotFound."""
    version = r.one(Version, f"{_SELECT} WHERE v.track_id = :id AND v.number = :number", id=track_id, number=number)
    if version is None:
        raise NotFound("This track never had such a version.")
    return version


def of_track(r: Reader, track_id: str) -> list[Version]:
    """Return the earlier versions of a track, the last one first."""
    return r.all(Version, f"{_SELECT} WHERE v.track_id = :id ORDER BY v.number DESC", id=track_id)


def lingering(r: Reader, track_id: str) -> list[Source]:
    """Return what streaming needs of the versions that ended a short while ago, if the track can be heard at all."""
    return r.all(
        Source,
        f"{tracks.SOURCE} JOIN track_versions v ON v.track_id = t.id JOIN sounds s ON s.original = v.original"
        " WHERE t.id = :id AND t.deleted_at IS NULL AND v.ended_at > :since",
        id=track_id,
        since=clock.now() - LINGER,
    )


def originals(r: Reader, track_id: str) -> set[str]:
    """Return every original that a track stands on or stood on."""
    now = r.column("SELECT original FROM tracks WHERE id = :id", id=track_id)
    return {*now, *r.column("SELECT original FROM track_versions WHERE track_id = :id", id=track_id)}


_SELECT = (
    "SELECT v.number, v.original, v.began_at, v.ended_at, a.display_name AS ended_by, s.codec, s.rate, s.samples"
    " FROM track_versions v JOIN accounts a ON a.id = v.ended_by JOIN sounds s ON s.original = v.original"
)
