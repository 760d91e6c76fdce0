"""Where CPU work runs: threads beside the event loop, bounded, with those who wait for sound before everything else.

Three lanes keep background work from holding up a listener: each has threads of its own, but a less urgent one begins
nothing while the more urgent ones take all cores, and long work gives way. FFmpeg's work releases the GIL, so threads
do use every core. More of them than cores, or some at a lower priority with the operating system, would not do: one
that holds the GIL and is not let run keeps the event loop waiting (several times as long, as measured).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
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
_BACK = 2  # the number of the least urgent lane


class Priority(IntEnum):
    """Whose work goes first."""

    LISTENER = 0
    AHEAD = 1
    WARM = 2
    READING = 3
    ANALYSIS = 4


class Work(Generic[T]):
    """A piece of work that was handed in: to be waited for, and until a thread has begun it, hurried or dropped."""

    def __init__(self, priority: Priority, function: Callable[[], T]) -> None:
        self.priority = priority
        self.function = function
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.begun = False
        self._holders = 0

    def hold(self) -> None:
        """Say that somebody wants it done."""
        self._holders += 1

    def release(self) -> None:
        """Take that back; what nobody holds any more, and no thread has begun, is left undone."""
        self._holders -= 1
        if not self._holders:
            self.drop()

    def drop(self) -> None:
        """Leave it undone, unless it is begun."""
        if not self.begun:
            self.future.cancel()


class _Cores:
    """How many threads are at work, by the urgency of their lanes. Any thread may ask."""

    def __init__(self, count: int, lanes: int) -> None:
        self._count = count
        self._busy = [0] * lanes
        self._changed = threading.Condition()
        self._closing = False

    def are_taken(self, lane: int) -> bool:
        """Tell whether this lane and the more urgent ones take every core."""
        return sum(self._busy[: lane + 1]) >= self._count

    def enter(self, lane: int) -> None:
        with self._changed:
            self._busy[lane] += 1

    def leave(self, lane: int) -> None:
        with self._changed:
            self._busy[lane] -= 1
            self._changed.notify_all()

    def give_way(self, lane: int) -> None:
        """Wait while more threads are at work than there are cores. Raises Closing."""
        with self._changed:
            if sum(self._busy) > self._count:
                self._busy[lane] -= 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closing or sum(self._busy) < self._count)
                self._busy[lane] += 1
            if self._closing:
                raise Closing

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()


class _Lane:
    """Threads of one kind and the ordered queue before them. Lives on the event loop's thread."""

    def __init__(self, name: str, urgency: int, cores: _Cores, workers: int, limit: int) -> None:
        self._urgency = urgency
        self._cores = cores
        self._workers = workers
        self._free = workers
        self._limit = limit
        self._usual = 0.0  # seconds that a piece of work takes, on a moving average
        self._order = itertools.count()
        self._waiting: list[tuple[Priority, int, Work[Any]]] = []
        self._threads = ThreadPoolExecutor(workers, f"pool-{name}")

    def add(self, work: Work[Any]) -> None:
        if len(self._waiting) >= self._limit:
            self._forget_those_who_left()
        if len(self._waiting) >= self._limit:
            raise TooBusy(
                "The server has more to do than it can queue. Please try again in a moment.", self._seconds_to_wait()
            )
        heapq.heappush(self._waiting, (work.priority, next(self._order), work))

    def _seconds_to_wait(self) -> int:
        """About how long what waits will take."""
        return min(max(1, ceil(len(self._waiting) * self._usual / self._workers)), _LONGEST_RETRY)

    def _forget_those_who_left(self) -> None:
        self._waiting = [entry for entry in self._waiting if not _is_past(*entry)]
        heapq.heapify(self._waiting)

    def dispatch(self, then: Callable[[], None]) -> None:
        """Begin what can be begun; `then` is called when a piece of it is done."""
        while self._free and self._waiting and not self._cores.are_taken(self._urgency):
            entry = heapq.heappop(self._waiting)
            if _is_past(*entry):
                continue
            work = entry[-1]
            work.begun = True
            self._free -= 1
            self._cores.enter(self._urgency)
            task = asyncio.get_running_loop().run_in_executor(self._threads, self._carry, work.function)
            task.add_done_callback(partial(self._finish, work.future, time.monotonic(), then))

    def _carry(self, work: Callable[[], T]) -> T:
        """Do the work. A StopIteration cannot pass through a future (PEP 479): its asker would wait for ever."""
        try:
            return work()
        except StopIteration as error:
            raise RuntimeError("the work raised StopIteration") from error
        finally:
            self._cores.leave(self._urgency)

    def _finish(
        self, future: asyncio.Future[Any], began: float, then: Callable[[], None], task: asyncio.Future[Any]
    ) -> None:
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
        then()

    def close(self) -> None:
        for _, _, work in self._waiting:
            work.drop()
        self._waiting.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)


def _is_past(priority: Priority, order: int, work: Work[Any]) -> bool:
    """Tell whether a place in the queue is nobody's: its work was dropped, or has moved to a better one."""
    return work.begun or work.future.done() or work.priority != priority


class Closing(Exception):
    """The process is about to end: leave the work undone, it is taken up at the next start."""


class Pool:
    """All CPU-bound work of the process."""

    def __init__(self, workers: int, limit: int = 256) -> None:
        """Keep `workers` cores at work, and let at most `limit` pieces of work wait in each lane."""
        self.workers = workers
        self._cores = _Cores(workers, lanes=3)
        front, ahead, back = (
            _Lane(name, urgency, self._cores, workers, limit) for urgency, name in enumerate(("front", "ahead", "back"))
        )
        self._lanes = {
            Priority.LISTENER: front,
            Priority.AHEAD: ahead,
            Priority.WARM: ahead,
            Priority.READING: ahead,
            Priority.ANALYSIS: back,
        }
        self._closing = False

    async def run(self, priority: Priority, function: Callable[..., T], *args: Any) -> T:
        """Run `function(*args)` in a thread and return what it returns.

        Work that nobody waits for any more is dropped while it is still queued. Raises TooBusy when the queue is full,
        and Closing once the pool is being closed.
        """
        return await self.begin(priority, function, *args).future

    def begin(self, priority: Priority, function: Callable[..., T], *args: Any) -> Work[T]:
        """Hand in work that can be hurried or dropped later; raises as `run` does."""
        if self._closing:
            raise Closing
        work = Work(priority, partial(function, *args))
        self._lanes[priority].add(work)
        self._dispatch()
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
        self._dispatch()

    def give_way(self) -> None:
        """Let more urgent work go first: analysis calls it now and then, from its thread. Raises Closing."""
        self._cores.give_way(_BACK)

    def close(self) -> None:
        """Drop what is waiting and wait for what is running."""
        self._closing = True
        self._cores.close()
        for lane in dict.fromkeys(self._lanes.values()):
            lane.close()

    def _dispatch(self) -> None:
        if not self._closing:
            for lane in dict.fromkeys(self._lanes.values()):  # the most urgent first
                lane.dispatch(self._dispatch)


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
