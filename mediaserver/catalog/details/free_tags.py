"""A free tag: a word that somebody put on a recording beside its genres, such as a mood."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.base.db import Reader, Tx

_MOST = 50
_LONGEST = 100


def set_for_track(tx: Tx, track_id: str, names: Iterable[str]) -> None:
    """Make `names` the free tags of a track, in that order, each once whatever its capitals."""
    tx.run("DELETE FROM track_tags WHERE track_id = :track_id", track_id=track_id)
    wanted = {name.strip().casefold(): name.strip()[:_LONGEST] for name in names if name.strip()}
    for position, name in enumerate(list(wanted.values())[:_MOST]):
        tx.run(
            "INSERT INTO track_tags (track_id, position, name) VALUES (:track_id, :position, :name)",
            track_id=track_id,
            position=position,
            name=name,
        )


def of_track(r: Reader, track_id: str) -> list[str]:
    """Return a track's free tags in their order."""
    return r.column("SELECT name FROM track_tags WHERE track_id = :track_id ORDER BY position", track_id=track_id)
