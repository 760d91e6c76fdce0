"""A release's details: what is said of what came out together, its types, and what its discs are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mediaserver.base.db import Reader, Tx
from mediaserver.catalog.details.row import Row


@dataclass(frozen=True, slots=True)
class ReleaseDetails:
    """Everything may be unsaid. `credited` is the artist as the release names them; None for the page it stands on."""

    title_sort: str | None = None
    credited: str | None = None
    artist_sort: str | None = None
    original_date: str | None = None
    label: str | None = None
    catalogue_number: str | None = None
    barcode: str | None = None
    media: str | None = None
    compilation: int = 0
    musicbrainz_id: str | None = None
    release_group_id: str | None = None


_ROW = Row("release_details", "release_id", ReleaseDetails)
COLUMNS = _ROW.columns
_MOST = 20


def of_release(r: Reader, release_id: str) -> ReleaseDetails:
    """Return what is said of a release; nothing where nothing is."""
    return _ROW.of(r, release_id)


def set_for_release(tx: Tx, release_id: str, details: ReleaseDetails) -> None:
    """Keep what is said of a release in the place of what was."""
    _ROW.put(tx, release_id, details)


def types(r: Reader, release_id: str) -> list[str]:
    """Return what kind of release it is, the primary type first: album, live ..."""
    return r.column("SELECT name FROM release_types WHERE release_id = :id ORDER BY position", id=release_id)


def set_types(tx: Tx, release_id: str, names: Iterable[str]) -> None:
    """Make `names` the types of a release, in lower case and each once."""
    tx.run("DELETE FROM release_types WHERE release_id = :id", id=release_id)
    wanted = dict.fromkeys(name.strip().casefold()[:60] for name in names if name.strip())
    for position, name in enumerate(list(wanted)[:_MOST]):
        tx.run(
            "INSERT INTO release_types (release_id, position, name) VALUES (:id, :position, :name)",
            id=release_id,
            position=position,
            name=name,
        )


def discs(r: Reader, release_id: str) -> dict[int, str]:
    """Return what the discs that have a name of their own are called."""
    rows = r.all(_disc, "SELECT disc, subtitle FROM release_discs WHERE release_id = :id ORDER BY disc", id=release_id)
    return dict(rows)


def set_discs(tx: Tx, release_id: str, subtitles: Mapping[int, str]) -> None:
    """Give the discs of a release their names; those that are not named lose theirs."""
    tx.run("DELETE FROM release_discs WHERE release_id = :id", id=release_id)
    for disc, subtitle in subtitles.items():
        tx.run(
            "INSERT INTO release_discs (release_id, disc, subtitle) VALUES (:id, :disc, :subtitle)",
            id=release_id,
            disc=disc,
            subtitle=subtitle,
        )


def _disc(disc: int, subtitle: str) -> tuple[int, str]:
    return disc, subtitle
