"""The packager: hands out playlists and segments, from the cache where they are, made by the pool where not.

The work of making a segment belongs to the packager, not to who asked: many askers cause one encode, and one who
leaves does not spoil it for the others.
"""

from __future__ import annotations

import logging
from functools import partial

from mediaserver.base.errors import NotFound, StorageFull
from mediaserver.base.pool import Pool, Priority, SingleFlight
from mediaserver.media import segment, timeline
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.cache import SegmentCache
from mediaserver.streaming.shelf import NOT_HERE, Shelf, Title
from mediaserver.streaming.tickets import PUBLIC, Tickets

_log = logging.getLogger(__name__)


class Packager:
    """Answers for everything below /hls/. Raises NotFound for whatever the ticket does not open."""

    def __init__(self, shelf: Shelf, tickets: Tickets, cache: SegmentCache, pool: Pool) -> None:
        self._shelf = shelf
        self._tickets = tickets
        self._cache = cache
        self._pool = pool
        self._flights = SingleFlight()

    async def master(self, ticket: str, track_id: str, codecs: frozenset[str] = frozenset()) -> str:
        """Return the master playlist of a track for a player of these codecs, or for any if none is stated."""
        title = await self._open(ticket, track_id)
        return manifests.write_master(title.version, offers.playable(offers.offered(title.source), codecs))

    async def playlist(self, ticket: str, track_id: str, version: str, rendition: str) -> str:
        """Return the playlist of one rung."""
        title = await self._open(ticket, track_id, version)
        return manifests.write_media(timeline.of(title.original, offers.find(title.source, rendition)))

    async def piece(self, ticket: str, track_id: str, version: str, rendition: str, name: str) -> bytes:
        """Return a rung's initialisation ("init.mp4") or one of its segments ("17.m4s").

        A piece that is in the cache costs no database call and no lock. Raises TooBusy when too much is waiting.
        """
        title = await self._open(ticket, track_id, version)
        key = f"{version[:2]}/{version}/{rendition}/{name}"
        data = self._cache.find(key)
        if data is None:
            data = await self._flights.do(key, partial(self._make, title, rendition, name, key))
        return data

    async def _open(self, ticket: str, track_id: str, version: str | None = None) -> Title:
        grant = self._tickets.check(ticket, track_id)
        title = await self._shelf.title(track_id)
        hidden = title.source.visibility == "private" and grant.account_id is None
        if hidden or (version is not None and version != title.version):
            raise NotFound(NOT_HERE)
        return title

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


def is_open_to_all(ticket: str) -> bool:
    """Tell whether what lies behind this ticket may be kept by caches that many share."""
    return ticket == PUBLIC


def _number(name: str) -> int | None:
    """Return a segment's number, None for the initialisation. Raises NotFound for any other name."""
    if name == "init.mp4":
        return None
    stem, _, extension = name.partition(".")
    if extension != "m4s" or not stem.isascii() or not stem.isdecimal() or str(int(stem[:9])) != stem:
        raise NotFound(NOT_HERE)
    return int(stem)
