"""Which public recordings sound like a given one: nearest neighbours among the vectors of all of them.

The table of vectors is remembered for a while; whoever shows what it names has to ask again who may see it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediaserver.base import clock
from mediaserver.base.db import Database
from mediaserver.base.pool import Pool, Priority, SingleFlight
from mediaserver.catalog.sounds import hearings, vectors
from mediaserver.catalog.sounds.vectors import Sounding
from mediaserver.catalog.tracks import Track
from mediaserver.media.hearing import features
from mediaserver.media.hearing.features import Vectors

_LONGEST = 60 * clock.SECOND
"""How long the table is remembered."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A track that sounds alike; `distance` is 0 for the same, and about 1.4 between any two."""

    track_id: str
    distance: float


@dataclass(frozen=True, slots=True)
class _Table:
    soundings: list[Sounding]
    vectors: Vectors
    read_at: int


class Similar:
    """Answers what sounds like what. Belongs to the event loop's thread."""

    def __init__(self, db: Database, pool: Pool) -> None:
        self._db = db
        self._pool = pool
        self._table: _Table | None = None
        self._flights = SingleFlight()

    async def to(self, track: Track, limit: int) -> list[Neighbour]:
        """Return at most `limit` tracks that sound most like this one, without others of the very same sound.

        None are told where the track's own sound was not heard yet.
        """
        heard = await self._db.read(hearings.find, track.original)
        if heard is None or not heard.vector:
            return []
        twins = await self._db.read(hearings.twins, track.original)
        same = {track.original, *(twin.original for twin in twins)}
        return await self._pool.run(Priority.LISTENER, nearest, await self._known(), heard.vector, same, limit)

    async def _known(self) -> _Table:
        """The table, read anew when it is too old; the askers of a moment share one reading."""
        if self._table is None or not 0 <= clock.now() - self._table.read_at < _LONGEST:
            self._table = await self._flights.do("table", self._read)
        return self._table

    async def _read(self) -> _Table:
        soundings = await self._db.read(vectors.public)
        return _Table(soundings, features.unpack([each.vector for each in soundings]), clock.now())


def nearest(table: _Table, vector: bytes, same: set[str], limit: int) -> list[Neighbour]:
    """Return the `limit` nearest to a vector, but for the originals in `same`."""
    compared = features.comparable(np.concatenate((features.unpack([vector]), table.vectors)))
    away = features.distances(compared, 0)[1:]
    found: list[Neighbour] = []
    for place in np.argsort(away, kind="stable"):
        if len(found) == limit:
            break
        sounding = table.soundings[place]
        if sounding.original not in same:
            found.append(Neighbour(sounding.track_id, round(float(away[place]), 4)))
    return found
