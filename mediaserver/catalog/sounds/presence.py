"""Presence: whether the file that a track stands on is there. One that is not is missing, never lost."""

from __future__ import annotations

from mediaserver.base.db import Reader, Tx
from mediaserver.catalog.tracks import TrackChanged

AWAY = "The recording of this track is not there at the moment. It can be played again as soon as it is back."


def lose(tx: Tx, track_id: str, original: str | None = None) -> None:
    """Note that the track's file is not there: it cannot be played, and is not listed, until it is back.

    Where the `original` that is gone is named, only if the track stands on it: its sound may have been replaced.
    """
    touched = tx.run(
        "UPDATE tracks SET state = 'missing' WHERE id = :id AND state <> 'missing'"
        " AND (:original IS NULL OR original = :original)",
        id=track_id,
        original=original,
    )
    if touched:
        tx.announce(TrackChanged(track_id))


def regain(tx: Tx, track_id: str) -> bool:
    """Note that the track's file is there again, to be played where its sound was heard; tell if it was missing."""
    touched = tx.run(
        "UPDATE tracks SET state = CASE WHEN EXISTS (SELECT 1 FROM sounds s WHERE s.original = tracks.original)"
        " THEN 'ready' ELSE 'processing' END WHERE id = :id AND state = 'missing'",
        id=track_id,
    )
    if touched:
        tx.announce(TrackChanged(track_id, is_one_of_many=True))
    return bool(touched)


def set_original(tx: Tx, track_id: str, original: str) -> str | None:
    """Let the track stand on another file, whose sound was heard; return the one before, None without the track."""
    before: str | None = tx.value("SELECT original FROM tracks WHERE id = :id", id=track_id)
    if before is not None:
        tx.run("UPDATE tracks SET original = :original, state = 'ready' WHERE id = :id", original=original, id=track_id)
        tx.announce(TrackChanged(track_id, is_one_of_many=True))
    return before


def standing_on(r: Reader, originals: list[str]) -> dict[str, str]:
    """Return the oldest track's id for each of those originals that any stands on."""
    sql = "SELECT original, id FROM tracks WHERE original IN (:originals*) ORDER BY id DESC"
    rows: list[dict[str, str]] = r.all(dict, sql, originals=originals)
    return {row["original"]: row["id"] for row in rows}
