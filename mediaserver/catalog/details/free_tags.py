"""A free tag: a word that somebody put on a recording beside its genres, such as a mood."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.base.db import Reader, Tx

_MOST = 50
_LONGEST = 100


def kept(names: Iterable[str]) -> list[str]:
    """Return free tags as they are kept: each once, whatever its capitals."""
    wanted = {name.strip().casefold(): name.strip()[:_LONGEST] for name in names if name.strip()}
    return list(wanted.values())[:_MOST]


def set_for_track(tx: Tx, track_id: str, names: Iterable[str]) -> None:
    """Make `names` the free tags of a track, in that order, each once whatever its capitals."""
    tx.run("DELETE FROM track_tags WHERE track_id = :track_id", track_id=track_id)
    for position, name in enumerate(kept(names)):
        tx.run(
            "INSERT INTO track_tags (track_id, position, name) VALUES (:track_id, :position, :name)",
            track_id=track_id,
            position=position,
            name=name,
        )


def of_track(r: Reader, track_id: str) -> list[str]:
    """Return a track's free tags in their order."""
    return r.column("SELECT name FROM track_tags WHERE track_id = :track_id ORDER BY position", track_id=track_id)
