"""Publishing: the moment from which something is out. Until then it is its owner's alone, whatever else was chosen.

What waits has a moment in `publish_at`. It is out when `publish_due` has taken that away, which a chore does every
second and at every start: so lists, rights and streams all go by one thing, and whoever listens to changes is told.
"""

from __future__ import annotations

from typing import NamedTuple

from mediaserver.base import clock
from mediaserver.base.db import Database, Reader, Tx
from mediaserver.catalog import history
from mediaserver.catalog.tracks import TrackChanged


class _Moment(NamedTuple):
    id: str
    publish_at: int | None


def schedule_track(tx: Tx, track_id: str, moment: int | None) -> None:
    """Let a track come out at `moment` (milliseconds), or at once for None or one that has passed."""
    tx.run(f"UPDATE tracks SET {_SCHEDULED} WHERE id = :id", id=track_id, moment=_waits(moment), now=clock.now())
    tx.announce(TrackChanged(track_id))


def schedule_release(tx: Tx, release_id: str, moment: int | None) -> None:
    """Let a release come out at `moment` with every track on it, as `schedule_track` does."""
    tx.run(f"UPDATE releases SET {_SCHEDULED} WHERE id = :id", id=release_id, moment=_waits(moment), now=clock.now())
    # Those that are deleted too: they would come back as what they were, before or after the others.
    for track_id in tx.column("SELECT id FROM tracks WHERE release_id = :id", id=release_id):
        schedule_track(tx, track_id, moment)


def moments(r: Reader, kind: str, id: str) -> dict[tuple[str, str], int | None]:
    """Return when a track or a release (`kind`), with every track on it, comes out, by kind and id."""
    found = ((each, row) for each, sql in _MOMENTS[kind].items() for row in r.all(_Moment, sql, id=id))
    return {(each, row.id): row.publish_at for each, row in found}


def some_due(r: Reader) -> bool:
    """Tell whether the moment of anything has come."""
    due = f"WHERE {_DUE}"
    return r.value(f"SELECT 1 FROM tracks {due} UNION ALL SELECT 1 FROM releases {due}", now=clock.now()) is not None


def publish_due(tx: Tx) -> None:
    """Let out everything whose moment has come, and announce it."""
    now = clock.now()
    for release_id in tx.column(f"UPDATE releases SET {_OUT} RETURNING id", now=now):
        history.note(tx, None, history.PUBLISH, "release", release_id)
    for track_id in tx.column(f"UPDATE tracks SET {_OUT} RETURNING id", now=now):
        history.note(tx, None, history.PUBLISH, "track", track_id)
        tx.announce(TrackChanged(track_id))


async def let_out(db: Database) -> None:
    """The chore: publish what is due, and write nothing where nothing is."""
    if await db.read(some_due):
        await db.write(publish_due)


def _waits(moment: int | None) -> int | None:
    return moment if moment is not None and moment > clock.now() else None


# What is deleted waits until it is brought back.
_DUE = "publish_at <= :now AND deleted_at IS NULL"
_OUT = f"publish_at = NULL WHERE {_DUE}"
_MOMENTS = {
    "track": {"track": "SELECT id, publish_at FROM tracks WHERE id = :id"},
    "release": {
        "release": "SELECT id, publish_at FROM releases WHERE id = :id",
        "track": "SELECT id, publish_at FROM tracks WHERE release_id = :id",
    },
}
# What had waited and is let out at once came out now; what never waited keeps its place among the newest.
_SCHEDULED = (
    "publish_at = :moment, came_out_at = COALESCE(:moment, CASE WHEN publish_at IS NULL THEN came_out_at ELSE :now END)"
)
