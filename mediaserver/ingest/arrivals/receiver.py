"""Takes in what comes over several requests: each adds to the end of a file, and the last byte makes an upload of it.

One request at a time has an arrival. A newer one takes it over, for the older is most likely a line that is dead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Database, Reader, Tx
from mediaserver.base.errors import Conflict, Forbidden, Invalid, Problem, TooLarge
from mediaserver.catalog.originals import Received, too_large
from mediaserver.ingest.arrivals import arrivals, intake
from mediaserver.ingest.arrivals.arrivals import Arrival, Order
from mediaserver.ingest.arrivals.intake import BLOCK, Hash, Hashed, Intake
from mediaserver.ingest.arrivals.quotas import Here
from mediaserver.ingest.uploads import Uploads, bounded

T = TypeVar("T")

_SILENCE = 60.0  # seconds without a byte, after which a line is held to be dead
_STEP = 16 * 2**20  # bytes that are brought to the disk, and noted, at a time: as many a killed process may lose
_MORE = "More came than was announced, or than there is room for."
_EMPTY = "The file is empty: there is nothing to receive. Please choose another."
_GONE = "What had come of this file is not there any more. Please send it again."
_EVERY = 3600.0  # seconds between two looks for what has expired
_log = logging.getLogger(__name__)


class Mismatch(Problem):
    """What came is not what the sender took the checksum of."""

    code = "checksum-mismatch"
    title = "Damaged on the way"


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a request's bytes must come to."""

    hash: Hash
    digest: bytes


@dataclass(slots=True)
class _Holder:
    """The request that has an arrival, until a newer one asks for it."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    patience: asyncio.Timeout | None = None
    is_over: bool = False

    @asynccontextmanager
    async def patient(self) -> AsyncIterator[None]:
        """Allow what is waited for in the block a minute. Raises TimeoutError, at once when this request is over."""
        if self.is_over:
            raise TimeoutError
        try:
            async with asyncio.timeout(_SILENCE) as self.patience:
                yield
        finally:
            self.patience = None

    def dismiss(self) -> None:
        """Have the request end now."""
        self.is_over = True
        if self.patience is not None and not self.patience.expired():
            self.patience.reschedule(asyncio.get_running_loop().time())

    def go_on(self) -> None:
        """Allow a minute from now."""
        if self.patience is not None and not self.is_over:
            self.patience.reschedule(asyncio.get_running_loop().time() + _SILENCE)


class Receiver:
    """The arrivals that are under way in this process, and the folder of their files."""

    def __init__(self, db: Database, uploads: Uploads, folder: Path, limit: int, days: int) -> None:
        """Keep files in `folder`, none larger than `limit` bytes, and unfinished ones for `days` after their last byte.

        The folder is on one file system with the originals.
        """
        self._db = db
        self._uploads = uploads
        self._folder = folder
        self._limit = limit
        self._lasting = days * clock.DAY
        self._hashes: dict[str, Hashed] = {}
        self._holders: dict[str, _Holder] = {}

    async def create(self, account: Account, order: Order) -> Arrival:
        """Note what is about to come. Raises what `Uploads.receive` raises before the first byte, and Invalid."""
        if order.length == 0:
            raise Invalid(_EMPTY)
        if order.length is not None and order.length > self._limit:
            raise TooLarge(too_large(self._limit))
        await self._uploads.expect(account, order.wishes, order.length or 0)
        return await self._db.write(self._add, account, order, self._uploads.streams.here(account.id))

    def _add(self, tx: Tx, account: Account, order: Order, here: Here) -> Arrival:
        """Note it if there still is room: others may have been begun at the same time."""
        self._uploads.quota.check(tx, account, order.length or 0, here)
        return arrivals.add(tx, account.id, order, self._end())

    async def append(
        self,
        account: Account,
        arrival_id: str,
        offset: int,
        chunks: AsyncIterator[bytes],
        announced: int | None = None,
        checksum: Checksum | None = None,
    ) -> Arrival:
        """Add bytes at `offset`, where the arrival must stand; `announced` is how many, where the sender said so.

        With the last byte it becomes an upload. A line that is lost costs nothing that came over it, except where
        there is a checksum, which half of the bytes cannot fit. Raises Conflict for another offset, TooLarge, Mismatch,
        StorageFull, Invalid for a line that has fallen silent, and what `Uploads.receive` raises.
        """
        await self._db.read(arrivals.own, account, arrival_id)  # nobody else ends what is under way
        with self._uploads.streams.one_more(account):
            async with self._alone(arrival_id) as holder:
                arrival = await self._db.read(arrivals.own, account, arrival_id)
                _refuse_wrong_place(arrival, offset, announced)
                if not arrival.is_complete:
                    await self._take_in(account, arrival, chunks, checksum, holder)
                return await self._settle(account, arrival_id)

    async def look(self, account: Account, arrival_id: str) -> Arrival:
        """Return an arrival as it stands once nobody adds to it: whoever still does is a line that is dead."""
        await self._db.read(arrivals.own, account, arrival_id)
        async with self._alone(arrival_id):
            return await self._settle(account, arrival_id)

    async def set_length(self, account: Account, arrival_id: str, length: int) -> None:
        """Note a length that was not known at first. Raises Invalid, TooLarge, and Conflict for one known already."""
        here = self._uploads.streams.here(account.id)
        await self._db.write(self._set_length, account, arrival_id, length, here)

    def _set_length(self, tx: Tx, account: Account, arrival_id: str, length: int, here: Here) -> None:
        arrival = arrivals.own(tx, account, arrival_id)
        if length == 0:
            raise Invalid(_EMPTY)
        if arrival.length not in (None, length) or length < arrival.received:
            raise Conflict("This upload has another length already, or more bytes of it are here.")
        if length > self._limit:
            raise TooLarge(too_large(self._limit))
        left = self._uploads.quota.left(tx, account, here)
        known = max(arrival.received, here.get(arrival_id, 0))
        if left is not None and arrival.length is None and length - known > left:
            raise TooLarge("Your account has no room for so large a file. Delete something to make room.")
        arrivals.set_length(tx, arrival_id, length)

    async def join(self, account: Account, order: Order, part_ids: list[str]) -> Arrival:
        """Make one upload of several complete arrivals, in that order; they are used up.

        Raises Forbidden for what is no piece, Conflict for one that is not complete, TooLarge, StorageFull, NotFound.
        """
        name = f"{part_ids[0]}-joined"
        async with self._alone(name):
            parts = await self._db.read(_pieces, account, part_ids)
            if sum(part.received for part in parts) > self._limit:
                raise TooLarge(too_large(self._limit))
            await self._uploads.expect(account, order.wishes, 0)
            paths = [self._path(part.id) for part in parts]
            try:
                received = await _through(asyncio.to_thread(intake.join, paths, self._path(name)))
                arrival = await _through(self._admit_joined(account, order, received, part_ids))
            except FileNotFoundError:
                await self._db.read(_pieces, account, part_ids)  # somebody took a piece back, or joined it, meanwhile
                raise Conflict(_GONE) from None
            finally:
                await _through(self._forget(name))
        for part in parts:
            await self._forget(part.id)
        return arrival

    async def _admit_joined(self, account: Account, order: Order, received: Received, part_ids: list[str]) -> Arrival:
        done: list[Arrival] = []

        def then(tx: Tx, upload_id: str) -> None:
            _pieces(tx, account, part_ids)  # somebody may have joined them meanwhile, in another order
            arrival = arrivals.add(tx, account.id, order, self._end())
            arrivals.set_length(tx, arrival.id, received.bytes)
            arrivals.finish(tx, arrival.id, upload_id)
            arrivals.remove(tx, part_ids)
            self._uploads.quota.check_again(tx, account)
            done.append(arrivals.get(tx, arrival.id))

        await self._uploads.admit(account.id, received, order.filename, order.wishes, then)
        return done[-1]

    async def remove(self, account: Account, arrival_id: str) -> None:
        """Take back what is on its way. What became an upload stays one. Raises NotFound."""
        await self._db.read(arrivals.own, account, arrival_id)
        async with self._alone(arrival_id):
            arrival = await self._db.read(arrivals.own, account, arrival_id)
            await self._db.write(arrivals.remove, [arrival.id])
            await self._forget(arrival.id)

    @asynccontextmanager
    async def tending(self) -> AsyncIterator[None]:
        """Finish what a killed process left complete, and let go what has expired, for as long as the block lasts."""
        task = asyncio.create_task(self._tend(), name="arrivals")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def sweep(self) -> None:
        """Let go what has expired, and files of which nothing is known."""
        for arrival in await self._db.read(arrivals.overdue):
            await self._let_go(arrival.id, self._expire)
        await self._db.write(arrivals.forget_old)
        names = await asyncio.to_thread(self._names)
        for name in names - await self._db.read(arrivals.coming):
            await self._let_go(name, self._forget)

    async def _let_go(self, name: str, how: Callable[[str], Awaitable[None]]) -> None:
        """Let an arrival or a stray file go, unless a request has it; one that comes meanwhile waits."""
        if name not in self._holders:
            async with self._alone(name):
                await how(name)

    async def _expire(self, arrival_id: str) -> None:
        if await self._db.write(arrivals.expire, arrival_id):
            await self._forget(arrival_id)

    async def _tend(self) -> None:
        while True:
            try:
                for arrival in await self._db.read(arrivals.complete):
                    with suppress(Problem):  # such as a full disk: the next look, or its sender's, finds it again
                        await self._make_sure(arrival.id)
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may go well
                _log.warning("unfinished uploads were not tended", exc_info=error)
            await asyncio.sleep(_EVERY)

    async def _take_in(
        self,
        account: Account,
        arrival: Arrival,
        chunks: AsyncIterator[bytes],
        checksum: Checksum | None,
        holder: _Holder,
    ) -> None:
        hashed = self._hashes.get(arrival.id, Hashed())
        check = checksum.hash if checksum else None
        try:
            file = await _opened(asyncio.to_thread(Intake, self._path(arrival.id), arrival.received, hashed, check))
        except FileNotFoundError:  # taken away by whoever looks after the disk
            await self._db.write(arrivals.note_received, arrival.id, 0, self._end())
            raise Conflict(_GONE) from None
        keep = checksum is None
        try:
            with _listening(holder):
                await self._write(arrival.id, file, self._within(account, arrival, _blocks(chunks, holder)), note=keep)
            if checksum is not None and checksum.hash.digest() != checksum.digest:
                raise Mismatch("The bytes that arrived do not fit their checksum. Please send them again.")
            keep = True
        finally:
            try:
                await _through(self._note(arrival.id, file, keep=keep))
            finally:  # else what is counted would be for ever, once the arrival is taken back
                self._uploads.streams.forget(account.id, arrival.id)

    async def _within(self, account: Account, arrival: Arrival, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass on what there is room for: a length that is known was counted whole. Raises TooLarge."""
        here = arrival.received
        async for block in bounded(blocks, (arrival.length or self._limit) - here, _MORE):
            here += len(block)
            if arrival.length is None:
                await self._uploads.count(account, arrival.id, here)
            yield block

    async def _write(self, arrival_id: str, file: Intake, blocks: AsyncIterator[bytes], *, note: bool) -> None:
        """Write each block while the next one comes, and note now and then how many are safe."""
        writing: asyncio.Future[int] | None = None
        noted = file.safe
        try:
            async for block in blocks:
                if writing is not None:
                    safe = await asyncio.shield(writing)
                    if safe > noted:
                        noted = safe
                        await self._db.write(arrivals.note_received, arrival_id, safe, self._end())
                writing = asyncio.ensure_future(asyncio.to_thread(file.write, block, _STEP if note else None))
        finally:
            if writing is not None:
                await _through(writing)

    async def _note(self, arrival_id: str, file: Intake, *, keep: bool) -> None:
        """Bring what came to the disk and write down how much it is, or leave no trace of it."""
        try:
            if keep:
                await asyncio.to_thread(file.sync)
        finally:
            hashed = await asyncio.to_thread(partial(file.close, keep=keep))
            if hashed is not None:
                self._hashes[arrival_id] = hashed
            await self._db.write(arrivals.note_received, arrival_id, file.safe, self._end())

    async def _settle(self, account: Account, arrival_id: str) -> Arrival:
        """Return an arrival that one has for oneself, made an upload if it is complete."""
        arrival = await self._db.read(arrivals.own, account, arrival_id)
        if arrival.is_due:
            await _through(self._finish(arrival))
            arrival = await self._db.read(arrivals.get, arrival_id)
        return arrival

    async def _make_sure(self, arrival_id: str) -> None:
        """Make an upload of an arrival unless somebody has done so meanwhile."""
        async with self._alone(arrival_id):
            arrival = await self._db.read(arrivals.get, arrival_id)
            if arrival.is_due:
                await self._finish(arrival)

    async def _finish(self, arrival: Arrival) -> None:
        path = self._path(arrival.id)
        hashed = self._hashes.pop(arrival.id, Hashed())
        try:
            received = await asyncio.to_thread(intake.whole, path, arrival.received, hashed)
        except FileNotFoundError:  # taken away by whoever looks after the disk
            await self._db.write(arrivals.note_received, arrival.id, 0, self._end())
            raise Conflict(_GONE) from None

        def then(tx: Tx, upload_id: str) -> None:
            arrivals.finish(tx, arrival.id, upload_id)

        await self._uploads.admit(arrival.account_id, received, arrival.filename, arrival.wished, then)
        await self._forget(arrival.id)

    async def _forget(self, arrival_id: str) -> None:
        self._hashes.pop(arrival_id, None)
        await asyncio.to_thread(self._path(arrival_id).unlink, missing_ok=True)

    @asynccontextmanager
    async def _alone(self, arrival_id: str) -> AsyncIterator[_Holder]:
        """Have an arrival for oneself; whoever has it is made to leave."""
        while (other := self._holders.get(arrival_id)) is not None:
            other.dismiss()
            await other.left.wait()
        holder = self._holders[arrival_id] = _Holder()
        try:
            yield holder
        finally:
            del self._holders[arrival_id]
            holder.left.set()

    def _names(self) -> set[str]:
        return {path.name for path in self._folder.iterdir()} if self._folder.exists() else set()

    def _path(self, arrival_id: str) -> Path:
        return self._folder / arrival_id

    def _end(self) -> int:
        return clock.now() + self._lasting


def _refuse_wrong_place(arrival: Arrival, offset: int, announced: int | None) -> None:
    if arrival.concat is not None and not arrival.is_partial:
        raise Forbidden("What was joined from pieces is complete: nothing can be added.")
    if offset != arrival.received:
        raise Conflict(f"This upload stands at byte {arrival.received}, not at {offset}. Please go on from there.")
    if arrival.length is not None and announced is not None and offset + announced > arrival.length:
        raise TooLarge(f"More is coming than the {arrival.length} bytes that were announced.")


def _pieces(r: Reader, account: Account, part_ids: list[str]) -> list[Arrival]:
    parts = [arrivals.own(r, account, part_id) for part_id in part_ids]
    if len(set(part_ids)) < len(part_ids) or not all(part.is_partial for part in parts):
        raise Forbidden("Only uploads that were begun as partial ones can be joined, and each once.")
    if not all(part.is_complete for part in parts):
        raise Conflict("Some of the pieces are not complete yet. Please send the rest of them first.")
    return parts


@contextmanager
def _listening(holder: _Holder) -> Iterator[None]:
    """Turn the end of patience with a sender into a problem."""
    try:
        yield
    except TimeoutError:
        raise Invalid(
            "Another request has taken this upload over."
            if holder.is_over
            else f"Nothing has arrived for {_SILENCE:.0f} seconds. Please go on from where the upload stands."
        ) from None


async def _blocks(chunks: AsyncIterator[bytes], holder: _Holder) -> AsyncIterator[bytes]:
    """Gather what comes from the network into blocks that are worth a step to the disk.

    When the line breaks, what had come is given before the break is.
    """
    coming = aiter(chunks)
    while True:
        block, broken = await _gather(coming, holder)
        if block:
            yield block
        if broken is not None:
            raise broken
        if len(block) < BLOCK:
            return


async def _gather(coming: AsyncIterator[bytes], holder: _Holder) -> tuple[bytes, BaseException | None]:
    """Return a block, a smaller one at the end, and what broke the line, if anything has."""
    gathered = bytearray()
    try:
        async with holder.patient():
            while len(gathered) < BLOCK:
                gathered += await anext(coming)
                holder.go_on()
    except StopAsyncIteration:
        pass
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - raised again when the bytes are safe
        return bytes(gathered), error
    return bytes(gathered), None


async def _opened(opening: Awaitable[Intake]) -> Intake:
    """Wait for a file that is opened in a thread; for one who is cancelled meanwhile it is closed again."""
    task = asyncio.ensure_future(opening)
    try:
        return await _through(task)
    except asyncio.CancelledError:
        if task.exception() is None:
            await asyncio.to_thread(task.result().close, keep=True)
        raise


async def _through(work: Awaitable[T]) -> T:
    """Wait for work to its end, even for one who is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
