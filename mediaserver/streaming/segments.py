"""Where pieces of a stream come from: the cache where they are, a thread of the pool where they must be made.

The work belongs to nobody who asked: many askers cause one encode, and one who leaves does not spoil it for the others.
It knows titles, not tickets: who may have a piece was settled before.
"""

from __future__ import annotations

import logging
from functools import partial

from mediaserver.base.errors import NotFound, StorageFull
from mediaserver.base.pool import Pool, Priority, SingleFlight
from mediaserver.media import segment
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original
from mediaserver.streaming import offers
from mediaserver.streaming.cache import SegmentCache
from mediaserver.streaming.shelf import NOT_HERE, Title

_log = logging.getLogger(__name__)


class Segments:
    """Hands out the pieces of titles."""

    def __init__(self, cache: SegmentCache, pool: Pool) -> None:
        self._cache = cache
        self._pool = pool
        self._flights = SingleFlight()

    async def piece(self, title: Title, rendition: str, name: str) -> bytes:
        """Return a rung's initialisation ("init.mp4") or one of its segments ("17.m4s").

        A piece that is in the cache costs no database call and no lock. Raises NotFound for one that there is not, and
        TooBusy when too much is waiting.
        """
        key = f"{title.version[:2]}/{title.version}/{rendition}/{name}"
        data = self._cache.find(key)
        if data is None:
            data = await self._flights.do(key, partial(self._make, title, rendition, name, key))
        return data

    async def _make(self, title: Title, rendition: str, name: str, key: str) -> bytes:
        rung = offers.find(title.source, rendition)
        data = await self._pool.run(Priority.LISTENER, self._encode, title.original, rung, name, key)
        self._cache.put(key, data)
        return data

    def _encode(self, original: Original, rung: Rendition, name: str, key: str) -> bytes:
        n = _number(name)
        data = segment.initialise(original, rung) if n is None else segment.make(original, rung, n)
        try:
            self._cache.store(key, data)
        except StorageFull:
            _log.warning("the disk is full: segments are made anew for every listener")
        return data


def _number(name: str) -> int | None:
    """Return a segment's number, None for the initialisation. Raises NotFound for any other name."""
    if name == "init.mp4":
        return None
    stem, _, extension = name.partition(".")
    if extension != "m4s" or not stem.isascii() or not stem.isdecimal() or str(int(stem[:9])) != stem:
        raise NotFound(NOT_HERE)
    return int(stem)
