"""The library: looks through its folders, one run each at a time, and sees what is missing from them.

A folder that cannot be reached, or has lost most of what was in it, is taken for a disk that is away: nothing in it is
marked as missing then, until somebody says that it is so.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Invalid, Problem, TooBusy
from mediaserver.ingest import uploads
from mediaserver.ingest.folders import changes, files, folders, places, runs, walk
from mediaserver.ingest.folders.folders import Folder, Manner
from mediaserver.ingest.folders.runs import Run, State
from mediaserver.ingest.folders.scan import Desk, Scan
from mediaserver.ingest.folders.walk import Walk
from mediaserver.ingest.uploads import Wishes

_TELL = 0.5  # seconds between signs of life of a run
_SOME = 500
FEW = 50
"""Files of which all but some may go at once without a doubt."""
LEFT = 0.5
"""The share of a larger folder's files that must be there for those that are not to be missing."""
Teller = Callable[[Run], None]


def _nobody(run: Run) -> None:
    """Is told, and says nothing."""


class Library:
    """The folders of one instance. In a server it also runs looks that nobody waits for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks: dict[str, asyncio.Task[Run]] = {}
        self._beginning = asyncio.Lock()

    async def look_through(
        self,
        folder: Folder,
        tell: Teller = _nobody,
        *,
        believe: bool = False,
        quiet: int = 0,
        later: list[Path] | None = None,
    ) -> Run:
        """Look through a whole folder and return the run; what failed for a reason is told in its `problem`.

        With `believe`, files that are not found are missing however many they are. Files that were changed less than
        `quiet` seconds ago are left, and put into `later`. Raises Invalid where the folder's owner is no more.
        """
        run, account = await self._begin(folder)
        return await self._go(run, account, folder, tell, believe, quiet, later)

    async def _begin(self, folder: Folder) -> tuple[Run, Account]:
        account = await self._desk.db.read(_owner, folder)
        return await self._desk.db.write(runs.begin, folder.id), account

    async def _go(
        self,
        run: Run,
        account: Account,
        folder: Folder,
        tell: Teller,
        believe: bool,
        quiet: int = 0,
        later: list[Path] | None = None,
    ) -> Run:
        async with self._running(run, folder.place, tell):
            walk.check([folder.place])
            scan = await self._scan(run, account, folder.wished, bool(folder.in_place), tell, quiet)
            walking = Walk([folder.place], besides=self._desk.data)
            await scan.go(walking)
            await self._miss_unseen(scan, folder, walking, believe=believe)
            run.problem = run.problem or _told_of(scan, walking)
            if later is not None:
                later += scan.later
        return run

    async def take_in(
        self, paths: list[Path], account: Account, wishes: Wishes, tell: Teller = _nobody, *, in_place: bool = False
    ) -> Run:
        """Take in files that were named one by one. Raises StorageFull or Unusable."""
        run = runs.new(None)
        run.total = len(paths)
        scan = await self._scan(run, account, wishes, in_place, tell)
        await scan.go(Walk(paths))
        run.problem = _told_of(scan, None)
        run.state, run.ended_at = State.DONE, clock.now()
        return run

    async def look_at(self, folder: Folder, paths: list[Path], quiet: int) -> list[Path]:
        """Look at some places in a folder of which something was heard; return files that are still being written."""
        account = await self._desk.db.read(_owner, folder)
        run = runs.new(folder.id)
        scan = await self._scan(run, account, folder.wished, bool(folder.in_place), _nobody, quiet)
        there = await asyncio.to_thread(lambda: [path for path in paths if _may_be_taken(path)])
        await scan.go(Walk(there, besides=self._desk.data))
        if await asyncio.to_thread(_is_there, folder.place):
            for path in paths:
                await self._miss_below(folder, path)
        return scan.later

    async def add(self, place: Path, account: Account, wishes: Wishes, manner: Manner) -> Folder:
        """Remember a folder, and begin to look through it where nobody watches it. Raises Invalid."""
        folder = await self.remember(place, account, wishes, manner)
        if not folder.watched:
            await self.start(folder)
        return folder

    async def remember(self, place: Path, account: Account, wishes: Wishes, manner: Manner) -> Folder:
        """Keep a folder, or what is new about one that is known. Raises Invalid, and what `uploads.check` does."""
        await self._desk.db.read(uploads.check, account, wishes)
        await self._keep_off_data(place, watched=manner.watched)
        return await self._desk.db.write(folders.remember, place, account.id, wishes, manner)

    async def set_watched(self, folder: Folder, *, watched: bool, poll: int | None) -> None:
        """Let the server look after a folder by itself, or no more. Raises Invalid."""
        if watched:
            await self._keep_off_data(folder.place, watched=True)
        await self._desk.db.write(folders.set_watched, folder.id, watched=watched, poll=poll)

    async def _keep_off_data(self, place: Path, *, watched: bool) -> None:
        """Raise Invalid for a folder of the server's own data, and for a watched one that holds it."""
        here, data = await asyncio.to_thread(lambda: (places.real(place), places.real(self._desk.data)))
        if here.is_relative_to(data):
            raise Invalid(f"{places.shown(place)} is the server's own data. Please name a folder that is not.")
        if watched and data.is_relative_to(here):
            raise Invalid(
                f"{places.shown(place)} holds the server's own data, which changes all the time. Please name another."
            )

    async def forget(self, folder: Folder) -> None:
        """Take in nothing more from a folder. Tracks that came from it stay as they are."""
        await self._desk.db.write(runs.ask_to_stop, folder.id)
        if (task := self._tasks.get(folder.id)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._desk.db.write(folders.forget, folder.id)

    async def start(self, folder: Folder, *, believe: bool = False) -> None:
        """Begin a look that nobody waits for. Raises Conflict while one is under way, and as `look_through` does."""
        async with self._beginning:
            await self._start(folder, believe)

    async def _start(self, folder: Folder, believe: bool) -> None:
        ours, last = self._tasks.get(folder.id), await self._desk.db.read(runs.latest, folder.id)
        if last is not None and (last.is_running or (ours is not None and last.state == State.RUNNING)):
            raise Conflict("This folder is being looked through just now. Please wait until that has ended.")
        if ours is not None:  # its end is written down, and whoever read that may ask at once
            await asyncio.wait([ours])
        run, account = await self._begin(folder)
        task = asyncio.create_task(self._go(run, account, folder, _nobody, believe), name="folder")
        self._tasks[folder.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(folder.id, None))
        task.add_done_callback(_note)

    async def stop(self) -> None:
        """End all looks; they go on where they were when somebody begins them again."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _scan(
        self, run: Run, account: Account, wishes: Wishes, in_place: bool, tell: Teller, quiet: int = 0
    ) -> Scan:
        await self._desk.db.read(uploads.check, account, wishes)
        is_first = not await self._desk.db.read(files.any_known)
        return Scan(self._desk, account, wishes, in_place, run, lambda: tell(run), is_first, quiet)

    @asynccontextmanager
    async def _running(self, run: Run, place: Path, tell: Teller) -> AsyncIterator[None]:
        """Keep a run's figures up to date for everybody, and end it when somebody asks for that."""
        work = asyncio.current_task()
        assert work is not None
        asked = asyncio.Event()
        helpers = [
            asyncio.create_task(self._count(run, place)),
            asyncio.create_task(self._give_signs(run, work, asked, tell)),
        ]
        try:
            yield
            run.state = State.DONE
        except Problem as problem:
            run.state, run.problem = State.FAILED, str(problem)
        except asyncio.CancelledError:
            run.state = State.STOPPED
            if not asked.is_set():
                raise
            work.uncancel()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            if run.state == State.RUNNING:
                run.state = State.FAILED
            run.told_at = run.ended_at = clock.now()
            await self._desk.db.write(_end, run)

    async def _count(self, run: Run, place: Path) -> None:
        run.total = await asyncio.to_thread(walk.count, place, self._desk.data)

    async def _give_signs(self, run: Run, work: asyncio.Task[object], asked: asyncio.Event, tell: Teller) -> None:
        while True:
            await asyncio.sleep(_TELL)
            run.told_at = clock.now()
            tell(run)
            with suppress(TooBusy):  # the next sign may be written down
                if await self._desk.db.write(runs.tell, run):
                    asked.set()
                    work.cancel()
                    return

    async def _miss_unseen(self, scan: Scan, folder: Folder, walking: Walk, *, believe: bool) -> None:
        """Mark as missing what was there before and is not now, unless the whole disk seems to be away."""
        run = scan.run
        gone = await self._desk.db.read(files.unseen, folder.id, run.began_at)
        left = await self._desk.db.read(files.count, folder.id) - gone
        if gone and not believe and (not left or (gone + left > FEW and left < LEFT * (gone + left))):
            run.problem = (
                f"Of {gone + left} files that were here, {left} are left: this looks like a disk that is not there. "
                "Nothing was marked as missing. If they are gone for good, say so."
            )
            return
        after = ""
        while some := await self._desk.db.read(files.some_unseen, folder.id, run.began_at, after, _SOME):
            after = some[-1].id
            await self._miss(run, [file for file in some if not _is_below(file, walking.skipped)])

    async def _miss_below(self, folder: Folder, path: Path) -> None:
        """Mark as missing the files at and below a place that is no more."""
        if await asyncio.to_thread(places.is_gone, path):
            known = await self._desk.db.read(files.below, folder.id, places.to_text(path), FEW)
            if (
                len(known) < FEW
            ):  # a whole tree is left to the next look through the folder, which asks whether it can be
                await self._miss(runs.new(folder.id), known)

    async def _miss(self, run: Run, known: list[files.File]) -> None:
        gone = await asyncio.to_thread(lambda: [file for file in known if places.is_gone(places.to_path(file.path))])
        if gone:
            await self._desk.db.write(_miss_all, self._desk, gone)
            run.missing += len(gone)


def _miss_all(tx: Tx, desk: Desk, gone: list[files.File]) -> None:
    for file in gone:
        changes.miss(tx, desk.originals, file)


def _end(tx: Tx, run: Run) -> None:
    runs.tell(tx, run)
    if run.folder_id is not None:
        runs.forget_old(tx, run.folder_id)


def _owner(r: Reader, folder: Folder) -> Account:
    account = accounts.by_id(r, folder.owner_id)
    if account is None or account.disabled_at is not None:
        raise Invalid(f"The account that {folder.shown} belongs to is not there any more. Import it for another.")
    return account


def _told_of(scan: Scan, walking: Walk | None) -> str | None:
    """Return what a person should know of a look that went well: what could not be looked at."""
    if walking is not None and walking.skipped:
        count, first = len(walking.skipped), places.shown(walking.skipped[0])
        return f"{count} folders in it cannot be read, such as {first}." if count > 1 else f"{first} cannot be read."
    if scan.later:
        count = len(scan.later)
        return f"Still being written, and taken in at the next look: {count} {'files' if count > 1 else 'file'}."
    return None


def _is_below(file: files.File, skipped: list[Path]) -> bool:
    path = places.to_path(file.path)
    return any(path.is_relative_to(folder) for folder in skipped)


def _may_be_taken(path: Path) -> bool:
    """Tell whether there is something at that path to look at."""
    is_folder = os.path.isdir(path)  # noqa: PTH112 - Path's raises where a folder above may not be entered
    return is_folder or (walk.is_recordings_name(path.name) and not places.is_gone(path))


def _is_there(place: Path) -> bool:
    """Tell whether a folder is there and holds anything; an empty one may be where a disk was."""
    try:
        walk.check([place])
        return any(place.iterdir())
    except (Problem, OSError):
        return False


def _note(task: asyncio.Task[Run]) -> None:
    """Read a failure, so that it is not reported as forgotten: the run has it."""
    if not task.cancelled():
        task.exception()
