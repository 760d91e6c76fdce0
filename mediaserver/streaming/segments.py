"""Where pieces of a stream come from: the cache where they are, a thread of the pool where they must be made.

The work belongs to nobody who asked: many askers cause one encode, and one who leaves does not spoil it for the others.
It knows titles, not tickets: who may have a piece was settled before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from mediaserver.base.errors import NotFound, StorageFull, Throttled
from mediaserver.base.pool import Pool, Priority, Work
from mediaserver.media import segment
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original
from mediaserver.streaming import offers
from mediaserver.streaming.cache import SegmentCache
from mediaserver.streaming.shelf import NOT_HERE, Title

_log = logging.getLogger(__name__)


class Segments:
    """Hands out the pieces of titles."""

    def __init__(self, cache: SegmentCache, pool: Pool, waiting_limit: int) -> None:
        """Let each listener wait for at most `waiting_limit` pieces at once; 0 for any number."""
        self._cache = cache
        self._pool = pool
        self._limit = waiting_limit
        self._waiting: dict[str, Counter[str]] = {}  # by listener: how often each piece is waited for
        self._making: dict[str, Work[bytes]] = {}

    def find(self, title: Title, rendition: str, name: str) -> bytes | None:
        """Return a piece that is in the cache."""
        return self._cache.find(_key(title, rendition, name))

    def has(self, title: Title, rendition: str, name: str) -> bool:
        """Tell whether a piece is in the cache, without touching it."""
        return self._cache.has(_key(title, rendition, name))

    async def piece(self, title: Title, rendition: str, name: str, listener: str) -> bytes:
        """Return a rung's initialisation ("init.mp4") or one of its segments ("17.m4s").

        A piece that is in the cache costs no database call and no lock. Raises NotFound for one that there is not,
        Throttled when this listener waits for too many others, and TooBusy when too much is waiting altogether.
        """
        data = self.find(title, rendition, name)
        if data is None:
            with self._counted(listener, _key(title, rendition, name)):
                work = self.begin(title, rendition, name, Priority.LISTENER)
                data = await asyncio.shield(work.future)
        return data

    def begin(self, title: Title, rendition: str, name: str, priority: Priority) -> Work[bytes]:
        """Have a piece made and kept, or let it be made sooner if it is waiting already; raises as `piece` does."""
        key = _key(title, rendition, name)
        work = self._making.get(key)
        if work is None:
            rung, n = offers.find(title.source, rendition), _number(name)
            work = self._pool.begin(priority, self._make, title.original, rung, n, key)
            self._making[key] = work
            work.future.add_done_callback(partial(self._keep, key))
        else:
            self._pool.hurry(work, priority)
        return work

    @contextmanager
    def _counted(self, listener: str, key: str) -> Iterator[None]:
        waiting = self._waiting.setdefault(listener, Counter())
        if self._limit and key not in waiting and len(waiting) >= self._limit:
            raise Throttled(f"You wait for {self._limit} segments already. Please ask again when they have come.", 1)
        waiting[key] += 1
        try:
            yield
        finally:
            waiting[key] -= 1
            waiting += Counter()  # keeps only what is still counted
            if not waiting:
                self._waiting.pop(listener, None)

    def _keep(self, key: str, made: asyncio.Future[bytes]) -> None:
        del self._making[key]
        if not made.cancelled() and made.exception() is None:
            self._cache.put(key, made.result())

    def _make(self, original: Original, rung: Rendition, n: int | None, key: str) -> bytes:
        data = segment.initialise(original, rung) if n is None else segment.make(original, rung, n)
        try:
            self._cache.store(key, data)
        except StorageFull:
            _log.warning("the disk is full: segments are made anew for every listener")
        return data


def _key(title: Title, rendition: str, name: str) -> str:
    return f"{title.version[:2]}/{title.version}/{rendition}/{name}"


def _number(name: str) -> int | None:
    """Return a segment's number, None for the initialisation. Raises NotFound for any other name."""
    if name == "init.mp4":
        return None
    stem, _, extension = name.partition(".")
    if extension != "m4s" or not stem.isascii() or not stem.isdecimal() or str(int(stem[:9])) != stem:
        raise NotFound(NOT_HERE)
    return int(stem)
