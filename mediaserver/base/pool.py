"""Where CPU work runs: threads beside the event loop, bounded, with those who wait for sound before everything else.

Two lanes keep long background work from holding up a listener: the front lane serves listeners alone; the back lane's
threads run at a lower operating-system priority. FFmpeg's work releases the GIL, so threads do use every core.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import threading
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from functools import partial
from typing import Any, TypeVar

from mediaserver.base.errors import TooBusy

T = TypeVar("T")

_BACK_NICENESS = 10


class Priority(IntEnum):
    """Whose work goes first."""

    LISTENER = 0
    AHEAD = 1
    WARM = 2
    ANALYSIS = 3


class _Lane:
    """Threads of one kind and the ordered queue before them. Lives on the event loop's thread."""

    def __init__(self, name: str, workers: int, limit: int, niceness: int) -> None:
        self._free = workers
        self._limit = limit
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, Callable[[], Any], asyncio.Future[Any]]] = []
        self._threads = ThreadPoolExecutor(workers, f"pool-{name}", partial(_be_nice, niceness))

    async def run(self, priority: int, work: Callable[[], T]) -> T:
        if len(self._waiting) >= self._limit:
            self._forget_those_who_left()
        if len(self._waiting) >= self._limit:
            raise TooBusy("The server has more to do than it can queue. Please try again in a moment.", 2)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), work, future))
        self._dispatch()
        return await future

    def _forget_those_who_left(self) -> None:
        self._waiting = [entry for entry in self._waiting if not entry[-1].cancelled()]
        heapq.heapify(self._waiting)

    def _dispatch(self) -> None:
        while self._free and self._waiting:
            _, _, work, future = heapq.heappop(self._waiting)
            if future.cancelled():
                continue
            self._free -= 1
            task = asyncio.get_running_loop().run_in_executor(self._threads, _carried, work)
            task.add_done_callback(partial(self._finish, future))

    def _finish(self, future: asyncio.Future[Any], task: asyncio.Future[Any]) -> None:
        self._free += 1
        if not future.done():
            if task.cancelled():
                future.cancel()
            elif (error := task.exception()) is not None:
                future.set_exception(error)
            else:
                future.set_result(task.result())
        elif not task.cancelled():
            task.exception()
        self._dispatch()

    def close(self) -> None:
        for _, _, _, future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)


def _carried(work: Callable[[], T]) -> T:
    """Do the work. A StopIteration cannot pass through a future (PEP 479): its asker would wait for ever."""
    try:
        return work()
    except StopIteration as error:
        raise RuntimeError("the work raised StopIteration") from error


def _be_nice(niceness: int) -> None:
    # On Linux a "process" of setpriority is a thread; elsewhere the call would slow the whole program down.
    if niceness and os.uname().sysname == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


class Closing(Exception):
    """The process is about to end: leave the work undone, it is taken up at the next start."""


class Pool:
    """All CPU-bound work of the process."""

    def __init__(self, workers: int, limit: int = 256) -> None:
        """Start with `workers` threads a lane and at most `limit` pieces of work waiting in each."""
        self.workers = workers
        self._front = _Lane("front", workers, limit, 0)
        self._back = _Lane("back", workers, limit, _BACK_NICENESS)
        self._closing = threading.Event()

    async def run(self, priority: Priority, function: Callable[..., T], *args: Any) -> T:
        """Run `function(*args)` in a thread and return what it returns.

        Work that nobody waits for any more is dropped while it is still queued. Raises TooBusy when the queue is full,
        and Closing once the pool is being closed.
        """
        self.check()
        lane = self._front if priority is Priority.LISTENER else self._back
        return await lane.run(priority, partial(function, *args))

    def check(self) -> None:
        """Raise Closing once the pool is being closed: long work calls it now and then, from its thread."""
        if self._closing.is_set():
            raise Closing

    def close(self) -> None:
        """Drop what is waiting and wait for what is running."""
        self._closing.set()
        self._front.close()
        self._back.close()


class SingleFlight:
    """Many askers, one doer: whoever asks for a key that is being made waits for the same result.

    The work belongs to nobody in particular: an asker who leaves does not spoil it for the others.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[Any]] = {}

    async def do(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what `make()` gives for `key`, joining the flight that is under way where there is one."""
        return await asyncio.shield(self.begin(key, make))

    def begin(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> asyncio.Future[T]:
        """Have `make()` run for `key` unless it does already; nobody needs to wait for it."""
        task = self._flights.get(key)
        if task is None:
            task = asyncio.ensure_future(make())
            self._flights[key] = task
            task.add_done_callback(partial(self._land, key))
        return task

    def _land(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._flights[key]
        if not task.cancelled():
            task.exception()  # read once, so that a failure that nobody waited for is not reported as forgotten
