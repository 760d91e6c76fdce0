"""A folder that music is taken from, on this machine or on a disk that it reaches, and how its recordings come in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from mediaserver.base import clock, decoders, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid, NotFound
from mediaserver.ingest.folders import places
from mediaserver.ingest.uploads import Wishes

_COLUMNS = "id, path, owner_id, wishes, in_place, watched, poll, created_at"
SHORTEST_POLL, LONGEST_POLL = 5, 7 * 86_400
"""Seconds; more often would keep a network disk busy for nothing."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it is remembered. `poll` is in seconds; None where the disk itself tells of changes."""

    id: str
    path: str
    owner_id: str
    wishes: str
    in_place: int
    watched: int
    poll: int | None
    created_at: int

    @property
    def place(self) -> Path:
        """Where it is."""
        return places.to_path(self.path)

    @property
    def shown(self) -> str:
        """Where it is, for people."""
        return places.shown(self.place)

    @property
    def wished(self) -> Wishes:
        """Who its recordings are by, and for whom."""
        return decoders.from_json(self.wishes, Wishes)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the recordings of a folder are to come in. Without `watched` what is set already stays so."""

    in_place: bool = False
    watched: bool = False
    poll: int | None = None


def remember(tx: Tx, place: Path, owner_id: str, wishes: Wishes, manner: Manner) -> Folder:
    """Keep a folder, or what is new about one that is known. Raises Invalid."""
    _check_poll(manner.poll)
    folder = tx.one(
        Folder,
        "INSERT INTO folders (id, path, owner_id, wishes, in_place, watched, poll, created_at)"
        " VALUES (:id, :path, :owner_id, :wishes, :in_place, :watched, :poll, :now)"
        " ON CONFLICT (path) DO UPDATE SET owner_id = excluded.owner_id, wishes = excluded.wishes,"
        " in_place = excluded.in_place, watched = MAX(watched, excluded.watched),"
        f" poll = COALESCE(excluded.poll, poll) RETURNING {_COLUMNS}",
        id=ids.new(),
        path=places.to_text(place),
        owner_id=owner_id,
        wishes=msgspec.json.encode(wishes).decode(),
        in_place=int(manner.in_place),
        watched=int(manner.watched),
        poll=manner.poll,
        now=clock.now(),
    )
    assert folder is not None
    return folder


def _check_poll(poll: int | None) -> None:
    if poll is not None and not SHORTEST_POLL <= poll <= LONGEST_POLL:
        raise Invalid(
            f"Between two looks through a folder lie {SHORTEST_POLL} to {LONGEST_POLL:,} seconds."
            " Please choose a time in between."
        )


def get(r: Reader, folder_id: str) -> Folder:
    """Return the folder of that id. Raises NotFound."""
    folder = r.one(Folder, f"SELECT {_COLUMNS} FROM folders WHERE id = :id", id=folder_id)
    if folder is None:
        raise NotFound("There is no such folder.")
    return folder


def everyone(r: Reader) -> list[Folder]:
    """Return all folders that are remembered, the oldest first."""
    return r.all(Folder, f"SELECT {_COLUMNS} FROM folders ORDER BY id")


def set_watched(tx: Tx, folder_id: str, *, watched: bool, poll: int | None) -> None:
    """Let the server look after a folder by itself, or no more. Raises Invalid."""
    _check_poll(poll)
    tx.run(
        "UPDATE folders SET watched = :watched, poll = :poll WHERE id = :id",
        watched=int(watched),
        poll=poll,
        id=folder_id,
    )


def forget(tx: Tx, folder_id: str) -> None:
    """Take in nothing more from a folder. Tracks that came from it stay as they are."""
    tx.run("DELETE FROM folders WHERE id = :id", id=folder_id)
