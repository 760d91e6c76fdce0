"""An arrival: a file that comes in over as many requests as it takes, and how much of it is safe by now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock, decoders, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Gone, NotFound
from mediaserver.ingest.uploads import Wishes

_COLUMNS = (
    "id, account_id, concat, length, received, metadata, filename, wishes, upload_id, state, created_at, expires_at"
)
PARTIAL = "partial"
_REMEMBERED = 30 * clock.DAY  # for which it is known that an arrival has expired, or what became of it


class State(StrEnum):
    """Where an arrival stands."""

    COMING = "coming"
    WHOLE = "whole"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Order:
    """What a sender says before the first byte: `length` in bytes where it is known, the rest as in Upload."""

    filename: str
    wishes: Wishes
    length: int | None = None
    metadata: str = ""
    concat: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file on its way; `received` bytes of `length` are on the disk."""

    id: str
    account_id: str
    concat: str | None
    length: int | None
    received: int
    metadata: str
    filename: str
    wishes: str
    upload_id: str | None
    state: str
    created_at: int
    expires_at: int

    @property
    def wished(self) -> Wishes:
        """What the sender said about it."""
        return decoders.from_json(self.wishes, Wishes)

    @property
    def percent(self) -> int:
        """How much of it is here."""
        return 100 * self.received // self.length if self.length else 0

    @property
    def is_partial(self) -> bool:
        """Whether it is but a piece of what will be joined."""
        return self.concat == PARTIAL

    @property
    def is_complete(self) -> bool:
        """Whether every byte is here."""
        return self.received == self.length

    @property
    def is_due(self) -> bool:
        """Whether an upload is to be made of it now."""
        return self.state == State.COMING and self.is_complete and not self.is_partial


def add(tx: Tx, account_id: str, order: Order, expires_at: int) -> Arrival:
    """Note what is about to come."""
    arrival_id = ids.new()
    tx.run(
        "INSERT INTO arrivals (id, account_id, concat, length, received, metadata, filename, wishes, state,"
        " created_at, expires_at) VALUES"
        " (:id, :account_id, :concat, :length, 0, :metadata, :filename, :wishes, 'coming', :now, :expires_at)",
        id=arrival_id,
        account_id=account_id,
        concat=order.concat,
        length=order.length,
        metadata=order.metadata,
        filename=order.filename,
        wishes=msgspec.json.encode(order.wishes).decode(),
        now=clock.now(),
        expires_at=expires_at,
    )
    return get(tx, arrival_id)


def note_received(tx: Tx, arrival_id: str, received: int, expires_at: int) -> None:
    """Note how many bytes are on the disk."""
    tx.run(
        "UPDATE arrivals SET received = :received, expires_at = :expires_at WHERE id = :id AND state = 'coming'",
        received=received,
        expires_at=expires_at,
        id=arrival_id,
    )


def set_length(tx: Tx, arrival_id: str, length: int) -> None:
    """Note a length that was not known at first."""
    tx.run("UPDATE arrivals SET length = :length WHERE id = :id AND length IS NULL", length=length, id=arrival_id)


def finish(tx: Tx, arrival_id: str, upload_id: str) -> None:
    """Note which upload became of an arrival."""
    tx.run(
        "UPDATE arrivals SET state = 'whole', received = length, upload_id = :upload_id WHERE id = :id",
        upload_id=upload_id,
        id=arrival_id,
    )


def expire(tx: Tx, arrival_id: str) -> bool:
    """Note that the file of an arrival whose time is over goes; tell whether it is so: more may have come just now."""
    sql = (
        "UPDATE arrivals SET state = 'expired', received = 0 WHERE id = :id AND state = 'coming' AND expires_at <= :now"
    )
    return tx.run(sql, id=arrival_id, now=clock.now()) > 0


def remove(tx: Tx, arrival_ids: list[str]) -> None:
    """Forget arrivals."""
    tx.run("DELETE FROM arrivals WHERE id IN (:ids*)", ids=arrival_ids)


def forget_old(tx: Tx) -> None:
    """Forget those that came to their end long ago."""
    tx.run(
        "DELETE FROM arrivals WHERE state IN ('whole', 'expired') AND expires_at < :then",
        then=clock.now() - _REMEMBERED,
    )


def get(r: Reader, arrival_id: str) -> Arrival:
    """Return the arrival of that id. Raises NotFound."""
    arrival = r.one(Arrival, f"SELECT {_COLUMNS} FROM arrivals WHERE id = :id", id=arrival_id)
    if arrival is None:
        raise NotFound("There is no such upload, or it was taken back.")
    return arrival


def own(r: Reader, account: Account, arrival_id: str) -> Arrival:
    """Return the account's arrival of that id. Raises NotFound, for another's as well, and Gone for an expired one."""
    arrival = get(r, arrival_id)
    if arrival.account_id != account.id:
        raise NotFound("There is no such upload, or it was taken back.")
    if arrival.state == State.EXPIRED:
        raise Gone("This upload was not finished in time, and what had come of it is gone. Please begin anew.")
    return arrival


def unfinished(r: Reader, account_id: str) -> list[Arrival]:
    """Return what an account has on its way, the newest first; pieces of what will be joined are not told."""
    return r.all(
        Arrival,
        f"SELECT {_COLUMNS} FROM arrivals WHERE account_id = :account_id AND state = 'coming' AND concat IS NULL"
        " ORDER BY id DESC",
        account_id=account_id,
    )


def complete(r: Reader) -> list[Arrival]:
    """Return those that are here to the last byte and are no uploads yet: a process ended just then."""
    return r.all(
        Arrival,
        f"SELECT {_COLUMNS} FROM arrivals WHERE state = 'coming' AND received = length AND concat IS NULL",
    )


def overdue(r: Reader) -> list[Arrival]:
    """Return those whose time is over."""
    return r.all(
        Arrival, f"SELECT {_COLUMNS} FROM arrivals WHERE state = 'coming' AND expires_at <= :now", now=clock.now()
    )


def coming(r: Reader) -> set[str]:
    """Return the ids of all that is on its way."""
    return set(r.column("SELECT id FROM arrivals WHERE state = 'coming'"))
