"""Watching: what changes in a folder is taken in by itself, once nobody writes to it any more.

Where the disk tells nothing (over a network), the folder is looked through every so often. One process watches at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from watchfiles import Change, awatch

from mediaserver.base.db import Database, Reader
from mediaserver.base.errors import Problem
from mediaserver.base.paths import Lock
from mediaserver.ingest.folders import folders
from mediaserver.ingest.folders.folders import Folder
from mediaserver.ingest.folders.library import Library
from mediaserver.ingest.folders.runs import State

_log = logging.getLogger(__name__)
QUIET = 2
"""Seconds for which a file must be left alone to count as whole."""
_TICK = 500  # milliseconds between looks whether something has come to rest
_LOOK = 1.0  # seconds between looks for folders that are watched from now on, or no more
_AWAY = 30.0  # seconds between looks for a disk that is away, or does not tell of changes though it should
_ALL = 3600.0  # seconds after which a whole folder is looked through again: a disk may forget to tell
_MOST = 5000  # places to look at; where there are more, the whole folder is looked through


class Watcher:
    """Runs from `start` to `stop`. While another process holds the lock it waits for its turn."""

    def __init__(self, db: Database, library: Library, lock: Lock) -> None:
        self._db = db
        self._library = library
        self._lock = lock
        self._watching: dict[Folder, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._task = asyncio.create_task(self._work(), name="watcher")

    async def stop(self) -> None:
        """End, and let another process take over."""
        tasks = [task for task in (self._task, *self._watching.values(), *self._ending) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lock.release()

    async def _work(self) -> None:
        while not self._lock.acquire():  # noqa: ASYNC110 - the lock is another process's: no event tells of it
            await asyncio.sleep(_LOOK)
        while True:
            try:
                self._follow(await self._db.read(_watched))
            except Problem as problem:
                _log.warning("cannot look for folders to watch: %s", problem)
            await asyncio.sleep(_LOOK)

    def _follow(self, wanted: list[Folder]) -> None:
        """Watch the folders that are wanted, as they are wanted, and no others."""
        for folder in self._watching.keys() - set(wanted):
            task = self._watching.pop(folder)
            self._ending.add(task)  # it may be in the middle of a look, which it writes down the end of
            task.add_done_callback(self._ending.discard)
            task.cancel()
        for folder in wanted:
            if folder not in self._watching or self._watching[folder].done():
                self._watching[folder] = asyncio.create_task(self._watch(folder), name="watch")

    async def _watch(self, folder: Folder) -> None:
        while True:
            try:
                if folder.poll is not None:
                    await self._poll(folder, folder.poll)
                elif await asyncio.to_thread(folder.place.is_dir):
                    await self._listen(folder)
                else:
                    await self._library.look_through(folder)  # the page tells then that it cannot be reached
                    await asyncio.sleep(_AWAY)
            except (Problem, OSError, RuntimeError) as error:
                _log.warning("cannot watch %s: %s", folder.shown, error)
                await asyncio.sleep(_AWAY)

    async def _poll(self, folder: Folder, seconds: int) -> None:
        later: list[Path] = []
        await self._library.look_through(folder, quiet=QUIET, later=later)
        await asyncio.sleep(min(seconds, QUIET + 1) if later else seconds)

    async def _listen(self, folder: Folder) -> None:
        """Take in what the disk tells of, until the whole folder should be looked through again.

        It is looked through once the disk has begun to tell, so that nothing comes between.
        """
        end = time.monotonic() + _ALL
        heard, run = _Heard(), None
        async for told in _told(folder.place):
            heard.note(Path(path) for _, path in told)
            if run is None:
                later: list[Path] = []
                run = await self._library.look_through(folder, quiet=QUIET, later=later)
                heard.note(later)
            elif ready := heard.at_rest():
                heard.note(await self._library.look_at(folder, ready, QUIET))
            is_there = await asyncio.to_thread(folder.place.exists)
            if run.state != State.DONE:  # a full disk, or somebody stopped it: at once it would only come to the same
                await asyncio.sleep(_AWAY)
                return
            if time.monotonic() > end or len(heard) > _MOST or not is_there:
                return


def _told(place: Path) -> AsyncIterator[set[tuple[Change, str]]]:
    """What the disk tells of, twice a second at least, if only that there is nothing."""
    return awatch(
        place,
        watch_filter=None,
        step=100,
        rust_timeout=_TICK,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )


class _Heard:
    """Places of which something was heard, and when that was last."""

    def __init__(self) -> None:
        self._last: dict[Path, float] = {}

    def __len__(self) -> int:
        return len(self._last)

    def note(self, places: Iterable[Path]) -> None:
        """Remember that something happens at those places just now."""
        self._last |= dict.fromkeys(places, time.monotonic())

    def at_rest(self) -> list[Path]:
        """Return, and forget, the places at which nothing happens any more."""
        before = time.monotonic() - QUIET
        ready = [place for place, last in self._last.items() if last < before]
        for place in ready:
            del self._last[place]
        return ready


def _watched(r: Reader) -> list[Folder]:
    return [folder for folder in folders.everyone(r) if folder.watched]
