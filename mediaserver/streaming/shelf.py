"""The shelf: what streaming knows of tracks in play, remembered, so that a segment costs no database call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from mediaserver.base.db import Database
from mediaserver.base.errors import NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.sounds import versions
from mediaserver.catalog.tracks import Source, TrackChanged
from mediaserver.media import renditions
from mediaserver.media.timeline import Original
from mediaserver.streaming.remembered import Remembered

NOT_HERE = "There is nothing to play at this address. Please open the track's page again."


@dataclass(frozen=True, slots=True)
class Title:
    """A track as streaming knows it. `version` names original and encoder settings together.

    `earlier` holds what the track stood on until a short while ago, for those who are in the middle of it.
    """

    source: Source
    original: Original
    version: str
    earlier: tuple[Title, ...] = ()

    def of_version(self, version: str | None) -> Title | None:
        """Return this title, or the earlier one that is named; None for a version that is not to be had."""
        if version is None or version == self.version:
            return self
        return next((title for title in self.earlier if title.version == version), None)


class Shelf:
    """Titles by track, read when first asked for and again when the track has changed."""

    def __init__(self, db: Database, originals: Originals) -> None:
        self._db = db
        self._originals = originals
        self._titles = Remembered(self._read)
        db.watch(TrackChanged, lambda fact: self._titles.forget(fact.track_id))

    async def title(self, track_id: str) -> Title:
        """Return the track's title. Raises NotFound for a track that is not there or not ready."""
        return await self._titles.get(track_id)

    def at_hand(self, track_id: str) -> Title | None:
        """Return the track's title where that takes no reading."""
        return self._titles.at_hand(track_id)

    async def _read(self, track_id: str) -> Title:
        source = await self._db.read(tracks.source, track_id)
        if source is None:
            raise NotFound(NOT_HERE)
        earlier = await self._db.read(versions.lingering, track_id)
        return self._title(source, tuple(self._still_here(earlier)))

    def _still_here(self, earlier: list[Source]) -> Iterator[Title]:
        """Yield those whose file is there: one that stays in its owner's folder may be gone, and takes none along."""
        for source in earlier:
            with suppress(NotFound):
                yield self._title(source)

    def _title(self, source: Source, earlier: tuple[Title, ...] = ()) -> Title:
        original = Original(self._originals.path(source.original), source.rate, source.channels, source.samples)
        return Title(source, original, name_version(source.original), earlier)


def name_version(original: str) -> str:
    """Return the part of an address that stands for an original and all encoder settings."""
    return hashlib.sha256(f"{original} {renditions.fingerprint()}".encode()).hexdigest()[:20]
