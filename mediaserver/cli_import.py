"""`mediaserver import`: takes recordings in beside a running server, or alone, and shows how far it has come."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.app import Instance
from mediaserver.base.config import Config
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid, Unusable
from mediaserver.base.paths import Lock, require
from mediaserver.base.terminal import say
from mediaserver.ingest import uploads
from mediaserver.ingest.folders import files, places, walk
from mediaserver.ingest.folders.folders import Manner
from mediaserver.ingest.folders.runs import Run, State
from mediaserver.ingest.uploads import Wishes

_WIDTH = 30
_LOOK = 0.05  # seconds
_REWRITE, _REPEAT = 0.2, 10.0  # seconds between signs on a terminal, and in a log
_SOME = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be imported, and how. Without `wait` hearing is left to a server, or to the next import."""

    paths: list[Path]
    wishes: Wishes
    owner: str | None = None
    manner: Manner = Manner()
    believe: bool = False
    wait: bool = True


class _Line:
    """What is shown while it goes on: a line that is written over on a terminal, one now and then in a log."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = time.monotonic() - (_REWRITE if self._live else 0)

    def show(self, text: str) -> None:
        """Show how far it has come, unless that was told just now."""
        now = time.monotonic()
        if now - self._last < (_REWRITE if self._live else _REPEAT):
            return
        self._last = now
        print(f"\r{text}\x1b[K" if self._live else text, end="" if self._live else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line that was written over."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


async def run(config: Config, wanted: Wanted) -> int:
    """Import what is wanted; return 0 when everything became a track, 1 when something was refused.

    Where the folders are to be watched, it returns only when it is stopped.
    """
    require(config.data)
    async with AsyncExitStack() as stack:
        instance = await stack.enter_async_context(app.open_instance(config))
        await _wait_for(Lock(instance.services.folder.import_lock, shared=True), stack)
        line = _Line()
        stack.callback(line.end)
        done = await _look(instance, wanted, line)
        if wanted.wait:
            await stack.enter_async_context(app.working(instance))
            await _hear(instance, line)
        line.end()
        refused = await _summarise(instance, done)
        if wanted.manner.watched:
            say("Watching for changes. Ctrl-C ends it.")
            await stack.enter_async_context(app.watching_folders(instance))
            await asyncio.Event().wait()
    return 1 if refused else 0


async def _wait_for(lock: Lock, stack: AsyncExitStack) -> None:
    while not lock.acquire():  # noqa: ASYNC110 - a server that is just starting sweeps, for a moment
        await asyncio.sleep(_LOOK)
    stack.callback(lock.release)


async def _look(instance: Instance, wanted: Wanted, line: _Line) -> list[Run]:
    """Take in what head and tags tell of everything that is wanted. Raises Unusable for what cannot be read."""
    db, library = instance.services.db, instance.services.library
    account = await db.read(_owner, wanted.owner)
    await db.read(uploads.check, account, wanted.wishes)
    paths = [_whole(path) for path in wanted.paths]
    _check(paths, instance.services.folder.root, wanted.manner)
    show = lambda run: line.show(_draw(run))  # noqa: E731
    done = []
    for path in filter(Path.is_dir, paths):
        folder = await library.remember(path, account, wanted.wishes, wanted.manner)
        done.append(await library.look_through(folder, show, believe=wanted.believe))
        if done[-1].state == State.FAILED:
            raise Unusable(done[-1].problem or f"{folder.shown} could not be looked through.")
    if single := [path for path in paths if not path.is_dir()]:
        done.append(await library.take_in(single, account, wanted.wishes, show, in_place=wanted.manner.in_place))
    return done


def _whole(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def _check(named: list[Path], data: Path, manner: Manner) -> None:
    """Raise Unusable for what cannot be read, Invalid for what is the server's own or cannot be watched."""
    walk.check(named)
    for path in named:
        if path.resolve().is_relative_to(data.resolve()):
            raise Invalid(f"{places.shown(path)} is part of the server's own data. Please name what is elsewhere.")
        if manner.watched and data.resolve().is_relative_to(path.resolve()):
            raise Invalid(f"{places.shown(path)} holds the server's own data, which changes all the time.")
    if manner.watched and not any(map(Path.is_dir, named)):
        raise Invalid("Only a folder can be watched. Please name one, or leave out --watch and --poll.")


async def _hear(instance: Instance, line: _Line) -> None:
    """Wait until all that came from folders is heard, by this process or by a server that runs beside it."""
    began, total = time.monotonic(), 0
    while left := await instance.services.db.read(uploads.count_unheard):
        total = max(total, left)
        rate = (total - left) / (time.monotonic() - began)
        line.show(f"Hearing {_bar(total - left, total)} {left:,} left{_pace(rate, left / rate if rate else None)}")
        await asyncio.sleep(_REWRITE)


def _owner(r: Reader, name: str | None) -> Account:
    return accounts.first_admin(r) if name is None else accounts.named(r, name)


def _draw(run: Run) -> str:
    if run.total is None:
        return f"Reading {run.done:,} files{_pace(run.rate, None)}"
    return f"Reading {_bar(run.done, run.total)} {run.done:,} of {run.total:,}{_pace(run.rate, run.seconds_left)}"


def _bar(done: int, total: int) -> str:
    filled = min(_WIDTH, _WIDTH * done // max(1, total))
    return "█" * filled + "·" * (_WIDTH - filled)


def _pace(rate: float, left: float | None) -> str:
    said = f", {rate:,.0f} a second" if rate >= 1 else ""
    if left is None:
        return said
    return f"{said}, {left / 60:.0f} min left" if left > 90 else f"{said}, {left:.0f} s left"


async def _summarise(instance: Instance, done: list[Run]) -> int:
    """Say what became of everything; return how many files were refused."""
    refused = 0
    if done:
        refused = await _tell_refused(instance, done[0].id)
    for run in done:
        if run.problem:
            print(run.problem, file=sys.stderr)
    added = sum(run.added + run.changed + run.refused for run in done) - refused
    counts = {name: sum(getattr(run, name) for run in done) for name in ("moved", "missing", "returned")}
    more = "".join(f", {count} {name}" for name, count in counts.items() if count)
    waiting = await instance.services.db.read(uploads.count_unheard)
    say(f"{added} imported, {sum(run.known for run in done)} there already, {refused} refused{more}.")
    if waiting:
        say(f"Still to be heard: {waiting:,}. A server that is running goes on with that, or else the next one.")
    return refused


async def _tell_refused(instance: Instance, since: str) -> int:
    """Print each file that was refused since a run began, with the reason; return how many."""
    count, before = 0, None
    while some := await instance.services.db.read(files.refused, _SOME, before, since):
        before = some[-1].id
        count += len(some)
        for file in some:
            print(f"{places.shown(places.to_path(file.path))}: {file.problem}", file=sys.stderr)
    return count
