"""`mediaserver user`: accounts from the terminal, beside a running server or without one."""

from __future__ import annotations

import getpass
import sys

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.config import Config
from mediaserver.base.errors import Invalid
from mediaserver.base.terminal import say


def add(config: Config, name: str, role: str, *, from_stdin: bool) -> None:
    """Make an account; in an empty folder, the first."""
    password_hash = accounts.hash_password(_ask_password(from_stdin=from_stdin))
    account = app.carry_out(config, lambda tx: accounts.add(tx, name, role, password_hash), anew=True)
    say(f"{account.name} can sign in as {account.role}.")


def show(config: Config) -> None:
    """Print every account, by name."""
    for account in app.carry_out(config, accounts.everyone):
        say(_line(account))


def set_password(config: Config, name: str, *, from_stdin: bool) -> None:
    """Give an account a new password, which signs it out."""
    password_hash = accounts.hash_password(_ask_password(from_stdin=from_stdin))
    app.carry_out(config, lambda tx: accounts.set_password(tx, accounts.named(tx, name).id, password_hash))
    say(f"{name} has a new password and is signed out everywhere.")


def disable(config: Config, name: str) -> None:
    """Keep an account from signing in."""
    app.carry_out(config, lambda tx: accounts.disable(tx, accounts.named(tx, name).id))
    say(f"{name} cannot sign in any more.")


def enable(config: Config, name: str) -> None:
    """Let a disabled account sign in again."""
    app.carry_out(config, lambda tx: accounts.enable(tx, accounts.named(tx, name).id))
    say(f"{name} can sign in again.")


def _ask_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask for the password. Give it by --password-stdin.")
    try:
        password, again = getpass.getpass("Password: "), getpass.getpass("Once more: ")
    except EOFError:
        raise Invalid("No password was given. Please try again.") from None
    if again != password:
        raise Invalid("The two passwords differ. Please try again.")
    return password


def _line(account: Account) -> str:
    state = "disabled" if account.disabled_at else "active"
    return f"{account.name:32} {account.role:9} {state:9} since {clock.rfc3339(account.created_at)}"
