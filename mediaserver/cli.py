"""The command line: each command a few lines over `app`. One sentence on standard error when something fails."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import uvloop

from mediaserver import __version__, app, cli_blocklist, cli_import, cli_users
from mediaserver.accounts.accounts import Role
from mediaserver.base import config, log
from mediaserver.base.config import Config, Loaded, Setting
from mediaserver.base.errors import Problem
from mediaserver.base.terminal import say
from mediaserver.cli_import import Wanted
from mediaserver.ingest.folders.folders import Manner
from mediaserver.ingest.uploads import Wishes

Command = Callable[[argparse.Namespace], int | None]
Commands = argparse._SubParsersAction
_SHOWN = ("data", "log_level")  # settings in the help of every command; `serve` shows all
_IMPORTING = (
    "beside a running server or without one. A folder is remembered: what came from it is not taken twice, and what is"
    " moved or retagged there keeps its track. An import that was stopped goes on when it is run again."
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code: 0 done, 1 failed with a sentence (2, for usage, comes from argparse)."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.command(parsed) or 0)
    except Problem as problem:
        print(f"mediaserver: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who was reading has seen enough
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mediaserver", description="A self-hostable audio server.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_serve(commands)
    _add_user_commands(_group(commands, "user", "manage accounts"))
    _add_import(commands)
    _add_blocklist_commands(_group(commands, "blocklist", "refuse sounds that were taken down"))
    _command(commands, "config", _show_config, "show every setting as TOML, with where its value came from")
    version = commands.add_parser("version", help="print the version", description="Print the version.")
    version.set_defaults(command=lambda p: say(__version__))
    return parser


def _add_serve(commands: Commands[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", _serve, "run the server", config.SETTINGS)
    serve.usage = "%(prog)s [--data FOLDER] [--host HOST] [--port PORT] [--demo] [--config FILE] [--SETTING VALUE ...]"
    serve.add_argument("--demo", action="store_true", help="fill an empty server with a small album of its own")


def _add_user_commands(users: Commands[argparse.ArgumentParser]) -> None:
    add = _command(
        users,
        "add",
        lambda p: cli_users.add(_settings(p), p.name, p.role, from_stdin=p.password_stdin),
        "make an account",
    )
    add.add_argument("--role", required=True, choices=list(Role), help="creators may upload, listeners may not")
    _command(users, "list", lambda p: cli_users.show(_settings(p)), "list the accounts")
    password = _command(
        users,
        "password",
        lambda p: cli_users.set_password(_settings(p), p.name, from_stdin=p.password_stdin),
        "give an account a new password, and sign it out",
    )
    disable = _command(
        users, "disable", lambda p: cli_users.disable(_settings(p), p.name), "keep an account from signing in"
    )
    enable = _command(
        users, "enable", lambda p: cli_users.enable(_settings(p), p.name), "let a disabled account sign in again"
    )
    for parser in (add, password, disable, enable):
        parser.add_argument("name", metavar="NAME", help="the name to sign in with")
    for parser in (add, password):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input, not the terminal"
        )


def _add_import(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "import", _import, "take in recordings from files and folders")
    parser.description = f"Take in recordings from files and folders, {_IMPORTING}"
    parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a recording, or a folder of them")
    parser.add_argument("--artist", help="put everything under this artist (else: as the tags say)")
    parser.add_argument("--owner", help="the account that the recordings belong to (else: the first administrator)")
    parser.add_argument("--visibility", default="public", help="public (the default), unlisted, followers or private")
    parser.add_argument("--in-place", action="store_true", help="leave the files where they are, keep no copies")
    parser.add_argument("--no-wait", action="store_true", help="end when the tags are read; a server hears the sound")
    parser.add_argument(
        "--watch", action="store_true", help="go on with what changes in the folders; a running server does so as well"
    )
    parser.add_argument(
        "--poll", type=int, metavar="SECONDS", help="watch by looking so often, on a disk that does not tell of changes"
    )
    parser.add_argument("--gone", action="store_true", help="believe that all files that are not found are gone")


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("an empty PATH names nothing")
    return Path(text)


def _add_blocklist_commands(lists: Commands[argparse.ArgumentParser]) -> None:
    _command(lists, "list", lambda p: cli_blocklist.show(_settings(p)), "list what is refused")
    add = _command(
        lists,
        "add",
        lambda p: cli_blocklist.add(_settings(p), p.track, p.reason, take_down=p.take_down),
        "refuse a track's sound",
    )
    add.add_argument("track", metavar="TRACK_ID", help="the track's id, as `/api/v1/tracks` tells it")
    add.add_argument("--reason", default="", help="told to who sends the sound again")
    add.add_argument(
        "--take-down",
        action="store_true",
        help="delete what is here with that sound, in the name of the first administrator; it can be brought back",
    )
    remove = _command(
        lists, "remove", lambda p: cli_blocklist.remove(_settings(p), p.entry), "let a sound come in again"
    )
    remove.add_argument("entry", metavar="ENTRY_ID", help="what `mediaserver blocklist list` shows first in its line")
    export = _command(
        lists, "export", lambda p: cli_blocklist.export(_settings(p), p.file), "write the list into a file"
    )
    export.add_argument("file", type=_path, metavar="FILE", help='where to; "-" is standard output')
    taking = _command(
        lists, "import", lambda p: cli_blocklist.take_in(_settings(p), p.file), "add what such a file lists"
    )
    taking.add_argument("file", type=_path, metavar="FILE", help="one that was exported, here or elsewhere")


def _group(commands: Commands[argparse.ArgumentParser], name: str, help: str) -> Commands[argparse.ArgumentParser]:
    parser = commands.add_parser(name, help=help, description=help.capitalize() + ".")
    return parser.add_subparsers(metavar="COMMAND", required=True)


def _command(
    commands: Commands[argparse.ArgumentParser],
    name: str,
    command: Command,
    help: str,
    shown: Collection[str] = _SHOWN,
) -> argparse.ArgumentParser:
    """Add a command that takes every setting, and shows some of them in its help."""
    parser = commands.add_parser(name, help=help, description=help.capitalize() + ".", allow_abbrev=False)
    parser.set_defaults(command=command)
    group = parser.add_argument_group("settings")
    group.add_argument("--config", type=_path, metavar="FILE", help="TOML file with settings")
    for setting in config.SETTINGS.values():
        hint = _hint(setting) if setting.name in shown else argparse.SUPPRESS
        group.add_argument(setting.flag, dest=setting.name, metavar=setting.kind.word, help=hint)
    if shown is _SHOWN:
        parser.epilog = "All other settings are taken as well: `mediaserver serve --help`."
    return parser


def _hint(setting: Setting) -> str:
    default = setting.kind.write(setting.default).strip('"[]')
    return (setting.help + f" (default: {default})" * bool(default)).replace("%", "%%")


def _load(parsed: argparse.Namespace) -> Loaded:
    loaded = config.load({name: getattr(parsed, name) for name in config.SETTINGS}, file=parsed.config)
    log.setup(loaded.config.log_level)
    return loaded


def _settings(parsed: argparse.Namespace) -> Config:
    return _load(parsed).config


def _serve(parsed: argparse.Namespace) -> None:
    uvloop.run(app.until_stopped(app.serve(_settings(parsed), demo=parsed.demo)))


def _import(parsed: argparse.Namespace) -> int:
    wanted = Wanted(
        parsed.paths,
        Wishes(visibility=parsed.visibility, artist=parsed.artist, by_tags=True),
        parsed.owner,
        Manner(parsed.in_place, watched=parsed.watch or parsed.poll is not None, poll=parsed.poll),
        believe=parsed.gone,
        wait=not parsed.no_wait,
    )
    code = uvloop.run(app.until_stopped(cli_import.run(_settings(parsed), wanted)))
    if code is None and wanted.manner.watched:
        return 0
    if code is None:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
    return 1 if code is None else code


def _show_config(parsed: argparse.Namespace) -> None:
    loaded = _load(parsed)
    for name, setting in config.SETTINGS.items():
        say(f"# {setting.help} [{loaded.sources[name]}]\n{name} = {setting.kind.write(getattr(loaded.config, name))}")
