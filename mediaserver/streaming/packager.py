"""The packager: answers for everything below /hls/: what a ticket opens, as playlists, keys and pieces."""

from __future__ import annotations

import asyncio

from mediaserver.base.errors import NotFound
from mediaserver.media import timeline
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.admission import Admission
from mediaserver.streaming.ahead import ReadAhead
from mediaserver.streaming.keys import Keys
from mediaserver.streaming.manifests import Part, Variant
from mediaserver.streaming.segments import Segments
from mediaserver.streaming.shelf import NOT_HERE
from mediaserver.streaming.steering import Steering

INITIALISATION = "init.mp4"
_SMALL = 2**18  # bytes that are locked on the event loop, in half a millisecond at most


class Packager:
    """Raises NotFound for whatever the ticket does not open."""

    def __init__(
        self, admission: Admission, segments: Segments, ahead: ReadAhead, keys: Keys, steering: Steering
    ) -> None:
        self._admission = admission
        self._segments = segments
        self._ahead = ahead
        self._keys = keys
        self._steering = steering

    async def master(self, ticket: str, track_id: str, codecs: frozenset[str] = frozenset()) -> str:
        """Return the master playlist of a track for a player of these codecs, or for any if none is stated."""
        title = (await self._admission.open(ticket, track_id)).title
        rungs = offers.playable(offers.offered(title.source), codecs)
        variants = [Variant(rung, f"{title.version}/{rung.rendition.name}/index.m3u8") for rung in rungs]
        return manifests.write_master(f"/hls/{ticket}/{track_id}/", variants, self._steering)

    async def playlist(self, ticket: str, track_id: str, version: str, rendition: str) -> str:
        """Return the playlist of one rung."""
        opened = await self._admission.open(ticket, track_id, version)
        rung = offers.find(opened.title.source, rendition)
        return manifests.write_media([Part(timeline.of(opened.title.original, rung), "", opened.locked)])

    async def key(self, ticket: str, track_id: str, version: str, rendition: str) -> bytes:
        """Return the 16 bytes that open the segments of a rung, where they are locked."""
        opened = await self._admission.open(ticket, track_id, version)
        rung = offers.find(opened.title.source, rendition)
        if not opened.locked:
            raise NotFound(NOT_HERE)
        return self._keys.key(opened.title, rung.name)

    async def piece(self, ticket: str, track_id: str, version: str, rendition: str, name: str, listener: str) -> bytes:
        """Return a rung's initialisation, always in the clear, or one of its segments, and read ahead of it.

        Raises what `Segments.piece` does; `listener` is who is counted and followed there.
        """
        opened = await self._admission.open(ticket, track_id, version)
        data = await self._segments.piece(opened.title, rendition, name, listener)
        self._ahead.follow(listener, opened.title, rendition, name)
        if not opened.locked or name == INITIALISATION:
            return data
        locking = (opened.title, rendition, int(name.removesuffix(".m4s")), data)
        if len(data) > _SMALL:
            return await asyncio.to_thread(self._keys.lock, *locking)
        return self._keys.lock(*locking)

    def at_hand(self, track_id: str, version: str, rendition: str, name: str) -> bytes | None:
        """Return a piece for the public ticket that is in the cache, where nothing is left to be read ahead.

        It waits for nothing, so that a door may answer at once. What it returns is what `piece` would.
        """
        title = self._admission.at_hand(track_id, version)
        data = None if title is None else self._segments.at_hand(title, rendition, name)
        if title is None or data is None or not self._ahead.is_done(title, rendition, name):
            return None
        return data
