"""A genre: a word for a kind of music, the same however it is spelled, and the tracks that it stands on."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.base import ids
from mediaserver.base.db import Reader, Tx
from mediaserver.catalog import slugs
from mediaserver.media.tags import cleaned

_MOST = 10
_LONGEST = 60


def kept(names: Iterable[str]) -> dict[str, str]:
    """Return genres as they are kept, by their slugs; spellings that give the same slug are one genre."""
    wanted: dict[str, str] = {}
    for name in filter(None, map(cleaned.line, names)):
        wanted.setdefault(slugs.form(name), name[:_LONGEST])
    return dict(list(wanted.items())[:_MOST])


def set_for_track(tx: Tx, track_id: str, names: Iterable[str]) -> None:
    """Make `names` the genres of a track, in that order."""
    tx.run("DELETE FROM track_genres WHERE track_id = :track_id", track_id=track_id)
    for position, (slug, name) in enumerate(kept(names).items()):
        tx.run(
            "INSERT INTO track_genres (track_id, genre_id, position) VALUES (:track_id, :genre_id, :position)",
            track_id=track_id,
            genre_id=_id_of(tx, slug, name),
            position=position,
        )


def of_track(r: Reader, track_id: str) -> list[str]:
    """Return the names of a track's genres, the first one first."""
    return r.column(
        "SELECT g.name FROM track_genres t JOIN genres g ON g.id = t.genre_id WHERE t.track_id = :track_id"
        " ORDER BY t.position",
        track_id=track_id,
    )


def _id_of(tx: Tx, slug: str, name: str) -> str:
    genre_id: str | None = tx.value("SELECT id FROM genres WHERE slug = :slug", slug=slug)
    if genre_id is None:
        genre_id = ids.new()
        tx.run("INSERT INTO genres (id, name, slug) VALUES (:id, :name, :slug)", id=genre_id, name=name, slug=slug)
    return genre_id
