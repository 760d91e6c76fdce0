"""An account: a person's name, role and password. Passwords are kept as argon2id hashes alone (RFC 9106)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

import argon2

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Invalid, NotFound
from mediaserver.media.tags import cleaned

# OWASP's floor for argon2id; 23 ms of CPU, where the library's default costs 187.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?")
_COLUMNS = "id, name, display_name, role, password_hash, created_at, disabled_at"
CHOSEN_NAME = "CASE WHEN lower(a.display_name) <> a.name THEN a.display_name END"
"""What the account `a` chose to be called, in SQL; NULL where that is no more than what it signs in with."""
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
LONGEST_DISPLAY_NAME = 100


class Role(StrEnum):
    """What somebody is here for; each may do all that the next may."""

    ADMIN = "admin"
    CREATOR = "creator"
    LISTENER = "listener"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    id: str
    name: str
    display_name: str
    role: str
    password_hash: str
    created_at: int
    disabled_at: int | None
    following: frozenset[str] = frozenset()  # ids of artists

    @property
    def chosen_name(self) -> str | None:
        """What it chose to be called; None where that is no more than what it signs in with, which is its own."""
        return self.display_name if self.display_name.lower() != self.name else None


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """A fact: what the account may do is other than it was."""

    account_id: str


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`: slow by design, so call it in the pool.

    Raises Invalid for a password that is too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters. Please choose another.")
    try:
        return _HASHER.hash(password)
    except UnicodeEncodeError:
        raise Invalid("The password has broken characters. Please choose another.") from None


def verify_password(password_hash: str, password: str) -> bool:
    """Tell whether `password` is the one behind the hash; as slow as hashing."""
    try:
        return _HASHER.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
        return False


def decoy_hash() -> str:
    """Return a hash that no password fits, so that an unknown name takes as long to refuse as a known one."""
    return _HASHER.hash(ids.new())


def add(tx: Tx, name: str, role: str, password_hash: str, display_name: str = "") -> Account:
    """Keep a new account. Raises Invalid for a bad name or role, Conflict for a name that is taken."""
    display_name = display_name.strip() or name.strip()
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise Invalid("A name has 1 to 32 letters a-z, digits, dots, dashes or underscores, and no mark at an end.")
    if role not in list(Role):
        raise Invalid(f'"{role}" is not a role. Choose one of: {", ".join(Role)}.')
    if find(tx, name) is not None:
        raise Conflict(f'The name "{name}" is taken. Please choose another.')
    account = Account(ids.new(), name, display_name[:LONGEST_DISPLAY_NAME], role, password_hash, clock.now(), None)
    tx.run(
        f"INSERT INTO accounts ({_COLUMNS}) VALUES"
        " (:id, :name, :display_name, :role, :password_hash, :created_at, :disabled_at)",
        id=account.id,
        name=account.name,
        display_name=account.display_name,
        role=account.role,
        password_hash=account.password_hash,
        created_at=account.created_at,
        disabled_at=account.disabled_at,
    )
    return account


def find(r: Reader, name: str) -> Account | None:
    """Return the account of that name, if there is one."""
    return r.one(Account, f"SELECT {_COLUMNS} FROM accounts WHERE name = :name", name=name.strip().lower())


def by_id(r: Reader, account_id: str) -> Account | None:
    """Return the account of that id with whom it follows, if there is one."""
    account = r.one(Account, f"SELECT {_COLUMNS} FROM accounts WHERE id = :id", id=account_id)
    return account and with_following(r, account)


def with_following(r: Reader, account: Account) -> Account:
    """Return the account together with the artists whom it follows, which rights depend on."""
    followed = r.column("SELECT artist_id FROM follows WHERE account_id = :id AND blocked_at IS NULL", id=account.id)
    return replace(account, following=frozenset(followed))


def named(r: Reader, name: str) -> Account:
    """Return the account of that name. Raises NotFound."""
    account = find(r, name)
    if account is None:
        raise NotFound(f'There is no account "{name}". `mediaserver user list` shows those that are.')
    return account


def first_admin(r: Reader) -> Account:
    """Return the administrator who has been here longest and is not disabled. Raises Invalid while there is none."""
    admin = r.one(
        Account,
        f"SELECT {_COLUMNS} FROM accounts WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id LIMIT 1",
    )
    if admin is None:
        raise Invalid("There is no administrator yet. Make one first: mediaserver user add NAME --role admin.")
    return admin


def everyone(r: Reader) -> list[Account]:
    """Return all accounts by name."""
    return r.all(Account, f"SELECT {_COLUMNS} FROM accounts ORDER BY name")


def any_exists(r: Reader) -> bool:
    """Tell whether anybody can sign in at all; before that, the set-up link is shown."""
    return r.value("SELECT 1 FROM accounts WHERE disabled_at IS NULL LIMIT 1") is not None


def set_display_name(tx: Tx, account: Account, display_name: str) -> Account:
    """Let others call the account so; an empty name takes back what was chosen. Return it as it is now."""
    chosen = cleaned.line(display_name, LONGEST_DISPLAY_NAME) or account.name
    tx.run("UPDATE accounts SET display_name = :chosen WHERE id = :id", chosen=chosen, id=account.id)
    return replace(account, display_name=chosen)


def set_password(tx: Tx, account_id: str, password_hash: str) -> None:
    """Replace the password, and sign the account out everywhere."""
    tx.run("UPDATE accounts SET password_hash = :hash WHERE id = :id", hash=password_hash, id=account_id)
    tx.run("DELETE FROM sessions WHERE account_id = :id", id=account_id)


def disable(tx: Tx, account_id: str) -> None:
    """Keep the account from signing in, and sign it out everywhere. What it made stays."""
    tx.run("UPDATE accounts SET disabled_at = :now WHERE id = :id", now=clock.now(), id=account_id)
    tx.run("DELETE FROM sessions WHERE account_id = :id", id=account_id)
    tx.announce(AccountChanged(account_id))


def enable(tx: Tx, account_id: str) -> None:
    """Let a disabled account sign in again, with the password that it had."""
    tx.run("UPDATE accounts SET disabled_at = NULL WHERE id = :id", id=account_id)
    tx.announce(AccountChanged(account_id))
