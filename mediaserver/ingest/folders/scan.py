"""Looking through a folder: what is new there becomes drafts, what was moved or changed keeps its track.

It holds some files at a time, never all, and can be left at any moment: what is done is done, and is not done again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Database, Tx
from mediaserver.base.errors import Gone, Problem, StorageFull, Unusable
from mediaserver.base.pool import Pool, Priority
from mediaserver.catalog.originals import Originals, Received
from mediaserver.catalog.sounds import presence
from mediaserver.ingest import uploads
from mediaserver.ingest.analyse import Analyst, Reading
from mediaserver.ingest.folders import changes, files, places
from mediaserver.ingest.folders.changes import Terms
from mediaserver.ingest.folders.files import File, News
from mediaserver.ingest.folders.runs import Run
from mediaserver.ingest.folders.walk import Found, Walk, look_at
from mediaserver.ingest.uploads import Wishes

T = TypeVar("T")

BATCH = 64
"""Files that are looked at together: their lookups are one question, and what becomes of them one transaction."""
AT_ONCE = 2
"""Batches under way together: one is read while the other is copied and written down."""
_SOON = 60 * 10**9  # nanoseconds: a file from further in the future has a wrong clock
_PIECE = 8  # files that a thread reads in one go
WRITING = "It is still being written. It is taken in when it is looked for again."


@dataclass(frozen=True, slots=True)
class Look:
    """A file that was read: its hash, and what it says of itself, or why it cannot be taken."""

    found: Found
    original: str | None
    reading: Reading | Problem


@dataclass(frozen=True, slots=True)
class Desk:
    """What a scan works with."""

    db: Database
    pool: Pool
    originals: Originals
    analyst: Analyst
    data: Path


@dataclass(slots=True)
class Scan:
    """One look through a folder, or through files that were named one by one.

    Files that were changed less than `quiet` seconds ago may still be written to: they are put into `later`.
    """

    desk: Desk
    account: Account
    wishes: Wishes
    in_place: bool
    run: Run
    tell: Callable[[], None]
    is_first: bool = False
    quiet: int = 0
    later: list[Path] = field(default_factory=list)

    async def go(self, walk: Walk) -> None:
        """Take in what the walk finds. Raises StorageFull or Unusable, which would only come again at every file."""
        slots = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                while batch := await asyncio.to_thread(walk.some, BATCH):
                    await slots.acquire()
                    task = group.create_task(self._settle(batch))
                    task.add_done_callback(lambda _: slots.release())
        except* (Problem, OSError) as failures:
            raise _told(failures.exceptions[0]) from None
        finally:
            await asyncio.to_thread(self.desk.originals.sync)

    async def _settle(self, batch: list[Found]) -> None:
        known = await self.desk.db.read(files.at, batch)
        unchanged: list[tuple[Found, File | None]] = []
        others: list[tuple[Found, File | None]] = []
        for found in self._settled(batch):
            file = known.get(places.to_text(found.path))
            same = file is not None and file.is_as(found)
            (unchanged if same else others).append((found, file))
        await self._see([file for _, file in unchanged if file is not None])
        others = await self._follow_moved(others) if not self.is_first else others
        looks = await self._look([found for found, _ in others])
        await self._decide([(look, file) for look, (_, file) in zip(looks, others, strict=True)])
        self.tell()

    def _settled(self, batch: list[Found]) -> list[Found]:
        """Leave out files that may still be written to."""
        before = time.time_ns() - self.quiet * 10**9
        young = [found.path for found in batch if self.quiet and before < found.modified < before + _SOON]
        self.later += young
        return [found for found in batch if found.path not in young] if young else batch

    async def _see(self, known: list[File]) -> None:
        """Note files that are as they were; those that were missing are back."""
        if known:
            self.run.returned += await self.desk.db.write(changes.see, self.desk.originals, known)
            self.run.known += len(known) - sum(file.missing_since is not None for file in known)

    async def _follow_moved(self, fresh: list[tuple[Found, File | None]]) -> list[tuple[Found, File | None]]:
        """Follow files that only lie elsewhere, by their numbers on the disk, unread; return the rest."""
        inodes = [found.inode for found, file in fresh if file is None]
        candidates = await self.desk.db.read(files.of_inodes, inodes) if inodes else []
        rest = []
        for found, file in fresh:
            moved = None
            if file is None and found.problem is None:
                moved = await self._first_gone([each for each in candidates if each.is_as(found)])
            if moved is None:
                rest.append((found, file))
            else:
                await self._move(moved, found)
        return rest

    async def _move(self, file: File, found: Found) -> None:
        if await self.desk.db.write(changes.move, self._terms(), file, found):
            self.run.moved += 1
        else:
            self.run.known += 1

    async def _look(self, found: list[Found]) -> list[Look]:
        pieces = [found[start : start + _PIECE] for start in range(0, len(found), _PIECE)]
        looked = await asyncio.gather(
            *(self.desk.pool.run(Priority.READING, self._look_all, piece) for piece in pieces)
        )
        return [look for piece in looked for look in piece]

    def _look_all(self, found: list[Found]) -> list[Look]:
        return [self._look_at(each) for each in found]

    def _look_at(self, found: Found) -> Look:
        if found.problem is not None:
            return Look(found, None, Problem(found.problem))
        try:
            original = self.desk.originals.hash(found.path)
        except OSError as error:
            return Look(found, None, Problem(f"It cannot be read: {error.strerror}."))
        return Look(found, original, self.desk.analyst.look(found.path))

    async def _decide(self, looked: list[tuple[Look, File | None]]) -> None:
        """Find out what each file is, of those that are not as they were, and do with it what is to be done."""
        originals = [look.original for look, _ in looked if look.original]
        twins = await self.desk.db.read(files.of_originals, originals) if originals else []
        standing = await self.desk.db.read(presence.standing_on, originals) if originals else {}
        new = []
        for look, file in looked:
            same = [twin for twin in twins if twin.original == look.original]
            if file is None and await self._is_known(look, same, standing):
                continue
            if file is not None and file.track_id and look.original is None:
                self.run.known += 1  # it cannot be read just now, which says nothing of what it holds
            elif file is not None and (file.original == look.original or file.track_id):
                await self._change(look, file)
            elif isinstance(look.reading, Problem):
                await self._refuse(look, look.reading)
            else:
                new.append(look)
        await self._take(new)

    async def _is_known(self, look: Look, twins: list[File], standing: dict[str, str]) -> bool:
        """Settle a file at a new place whose bytes or whose sound is known; tell if it is one."""
        if look.original is None:
            return False
        if (moved := await self._first_gone(twins)) is not None:
            await self._move(moved, look.found)
            return True
        track_id = standing.get(look.original)
        if track_id is not None:
            await self.desk.db.write(changes.join, self._terms(), look.found, look.original, track_id)
            self.run.known += 1
            return True
        if self.is_first or isinstance(look.reading, Problem):
            return False
        moved = await self._first_gone(await self._kin(look))
        if moved is not None:
            await self._change(look, moved)
        return moved is not None

    async def _kin(self, look: Look) -> list[File]:
        """Return known files that this may be with other tags: those with its sound.

        Its number on the disk says nothing here: that of a removed file is given to the next new one.
        """
        digest = await self._payload(look.found.path)
        return await self.desk.db.read(files.of_payload, digest) if digest else []

    async def _payload(self, path: Path) -> str | None:
        try:
            return await self.desk.analyst.payload(path)
        except Problem:
            return None

    async def _first_gone(self, candidates: list[File]) -> File | None:
        """Return the first of those files whose own place is empty."""
        for file in candidates:
            if await asyncio.to_thread(places.is_gone, places.to_path(file.path)):
                return file
        return None

    async def _change(self, look: Look, file: File) -> None:
        """Settle a known file whose bytes, or only whose times, are others now."""
        if file.original == look.original:
            await self.desk.db.write(changes.move, self._terms(), file, look.found)
            self.run.known += 1
        elif isinstance(look.reading, Problem):
            await self.desk.db.write(changes.damage, self._terms(), file, look.found, str(look.reading))
            self.run.refused += 1
        else:
            await self._replace(look, file, look.reading)

    async def _replace(self, look: Look, file: File, reading: Reading) -> None:
        assert look.original is not None
        before = await self.desk.db.read(files.payload, file.original) if file.original else None
        same = before is not None and before == await self._payload(look.found.path)
        received = await self._receive(look, sync=True)  # what the file held before may go at once
        if isinstance(received, Problem):
            return
        unit: Callable[..., str | None] = changes.retag if same else changes.replace
        told = self._terms(), file, look.found, look.original
        try:
            left = await self._write(look, reading, lambda tx, reading: unit(tx, *told, reading, received))
        finally:
            _drop(received)
        if left is not None:
            await self.desk.db.write(uploads.drop_unused, self.desk.originals, left)
        self.run.changed += 1

    async def _write(self, look: Look, reading: Reading, unit: Callable[[Tx, Reading], T]) -> T:
        """Do a unit with what a file says, and with what it says again where its picture was removed in between."""
        try:
            return await self.desk.db.write(unit, reading)
        except Gone:
            again = await self.desk.pool.run(Priority.READING, self.desk.analyst.look, look.found.path)
            if isinstance(again, Problem):
                raise again from None
            return await self.desk.db.write(unit, again)

    async def _take(self, looks: list[Look]) -> None:
        """Make drafts of files that nothing is known of: in one transaction, once all of their copies are safe."""
        taken: list[tuple[Look, Received | None]] = []
        try:
            for look in looks:
                received = await self._receive(look)
                if not isinstance(received, Problem):
                    taken.append((look, received))
            if taken and not self.in_place:
                await asyncio.to_thread(self.desk.originals.sync)
            await asyncio.gather(*(self._draft(*each) for each in taken))
        finally:
            for _, received in taken:
                _drop(received)

    async def _draft(self, look: Look, received: Received | None) -> None:
        assert look.original is not None
        assert isinstance(look.reading, Reading)
        terms, found, original = self._terms(), look.found, look.original
        try:
            is_new = await self._write(
                look, look.reading, lambda tx, reading: changes.take(tx, terms, found, original, reading, received)
            )
        except StorageFull:
            raise
        except Problem as problem:
            await self._refuse(look, problem)
            return
        if is_new:
            self.run.added += 1
        else:
            self.run.known += 1

    async def _receive(self, look: Look, *, sync: bool = False) -> Received | Problem | None:
        """Copy a file aside, where copies are kept; or say why that failed, which is written down already."""
        if self.in_place:
            received, problem = None, None
        else:
            received, problem = await self._copy(look.found, sync=sync)
        try:
            now = await asyncio.to_thread(look_at, look.found.path)
        except asyncio.CancelledError:
            _drop(received)
            raise
        changed = problem is None and (now != look.found or (received is not None and received.hash != look.original))
        if changed:
            _drop(received)
            self.later.append(look.found.path)
            return Problem(WRITING)
        if problem is not None:
            await self._refuse(look, problem)
            return problem
        return received

    async def _copy(self, found: Found, *, sync: bool) -> tuple[Received | None, Problem | None]:
        """Copy a file in a thread, which goes on where this is cancelled: then nothing of it stays."""
        copying = asyncio.ensure_future(asyncio.to_thread(self._copy_aside, found, sync=sync))
        try:
            return await asyncio.shield(copying)
        except asyncio.CancelledError:
            received, _ = await copying
            _drop(received)
            raise

    def _copy_aside(self, found: Found, *, sync: bool) -> tuple[Received | None, Problem | None]:
        try:
            return self.desk.originals.copy(found.path, sync=sync), None
        except StorageFull:
            raise
        except Problem as problem:
            return None, problem
        except OSError as error:
            return None, Problem(f"It cannot be read: {error.strerror}.")

    async def _refuse(self, look: Look, problem: Problem) -> None:
        news = News(original=look.original, problem=str(problem))
        await self.desk.db.write(files.add, self.run.folder_id, look.found, news)
        self.run.refused += 1

    def _terms(self) -> Terms:
        return Terms(
            self.desk.originals, self.desk.analyst, self.account, self.wishes, self.in_place, self.run.folder_id
        )


def _told(failure: BaseException) -> BaseException:
    """Return a failure as a problem, where it is the server's own disk's: that of a file is one already."""
    return Unusable(f"The server's own disk fails: {failure.strerror}.") if isinstance(failure, OSError) else failure


def _drop(received: Received | None) -> None:
    """Remove a copy that was not given its name."""
    if received is not None:
        received.part.unlink(missing_ok=True)
