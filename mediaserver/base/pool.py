"""Where CPU work runs: threads beside the event loop, bounded, with those who wait for sound before everything else.

Three lanes keep background work from holding up a listener: each has threads of its own, and the less urgent ones run
at a lower operating-system priority. FFmpeg's work releases the GIL, so threads do use every core.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import threading
import time
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from functools import partial
from math import ceil
from typing import Any, Generic, TypeVar

from mediaserver.base.errors import TooBusy

T = TypeVar("T")

_NEWEST = 0.1  # what the latest piece of work counts for in the average time of one
_LONGEST_RETRY = 30  # seconds


class Priority(IntEnum):
    """Whose work goes first."""

    LISTENER = 0
    AHEAD = 1
    WARM = 2
    ANALYSIS = 3


class Work(Generic[T]):
    """A piece of work that was handed in: to be waited for, and until a thread has begun it, hurried or dropped."""

    def __init__(self, priority: Priority, function: Callable[[], T]) -> None:
        self.priority = priority
        self.function = function
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.begun = False

    def drop(self) -> None:
        """Leave it undone, unless it is begun."""
        if not self.begun:
            self.future.cancel()


class _Lane:
    """Threads of one kind and the ordered queue before them. Lives on the event loop's thread."""

    def __init__(self, name: str, workers: int, limit: int, niceness: int) -> None:
        self._workers = workers
        self._free = workers
        self._limit = limit
        self._usual = 0.0  # seconds that a piece of work takes, on a moving average
        self._order = itertools.count()
        self._waiting: list[tuple[Priority, int, Work[Any]]] = []
        self._threads = ThreadPoolExecutor(workers, f"pool-{name}", partial(_be_nice, niceness))

    def add(self, work: Work[Any]) -> None:
        if len(self._waiting) >= self._limit:
            self._forget_those_who_left()
        if len(self._waiting) >= self._limit:
            raise TooBusy(
                "The server has more to do than it can queue. Please try again in a moment.", self._seconds_to_wait()
            )
        heapq.heappush(self._waiting, (work.priority, next(self._order), work))
        self._dispatch()

    def _seconds_to_wait(self) -> int:
        """About how long what waits will take."""
        return min(max(1, ceil(len(self._waiting) * self._usual / self._workers)), _LONGEST_RETRY)

    def _forget_those_who_left(self) -> None:
        self._waiting = [entry for entry in self._waiting if not _is_past(*entry)]
        heapq.heapify(self._waiting)

    def _dispatch(self) -> None:
        while self._free and self._waiting:
            entry = heapq.heappop(self._waiting)
            if _is_past(*entry):
                continue
            work = entry[-1]
            work.begun = True
            self._free -= 1
            task = asyncio.get_running_loop().run_in_executor(self._threads, _carried, work.function)
            task.add_done_callback(partial(self._finish, work.future, time.monotonic()))

    def _finish(self, future: asyncio.Future[Any], began: float, task: asyncio.Future[Any]) -> None:
        self._free += 1
        self._usual += _NEWEST * (time.monotonic() - began - self._usual)
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
        for _, _, work in self._waiting:
            work.drop()
        self._waiting.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)


def _is_past(priority: Priority, order: int, work: Work[Any]) -> bool:
    """Tell whether a place in the queue is nobody's: its work was dropped, or has moved to a better one."""
    return work.begun or work.future.done() or work.priority != priority


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
        front = _Lane("front", workers, limit, 0)
        ahead = _Lane("ahead", workers, limit, 5)
        back = _Lane("back", workers, limit, 10)
        self._lanes = {
            Priority.LISTENER: front,
            Priority.AHEAD: ahead,
            Priority.WARM: ahead,
            Priority.ANALYSIS: back,
        }
        self._closing = threading.Event()

    async def run(self, priority: Priority, function: Callable[..., T], *args: Any) -> T:
        """Run `function(*args)` in a thread and return what it returns.

        Work that nobody waits for any more is dropped while it is still queued. Raises TooBusy when the queue is full,
        and Closing once the pool is being closed.
        """
        return await self.begin(priority, function, *args).future

    def begin(self, priority: Priority, function: Callable[..., T], *args: Any) -> Work[T]:
        """Hand in work that can be hurried or dropped later; raises as `run` does."""
        self.check()
        work = Work(priority, partial(function, *args))
        self._lanes[priority].add(work)
        return work

    def hurry(self, work: Work[Any], priority: Priority) -> None:
        """Let work that is not begun go at a more urgent `priority` than it was handed in with. Raises TooBusy."""
        if work.begun or priority >= work.priority:
            return
        before, work.priority = work.priority, priority
        try:
            self._lanes[priority].add(work)
        except TooBusy:
            work.priority = before
            raise

    def check(self) -> None:
        """Raise Closing once the pool is being closed: long work calls it now and then, from its thread."""
        if self._closing.is_set():
            raise Closing

    def close(self) -> None:
        """Drop what is waiting and wait for what is running."""
        self._closing.set()
        for lane in dict.fromkeys(self._lanes.values()):
            lane.close()


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
