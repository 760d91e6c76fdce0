"""The command line: each command a few lines over `app`. One sentence on standard error when something fails."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import uvloop

from mediaserver import __version__, app, cli_blocklist, cli_import
from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account, Role
from mediaserver.base import clock, config, log
from mediaserver.base.config import Config, Loaded
from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid, Problem
from mediaserver.cli_import import Wanted
from mediaserver.ingest.folders.folders import Manner
from mediaserver.ingest.uploads import Wishes

T = TypeVar("T")
_HIDDEN = "(hidden)"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code: 0 done, 1 failed with a sentence (2, for usage, comes from argparse)."""
    parsed = _parser().parse_args(arguments)
    try:
        loaded = config.load({name: getattr(parsed, name, None) for name in config.SETTINGS}, file=parsed.config)
        log.setup(loaded.config.log_level)
        return int(parsed.command(parsed, loaded) or 0)
    except Problem as problem:
        print(f"mediaserver: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("mediaserver: stopped.", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who was reading has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mediaserver", description="A self-hostable audio server.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    serve = _command(commands, "serve", _serve, "run the server")
    serve.add_argument("--demo", action="store_true", help="fill an empty server with a small album of its own")
    _add_user_commands(commands)
    importing = _command(commands, "import", _import, "take in recordings from files and folders")
    importing.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    importing.add_argument("--artist", help="put everything under this artist (else: as the tags say)")
    importing.add_argument("--owner", help="the account that the recordings belong to (else: the first administrator)")
    importing.add_argument("--visibility", default="public", help="public, unlisted, followers or private")
    importing.add_argument("--in-place", action="store_true", help="leave the files where they are, keep no copies")
    importing.add_argument(
        "--no-wait", action="store_true", help="end when the tags are read; a server hears the sound"
    )
    importing.add_argument(
        "--watch", action="store_true", help="go on with what changes there; a server does so as well"
    )
    importing.add_argument("--poll", type=int, metavar="SECONDS", help="watch a disk that does not tell of changes so")
    importing.add_argument("--gone", action="store_true", help="believe that all files that are not found are gone")
    _add_blocklist_commands(commands)
    _command(commands, "config", _show_config, "show every setting, its value, and where that came from")
    _command(commands, "version", lambda parsed, loaded: print(__version__), "print the version")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Callable[[argparse.Namespace, Loaded], int | None],
    help: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help, description=help.capitalize() + ".")
    parser.set_defaults(command=command)
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    for setting in config.SETTINGS.values():
        parser.add_argument(setting.flag, dest=setting.name, metavar="VALUE", help=setting.help.replace("%", "%%"))
    return parser


def _add_user_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    users = commands.add_parser("user", help="manage accounts").add_subparsers(metavar="COMMAND", required=True)
    add = _command(users, "add", _add_user, "make an account")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=list(Role))
    _command(users, "list", _list_users, "list the accounts")
    password = _command(users, "password", _set_password, "give an account a new password, and sign it out")
    password.add_argument("name")
    for parser in (add, password):
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    disable = _command(users, "disable", _disable_user, "keep an account from signing in")
    disable.add_argument("name")


def _add_blocklist_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    named = commands.add_parser("blocklist", help="refuse sounds that were taken down")
    lists = named.add_subparsers(metavar="COMMAND", required=True)
    _command(lists, "list", lambda p, loaded: cli_blocklist.show(loaded.config), "list what is refused")
    add = _command(
        lists, "add", lambda p, loaded: cli_blocklist.add(loaded.config, p.track, p.reason), "refuse a track's sound"
    )
    add.add_argument("track", metavar="TRACK_ID")
    add.add_argument("--reason", default="", help="told to who sends the sound again")
    remove = _command(
        lists, "remove", lambda p, loaded: cli_blocklist.remove(loaded.config, p.entry), "let a sound come in again"
    )
    remove.add_argument("entry", metavar="ENTRY_ID")
    export = _command(
        lists, "export", lambda p, loaded: cli_blocklist.export(loaded.config, p.file), "write the list into a file"
    )
    importing = _command(
        lists, "import", lambda p, loaded: cli_blocklist.take_in(loaded.config, p.file), "add what such a file lists"
    )
    for parser in (export, importing):
        parser.add_argument("file", type=Path, metavar="FILE")


def _serve(parsed: argparse.Namespace, loaded: Loaded) -> None:
    uvloop.run(app.until_stopped(app.serve(loaded.config, demo=parsed.demo)))


def _import(parsed: argparse.Namespace, loaded: Loaded) -> int:
    wanted = Wanted(
        parsed.paths,
        Wishes(visibility=parsed.visibility, artist=parsed.artist, by_tags=True),
        parsed.owner,
        Manner(parsed.in_place, watched=parsed.watch or parsed.poll is not None, poll=parsed.poll),
        believe=parsed.gone,
        wait=not parsed.no_wait,
    )
    code = uvloop.run(app.until_stopped(cli_import.run(loaded.config, wanted)))
    if code is None and wanted.manner.watched:
        return 0
    if code is None:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
    return 1 if code is None else code


def _add_user(parsed: argparse.Namespace, loaded: Loaded) -> None:
    password_hash = accounts.hash_password(_ask_password(from_stdin=parsed.password_stdin))
    account = _write(loaded.config, lambda tx: accounts.add(tx, parsed.name, parsed.role, password_hash))
    print(f"{account.name} can sign in as {account.role}.")


def _set_password(parsed: argparse.Namespace, loaded: Loaded) -> None:
    password_hash = accounts.hash_password(_ask_password(from_stdin=parsed.password_stdin))
    _write(loaded.config, lambda tx: accounts.set_password(tx, accounts.named(tx, parsed.name).id, password_hash))
    print(f"{parsed.name} has a new password and is signed out everywhere.")


def _disable_user(parsed: argparse.Namespace, loaded: Loaded) -> None:
    _write(loaded.config, lambda tx: accounts.disable(tx, accounts.named(tx, parsed.name).id))
    print(f"{parsed.name} cannot sign in any more.")


def _list_users(parsed: argparse.Namespace, loaded: Loaded) -> None:
    for account in _write(loaded.config, accounts.everyone):
        print(_line(account))


def _show_config(parsed: argparse.Namespace, loaded: Loaded) -> None:
    for setting in config.SETTINGS.values():
        value = getattr(loaded.config, setting.name)
        shown = _HIDDEN if setting.secret and value else _write_value(value)
        print(f"{setting.name} = {shown}    ({loaded.sources[setting.name]}; {setting.help})")


def _write_value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _write(settings: Config, unit: Callable[[Tx], T]) -> T:
    async def run() -> T:
        async with app.open_instance(settings) as instance:
            return await instance.services.db.write(unit)

    return asyncio.run(run())


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
