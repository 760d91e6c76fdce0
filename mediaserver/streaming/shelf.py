"""The shelf: what streaming knows of tracks in play, remembered, so that a segment costs no database call."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

from mediaserver.base import clock
from mediaserver.base.db import Database
from mediaserver.base.errors import NotFound
from mediaserver.base.pool import SingleFlight
from mediaserver.catalog import tracks
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.tracks import Source, TrackChanged
from mediaserver.media import renditions
from mediaserver.media.timeline import Original

_FRESH = 30 * clock.SECOND  # how long a change by another process may go unseen
_MOST = 10_000
NOT_HERE = "There is nothing to play at this address. Please open the track's page again."


@dataclass(frozen=True, slots=True)
class Title:
    """A track as streaming knows it. `version` names original and encoder settings together."""

    source: Source
    original: Original
    version: str
    read_at: int


class Shelf:
    """Titles by track, read when first asked for and again when the track has changed."""

    def __init__(self, db: Database, originals: Originals) -> None:
        self._db = db
        self._originals = originals
        self._titles: OrderedDict[str, Title] = OrderedDict()
        self._changes = 0
        self._flights = SingleFlight()
        db.watch(TrackChanged, self._forget)

    async def title(self, track_id: str) -> Title:
        """Return the track's title. Raises NotFound for a track that is not there or not ready."""
        title = self._titles.get(track_id)
        if title is None:
            return await self._flights.do(track_id, partial(self._read, track_id))
        if title.read_at < clock.now() - _FRESH:  # nobody waits for that: what was true goes on being so for a moment
            self._flights.begin(track_id, partial(self._read, track_id))
        return title

    def at_hand(self, track_id: str) -> Title | None:
        """Return the track's title where it is known, and not so old that it should be read again."""
        title = self._titles.get(track_id)
        return None if title is None or title.read_at < clock.now() - _FRESH else title

    async def _read(self, track_id: str) -> Title:
        changes = self._changes
        source = await self._db.read(tracks.source, track_id)
        if source is None:
            self._titles.pop(track_id, None)
            raise NotFound(NOT_HERE)
        original = Original(self._originals.path(source.original), source.rate, source.channels, source.samples)
        title = Title(source, original, name_version(source.original), clock.now())
        if changes == self._changes:  # else the track may have changed since it was read
            self._titles[track_id] = title
        while len(self._titles) > _MOST:
            self._titles.popitem(last=False)
        return title

    def _forget(self, fact: TrackChanged) -> None:
        self._changes += 1
        self._titles.pop(fact.track_id, None)


def name_version(original: str) -> str:
    """Return the part of an address that stands for an original and all encoder settings."""
    return hashlib.sha256(f"{original} {renditions.fingerprint()}".encode()).hexdigest()[:20]
