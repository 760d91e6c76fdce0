"""What is being made for listeners: many who ask for a piece cause one piece of work, and nothing is made for nobody.

A listener waits for so many pieces at once and no more. What nobody waits for any longer is dropped, unless it is
begun: then it is finished and kept, so that one who leaves does not spoil it for the next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from mediaserver.base.errors import Throttled
from mediaserver.base.pool import Pool, Priority, Work

T = TypeVar("T")


class Workshop:
    """Pieces under way, by key. Belongs to the event loop's thread."""

    def __init__(self, pool: Pool, waiting_limit: int) -> None:
        """Let each listener wait for at most `waiting_limit` pieces at once; 0 for any number."""
        self._pool = pool
        self._limit = waiting_limit
        self._waiting: dict[str, Counter[str]] = {}  # by listener: how often each piece is waited for
        self._making: dict[str, Work[Any]] = {}

    async def make(self, listener: str, key: str, make: Callable[[], T], then: Callable[[T], None]) -> T:
        """Return what `make` gives, made in a thread for a listener who waits; `then` is told of it once.

        Raises Throttled when this listener waits for too much, and TooBusy when too much is waiting altogether.
        """
        with self._counted(listener, key):
            work = self.begin(key, Priority.LISTENER, make, then)
            work.hold()
            try:
                return await asyncio.shield(work.future)
            finally:
                work.release()

    def begin(self, key: str, priority: Priority, make: Callable[[], T], then: Callable[[T], None]) -> Work[T]:
        """Have a piece made, or let it be made sooner if it is waiting already. Whoever wants it holds the work.

        Raises TooBusy.
        """
        work = self._making.get(key)
        if work is None or work.future.cancelled():  # one that was just dropped is nobody's
            work = self._pool.begin(priority, make)
            self._making[key] = work
            work.future.add_done_callback(partial(self._finish, key, work, then))
        else:
            self._pool.hurry(work, priority)
        return work

    def _finish(self, key: str, work: Work[T], then: Callable[[T], None], made: asyncio.Future[T]) -> None:
        if self._making.get(key) is work:
            del self._making[key]
        if not made.cancelled() and made.exception() is None:
            then(made.result())

    @contextmanager
    def _counted(self, listener: str, key: str) -> Iterator[None]:
        waiting = self._waiting.setdefault(listener, Counter())
        if self._limit and key not in waiting and len(waiting) >= self._limit:
            raise Throttled(f"You wait for {self._limit} pieces already. Please ask again when they have come.", 1)
        waiting[key] += 1
        try:
            yield
        finally:
            waiting[key] -= 1
            waiting += Counter()  # keeps only what is still counted
            if not waiting:
                self._waiting.pop(listener, None)
