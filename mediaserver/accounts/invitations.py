"""An invitation: the link by which the first administrator comes in, once."""

from __future__ import annotations

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock, crypto
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import NotFound

_SETUP_VALID = 7 * clock.DAY
_GONE = "This link has been used or is too old. Restart the server for a new one, or ask whoever runs it."


def invite_first(tx: Tx) -> str | None:
    """Return the token of a fresh set-up link, which replaces any earlier one; None once there is an account."""
    if accounts.any_exists(tx):
        return None
    tx.run("DELETE FROM invitations")
    token = crypto.token()
    now = clock.now()
    tx.run(
        "INSERT INTO invitations (fingerprint, role, created_at, expires_at) VALUES (:f, 'admin', :now, :end)",
        f=crypto.fingerprint(token),
        now=now,
        end=now + _SETUP_VALID,
    )
    return token


def role_of(r: Reader, token: str) -> str:
    """Return the role that the link gives. Raises NotFound when it is used up, too old, or never was.

    The set-up link is for a server that nobody can sign in to: it ends with the first account, however that was made.
    """
    role: str | None = r.value(
        "SELECT role FROM invitations WHERE fingerprint = :f AND expires_at > :now",
        f=crypto.fingerprint(token),
        now=clock.now(),
    )
    if role is None or accounts.any_exists(r):
        raise NotFound(_GONE)
    return role


def accept(tx: Tx, token: str, name: str, password_hash: str) -> Account:
    """Make the account that the link is for, and use the link up. Raises NotFound, Invalid or Conflict."""
    role = role_of(tx, token)
    account = accounts.add(tx, name, role, password_hash)
    tx.run("DELETE FROM invitations WHERE fingerprint = :f", f=crypto.fingerprint(token))
    return account
