"""An artist credit: the names that a recording or a release goes by, in order, with what joins them.

A name is never split on a guess: names are apart only where somebody kept them apart. What joins them is found by
looking for them in the credit as it is shown; a credit that is not made of its names stays whole.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mediaserver.base.db import Reader, Tx
from mediaserver.catalog import listed

_MOST = 100
_TABLES = {"track": ("track_artists", "track_id"), "release": ("release_artists", "release_id")}


class Followed(NamedTuple):
    """The ids of those whose credit followed an artist's new name."""

    tracks: list[str]
    releases: list[str]


@dataclass(frozen=True, slots=True)
class Named:
    """One name of a credit. `join_phrase` stands behind it; None where the shown credit is not made of its names."""

    name: str
    join_phrase: str | None = None
    sort_name: str | None = None
    musicbrainz_id: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """A name of a credit with the page here of an artist of the same owner who has, or had, exactly that name."""

    name: str
    join_phrase: str | None
    sort_name: str | None
    musicbrainz_id: str | None
    artist_slug: str | None

    @property
    def url(self) -> str | None:
        """That page."""
        return f"/@{self.artist_slug}" if self.artist_slug else None


def compose(
    shown: str, names: Sequence[str], sort_names: Sequence[str] = (), identifiers: Sequence[str] = ()
) -> list[Named]:
    """Return the credit that is shown as `shown` and consists of `names`; without any it is one name.

    Sort names and identifiers (MusicBrainz) belong to the names only where there are as many of them.
    """
    names = list(dict.fromkeys(filter(None, names)))[:_MOST] or [shown]
    found = join_phrases(shown, names)
    phrases: Sequence[str | None] = found if found is not None else [None] * len(names)
    sorts = sort_names if len(sort_names) == len(names) else [None] * len(names)
    ids = identifiers if len(identifiers) == len(names) else [None] * len(names)
    return [Named(*each) for each in zip(names, phrases, sorts, ids, strict=True)]


def join_phrases(shown: str, names: Sequence[str]) -> list[str] | None:
    """Return what stands behind each of `names` in `shown`: "A feat. B" and (A, B) give (" feat. ", "").

    None unless the names stand there whole, in their order and from the beginning.
    """
    starts: list[int] = []
    ends: list[int] = []
    place = 0
    for name in names:
        start = _find(shown, name, place)
        if start is None or (not starts and start > 0) or (starts and start == place):
            return None
        place = start + len(name)
        starts.append(start)
        ends.append(place)
    return [shown[end:start] for end, start in zip(ends, [*starts[1:], len(shown)], strict=True)]


def _find(shown: str, name: str, place: int) -> int | None:
    """Return where `name` stands in `shown` from `place` on, not as a part of a longer word."""
    start = shown.find(name, place)
    while start >= 0 and not (_parts(shown, start) and _parts(shown, start + len(name))):
        start = shown.find(name, start + 1)
    return start if start >= 0 and name else None


def _parts(text: str, place: int) -> bool:
    """Tell whether a word may end at `place`. Scripts without capitals mostly write without spaces as well."""
    if not 0 < place < len(text):
        return True
    return not all(mark.isalnum() and mark.lower() != mark.upper() for mark in text[place - 1 : place + 1])


def whole(names: Sequence[Named]) -> str:
    """Return the credit as it is shown; a comma stands in for join phrases that are not known."""
    last = len(names) - 1
    return "".join(
        named.name + (named.join_phrase if named.join_phrase is not None else ", " if place < last else "")
        for place, named in enumerate(names)
    )


def put(tx: Tx, kind: str, thing_id: str, names: Sequence[Named]) -> None:
    """Make `names` the credit of a track or a release (`kind`)."""
    table, key = _TABLES[kind]
    tx.run(f"DELETE FROM {table} WHERE {key} = :id", id=thing_id)
    for position, named in enumerate(names[:_MOST]):
        tx.run(
            f"INSERT INTO {table} ({key}, position, name, join_phrase, sort_name, musicbrainz_id)"
            " VALUES (:id, :position, :name, :join_phrase, :sort_name, :musicbrainz_id)",
            id=thing_id,
            position=position,
            name=named.name,
            join_phrase=named.join_phrase,
            sort_name=named.sort_name,
            musicbrainz_id=named.musicbrainz_id,
        )


def names_of(r: Reader, kind: str, thing_id: str) -> list[Named]:
    """Return the names of the credit of a track or a release (`kind`)."""
    table, key = _TABLES[kind]
    return r.all(
        Named,
        f"SELECT name, join_phrase, sort_name, musicbrainz_id FROM {table} WHERE {key} = :id ORDER BY position",
        id=thing_id,
    )


def linked(r: Reader, kind: str, thing_id: str, owner_id: str) -> list[Linked]:
    """Return the same, each with its artist's page among those that the owner looks after."""
    table, key = _TABLES[kind]
    return r.all(
        Linked,
        "SELECT c.name, c.join_phrase, c.sort_name, c.musicbrainz_id, COALESCE((SELECT a.slug FROM artists a"
        f" WHERE a.name = c.name AND a.owner_id = :owner_id AND {listed.ARTIST} ORDER BY a.id LIMIT 1), (SELECT a.slug"
        " FROM artist_names n JOIN artists a ON a.id = n.artist_id WHERE n.name = c.name AND a.owner_id = :owner_id"
        f" AND {listed.ARTIST} ORDER BY a.id LIMIT 1)"
        ") AS artist_slug"
        f" FROM {table} c WHERE c.{key} = :id ORDER BY c.position",
        id=thing_id,
        owner_id=owner_id,
    )


def follow_name(tx: Tx, artist_id: str, old: str, new: str, only: Container[str] | None = None) -> Followed:
    """Let what stands on an artist's page, and is credited to nobody but the old name, be credited to the new one.

    What is deleted goes along, and comes back so. With `only`, others than those ids stay as they are. Return what has
    another credit now.
    """
    credited = [tx.column(_CREDITED[kind], id=artist_id, old=old) for kind in _TABLES]
    changed = Followed(*([each for each in ids if only is None or each in only] for ids in credited))
    for kind, ids in zip(_TABLES, changed, strict=True):
        table, key = _TABLES[kind]
        for thing_id in ids:
            tx.run(_CREDIT[kind], id=thing_id, new=new)
            tx.run(f"UPDATE {table} SET name = :new WHERE {key} = :id AND name = :old", id=thing_id, old=old, new=new)
    return changed


_CREDITED = {
    "track": "SELECT id FROM tracks WHERE artist_id = :id AND credited = :old",
    "release": "SELECT release_id FROM release_details WHERE credited = :old"
    " AND release_id IN (SELECT id FROM releases WHERE artist_id = :id)",
}
_CREDIT = {
    "track": "UPDATE tracks SET credited = :new WHERE id = :id",
    "release": "UPDATE release_details SET credited = :new WHERE release_id = :id",
}
