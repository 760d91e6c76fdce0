"""Where pieces of a stream come from: the cache where they are, a thread of the pool where they must be made.

It knows titles, not tickets: who may have a piece was settled before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mediaserver.base.cache import FileCache, Made
from mediaserver.base.errors import NotFound
from mediaserver.base.pool import Priority, Work
from mediaserver.media import segment
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original
from mediaserver.streaming import offers
from mediaserver.streaming.shelf import NOT_HERE, Title
from mediaserver.streaming.workshop import Workshop


class Segments:
    """Hands out the pieces of titles."""

    def __init__(self, cache: FileCache, workshop: Workshop) -> None:
        self._cache = cache
        self._workshop = workshop

    def at_hand(self, title: Title, rendition: str, name: str) -> bytes | None:
        """Return a piece that is in the cache and can be had at once."""
        return self._cache.at_hand(_key(title, rendition, name))

    def has(self, title: Title, rendition: str, name: str) -> bool:
        """Tell whether a piece is in the cache, without touching it."""
        return self._cache.has(_key(title, rendition, name))

    async def piece(self, title: Title, rendition: str, name: str, listener: str) -> bytes:
        """Return a rung's initialisation ("init.mp4") or one of its segments ("17.m4s").

        A piece that is in the cache costs no database call and no lock. Raises NotFound for one that there is not,
        Throttled when this listener waits for too many others, and TooBusy when too much is waiting altogether.
        """
        key = _key(title, rendition, name)
        data = await self._cache.find(key)
        if data is None:
            made = await self._workshop.make(listener, key, self._maker(title, rendition, name), self._cache.put)
            data = made.data
        return data

    def begin(self, title: Title, rendition: str, name: str, priority: Priority) -> Work[Made]:
        """Have a piece made and kept, or let it be made sooner if it is waiting already; raises as `piece` does.

        Whoever wants it made holds the work.
        """
        maker = self._maker(title, rendition, name)
        return self._workshop.begin(_key(title, rendition, name), priority, maker, self._cache.put)

    def _maker(self, title: Title, rendition: str, name: str) -> Callable[[], Made]:
        rung, n = offers.find(title.source, rendition), _number(name)
        return partial(self._make, title.original, rung, n, _key(title, rendition, name))

    def _make(self, original: Original, rung: Rendition, n: int | None, key: str) -> Made:
        data = segment.initialise(original, rung) if n is None else segment.make(original, rung, n)
        return self._cache.store(key, data)


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
