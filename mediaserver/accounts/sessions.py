"""A session: one browser in which somebody is signed in. The database keeps only the token's fingerprint."""

from __future__ import annotations

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock, crypto
from mediaserver.base.db import Reader, Tx

_TOUCH = clock.HOUR  # how often "last seen" is written down, so that reading a page writes nothing


def start(tx: Tx, account_id: str, user_agent: str, days: int) -> str:
    """Sign an account in; return the token for its cookie, which is never seen again."""
    token = crypto.token()
    now = clock.now()
    tx.run("DELETE FROM sessions WHERE expires_at < :now", now=now)
    tx.run(
        "INSERT INTO sessions (fingerprint, account_id, user_agent, created_at, seen_at, expires_at)"
        " VALUES (:fingerprint, :account_id, :user_agent, :now, :now, :expires_at)",
        fingerprint=crypto.fingerprint(token),
        account_id=account_id,
        user_agent=user_agent.encode(errors="replace").decode()[:200],  # a header may hold what is no UTF-8
        now=now,
        expires_at=now + days * clock.DAY,
    )
    return token


def who(r: Reader, token: str) -> Account | None:
    """Return who is signed in by `token`; None when nobody is, the time is over, or the account is disabled."""
    account = r.one(
        Account,
        "SELECT a.id, a.name, a.display_name, a.role, a.password_hash, a.created_at, a.disabled_at"
        " FROM sessions s JOIN accounts a ON a.id = s.account_id"
        " WHERE s.fingerprint = :fingerprint AND s.expires_at > :now AND a.disabled_at IS NULL",
        fingerprint=crypto.fingerprint(token),
        now=clock.now(),
    )
    return account and accounts.with_following(r, account)


def is_due(r: Reader, token: str) -> bool:
    """Tell whether it is time to `touch` the session."""
    seen = r.value("SELECT seen_at FROM sessions WHERE fingerprint = :f", f=crypto.fingerprint(token))
    return seen is not None and seen < clock.now() - _TOUCH


def touch(tx: Tx, token: str, days: int) -> None:
    """Note that somebody was here, and let the session run on from now; one that is over stays over."""
    now = clock.now()
    tx.run(
        "UPDATE sessions SET seen_at = :now, expires_at = :expires_at"
        " WHERE fingerprint = :fingerprint AND expires_at > :now",
        now=now,
        expires_at=now + days * clock.DAY,
        fingerprint=crypto.fingerprint(token),
    )


def end(tx: Tx, token: str) -> None:
    """Sign out."""
    tx.run("DELETE FROM sessions WHERE fingerprint = :fingerprint", fingerprint=crypto.fingerprint(token))
