"""Signing in: a name and a password against an account, throttled for each account and each address."""

from __future__ import annotations

import math
from functools import cache

from mediaserver.accounts import accounts, sessions
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock, ids
from mediaserver.base.db import Database, Reader, Tx
from mediaserver.base.errors import NotSignedIn, Throttled, TooBusy
from mediaserver.base.pool import Pool, Priority

_WINDOW = 15 * clock.MINUTE
_PER_ACCOUNT = 10
_PER_ADDRESS = 30
_WRONG = "The name or the password is not right. Please try again."


async def sign_in(db: Database, pool: Pool, name: str, password: str, address: str, user_agent: str, days: int) -> str:
    """Return a session's token for the right name and password.

    Raises NotSignedIn for wrong ones, Throttled after too many of them, and TooBusy, which counts as no attempt. An
    unknown name is answered no sooner and no otherwise than a wrong password.
    """
    account, attempt = await db.write(_admit, name, address)
    try:
        password_hash = account.password_hash if account else await pool.run(Priority.LISTENER, _decoy)
        right = await pool.run(Priority.LISTENER, accounts.verify_password, password_hash, password)
    except TooBusy:  # nothing was tried
        await db.write(_take_back, attempt)
        raise
    if account is None or not right or account.disabled_at is not None:
        raise NotSignedIn(_WRONG)
    return await db.write(_enter, attempt, account, user_agent, days)


@cache
def _decoy() -> str:
    return accounts.decoy_hash()


def _admit(tx: Tx, name: str, address: str) -> tuple[Account | None, list[str]]:
    """Return the account and the noted attempt, which counts as failed until `_enter` takes it back.

    Noted beforehand, because of a hundred guesses at once each would otherwise find that none has failed yet.
    """
    _throttle(tx, name, address)
    return accounts.find(tx, name), _note_attempt(tx, name, address)


def _enter(tx: Tx, attempt: list[str], account: Account, user_agent: str, days: int) -> str:
    """Open a session, unless the account was disabled or has another password since this one was looked at."""
    now = accounts.find(tx, account.name)
    if now is None or now.disabled_at is not None or now.password_hash != account.password_hash:
        raise NotSignedIn(_WRONG)
    _take_back(tx, attempt)
    return sessions.start(tx, account.id, user_agent, days)


def _take_back(tx: Tx, attempt: list[str]) -> None:
    tx.run("DELETE FROM failed_sign_ins WHERE id IN (:attempt*)", attempt=attempt)


def _throttle(r: Reader, name: str, address: str) -> None:
    for subject, limit in _subjects(name, address):
        oldest = r.value(
            "SELECT happened_at FROM failed_sign_ins WHERE subject = :subject AND happened_at > :since"
            " ORDER BY happened_at DESC LIMIT 1 OFFSET :limit",
            subject=subject,
            since=clock.now() - _WINDOW,
            limit=limit - 1,
        )
        if oldest is not None:
            wait = max(1, math.ceil((oldest + _WINDOW - clock.now()) / clock.SECOND))
            raise Throttled(f"Too many wrong attempts. Please wait {math.ceil(wait / 60)} minutes.", wait)


def _note_attempt(tx: Tx, name: str, address: str) -> list[str]:
    now = clock.now()
    tx.run("DELETE FROM failed_sign_ins WHERE happened_at < :old", old=now - _WINDOW)
    attempt = []
    for subject, _ in _subjects(name, address):
        attempt.append(ids.new())
        tx.run(
            "INSERT INTO failed_sign_ins (id, subject, happened_at) VALUES (:id, :subject, :now)",
            id=attempt[-1],
            subject=subject,
            now=now,
        )
    return attempt


def _subjects(name: str, address: str) -> tuple[tuple[str, int], ...]:
    return (f"account {name.strip().lower()[:64]}", _PER_ACCOUNT), (f"address {address}", _PER_ADDRESS)
