"""A follow: an account that wants to hear what an artist does next, and is shown what is for followers.

The artist's side can end it for good: whoever is blocked follows no more, and cannot begin again.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.accounts.accounts import CHOSEN_NAME, AccountChanged
from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Forbidden

_LAST = "~"  # sorts after every id


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who follows an artist, or is blocked since `blocked_at`.

    `display_name` is what they chose to be called, if they did: what they sign in with is not the artist's to know.
    """

    account_id: str
    display_name: str | None
    created_at: int
    blocked_at: int | None


def add(tx: Tx, account_id: str, artist_id: str) -> None:
    """Let the account follow the artist; it may do so already. Raises Forbidden for one that is blocked."""
    tx.run(
        "INSERT INTO follows (account_id, artist_id, created_at) VALUES (:account_id, :artist_id, :now)"
        " ON CONFLICT (account_id, artist_id) DO NOTHING",
        account_id=account_id,
        artist_id=artist_id,
        now=clock.now(),
    )
    if tx.value(_BLOCKED, account_id=account_id, artist_id=artist_id) is not None:
        raise Forbidden("You cannot follow this artist.")
    tx.announce(AccountChanged(account_id))


def remove(tx: Tx, account_id: str, artist_id: str) -> None:
    """End it, and with it the rights that it gave."""
    _drop(tx, account_id, artist_id, blocked=False)


def block(tx: Tx, account_id: str, artist_id: str) -> None:
    """End it for good, or keep it from ever beginning."""
    tx.run(
        "INSERT INTO follows (account_id, artist_id, created_at, blocked_at) VALUES (:account_id, :artist_id, :now,"
        " :now) ON CONFLICT (account_id, artist_id) DO UPDATE SET blocked_at = :now",
        account_id=account_id,
        artist_id=artist_id,
        now=clock.now(),
    )
    tx.announce(AccountChanged(account_id))


def unblock(tx: Tx, account_id: str, artist_id: str) -> None:
    """Let the account follow again, if it wants to."""
    _drop(tx, account_id, artist_id, blocked=True)


def _drop(tx: Tx, account_id: str, artist_id: str, *, blocked: bool) -> None:
    tx.run(
        "DELETE FROM follows WHERE account_id = :account_id AND artist_id = :artist_id"
        " AND (blocked_at IS NOT NULL) = :blocked",
        account_id=account_id,
        artist_id=artist_id,
        blocked=blocked,
    )
    tx.announce(AccountChanged(account_id))


def join(tx: Tx, artist_id: str, into_id: str) -> None:
    """Let who follows an artist follow another as well, and who is blocked by either be blocked by the other."""
    tx.run(
        "INSERT INTO follows (account_id, artist_id, created_at, blocked_at, came_from)"
        " SELECT account_id, :into, created_at, blocked_at, :id FROM follows WHERE artist_id = :id"
        " ON CONFLICT (account_id, artist_id) DO UPDATE SET blocked_at = COALESCE(blocked_at, excluded.blocked_at)",
        id=artist_id,
        into=into_id,
    )
    _announce(tx, artist_id)


def part(tx: Tx, artist_id: str, from_id: str) -> None:
    """Undo `join`: who came along follows the first alone, and who left meanwhile neither.

    Who is blocked by the other stays so, by both.
    """
    _announce(tx, artist_id)
    tx.run(
        "DELETE FROM follows WHERE artist_id = :id AND account_id NOT IN"
        " (SELECT account_id FROM follows WHERE artist_id = :other)",
        id=artist_id,
        other=from_id,
    )
    tx.run(
        "UPDATE follows SET blocked_at = (SELECT o.blocked_at FROM follows o WHERE o.account_id = follows.account_id"
        " AND o.artist_id = :other) WHERE artist_id = :id",
        id=artist_id,
        other=from_id,
    )
    tx.run(
        "DELETE FROM follows WHERE artist_id = :other AND came_from = :id AND blocked_at IS NULL",
        id=artist_id,
        other=from_id,
    )


def _announce(tx: Tx, artist_id: str) -> None:
    for account_id in tx.column("SELECT account_id FROM follows WHERE artist_id = :id", id=artist_id):
        tx.announce(AccountChanged(account_id))


def count(r: Reader, artist_id: str) -> int:
    """Return how many follow the artist."""
    return int(r.value("SELECT count(*) FROM follows WHERE artist_id = :id AND blocked_at IS NULL", id=artist_id))


def of_artist(r: Reader, artist_id: str, limit: int, before: str | None = None) -> list[Follower]:
    """Return who follows an artist or is blocked, the newest accounts first; `before` is the last id of a page."""
    return r.all(
        Follower,
        f"SELECT f.account_id, {CHOSEN_NAME} AS display_name, f.created_at, f.blocked_at FROM follows f"
        " JOIN accounts a ON a.id = f.account_id WHERE f.artist_id = :id AND f.account_id < :before"
        " ORDER BY f.account_id DESC LIMIT :limit",
        id=artist_id,
        before=before or _LAST,
        limit=limit,
    )


_BLOCKED = "SELECT 1 FROM follows WHERE account_id = :account_id AND artist_id = :artist_id AND blocked_at IS NOT NULL"
