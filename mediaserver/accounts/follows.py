"""A follow: an account that wants to hear what an artist does next, and is shown what is for followers."""

from __future__ import annotations

from mediaserver.accounts.accounts import AccountChanged
from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx


def add(tx: Tx, account_id: str, artist_id: str) -> None:
    """Let the account follow the artist; it may do so already."""
    tx.run(
        "INSERT INTO follows (account_id, artist_id, created_at) VALUES (:account_id, :artist_id, :now)"
        " ON CONFLICT (account_id, artist_id) DO NOTHING",
        account_id=account_id,
        artist_id=artist_id,
        now=clock.now(),
    )
    tx.announce(AccountChanged(account_id))


def remove(tx: Tx, account_id: str, artist_id: str) -> None:
    """End it, and with it the rights that it gave."""
    tx.run(
        "DELETE FROM follows WHERE account_id = :account_id AND artist_id = :artist_id",
        account_id=account_id,
        artist_id=artist_id,
    )
    tx.announce(AccountChanged(account_id))


def count(r: Reader, artist_id: str) -> int:
    """Return how many follow the artist."""
    return int(r.value("SELECT count(*) FROM follows WHERE artist_id = :id", id=artist_id))
