"""Warming: a new track's first segments are made before anybody asks, so that its first listener waits for none."""

from __future__ import annotations

import asyncio

from mediaserver.base.errors import NotFound
from mediaserver.base.pool import Priority
from mediaserver.catalog.tracks import TrackChanged
from mediaserver.streaming import offers
from mediaserver.streaming.segments import Segments
from mediaserver.streaming.shelf import Shelf

PIECES = ("init.mp4", "0.m4s")
PLAYERS = (frozenset({offers.PLAIN}), frozenset({offers.PLAIN, "opus"}))
"""The codecs of those who are prepared for: any player, and browsers."""


class Warmer:
    """A listener to changes of tracks."""

    def __init__(self, shelf: Shelf, segments: Segments) -> None:
        self._shelf = shelf
        self._segments = segments

    async def warm(self, fact: TrackChanged) -> None:
        """Make what the players begin with, as far as it is not there. Raises TooBusy, and what `decode` raises.

        Not for one of thousands that came in together: hardly anybody would ask for it soon.
        """
        if fact.is_one_of_many:
            return
        try:
            title = await self._shelf.title(fact.track_id)
        except NotFound:
            return  # it was taken away, or is not ready
        rungs = {offers.first(offers.playable(offers.offered(title.source), codecs)) for codecs in PLAYERS}
        wanted = [(rung.rendition.name, name) for rung in rungs for name in PIECES]
        works = [
            self._segments.begin(title, *piece, Priority.WARM)
            for piece in wanted
            if not self._segments.has(title, *piece)
        ]
        for work in works:
            work.hold()
        await asyncio.gather(*(asyncio.shield(work.future) for work in works))
