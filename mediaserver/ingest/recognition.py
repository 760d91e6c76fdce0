"""Whether a sound has been here before: as another recording, or as one that is refused."""

from __future__ import annotations

from mediaserver.base.db import Database, Reader
from mediaserver.base.errors import Invalid
from mediaserver.base.pool import Pool, Priority
from mediaserver.catalog.sounds import blocklist, fingerprints, hearings
from mediaserver.catalog.sounds.blocklist import Blocked
from mediaserver.catalog.sounds.fingerprints import Candidate
from mediaserver.catalog.sounds.hearings import Alike, Hearing, Twin
from mediaserver.media.hearing import fingerprint

REFUSED = "This recording was taken down from this server, so it cannot be published here again."

_MANY = 1000  # fingerprints that are compared where all are wanted that are the same
CLOSEST = 0.999
"""Similarity of what sounds the same to the last word: 1 is left to the very same file."""


class Recognition:
    """Compares what was heard with what is kept here: the comparing is done by the pool."""

    def __init__(self, db: Database, pool: Pool) -> None:
        self._db = db
        self._pool = pool

    async def twins(self, hearing: Hearing) -> list[Twin]:
        """Return the other recordings that sound the same, the likest first."""
        if hearing.words is None:
            return []
        found = await self._db.read(fingerprints.candidates, hearing.words)
        alike = await self._pool.run(Priority.ANALYSIS, same, hearing.words, found) if found else []
        return await self._db.read(_named, hearing.original, alike)

    async def tracks(self, words: bytes) -> list[Alike]:
        """Return the tracks here with the sound of a fingerprint, for whomever they are, the likest first."""
        found = await self._db.read(fingerprints.candidates, words, most=_MANY)
        alike = await self._pool.run(Priority.READING, same, words, found)
        return await self._db.read(_standing, alike)


def refuse_blocked(r: Reader, hearing: Hearing) -> None:
    """Raise Invalid when the sound is on the block list.

    It is asked in the unit that lets the sound be heard, so that nobody refuses it in between. Few fingerprints of the
    list are ever near enough to be compared.
    """
    if hearing.words is None:
        return
    for number, _ in same(hearing.words, fingerprints.candidates(r, hearing.words, blocked=True)):
        block = blocklist.of_fingerprint(r, number)
        if block is not None:
            raise Invalid(_sentence(block))


def same(words: bytes, candidates: list[Candidate]) -> list[tuple[int, float]]:
    """Return number and similarity of those candidates that are of the same sound as `words`, the likest first."""
    compared = [(candidate.number, fingerprint.compare(words, candidate.words)) for candidate in candidates]
    alike = [(number, min(CLOSEST, round(likeness.similarity, 3))) for number, likeness in compared if likeness.same]
    return sorted(alike, key=lambda pair: -pair[1])


def _named(r: Reader, original: str, same: list[tuple[int, float]]) -> list[Twin]:
    named = [(hearings.of_fingerprint(r, number), similarity) for number, similarity in same]
    return [Twin(other, similarity) for other, similarity in named if other is not None and other != original]


def _standing(r: Reader, same: list[tuple[int, float]]) -> list[Alike]:
    sql = (
        "SELECT t.id FROM hearings h JOIN tracks t ON t.original = h.original"
        " WHERE h.fingerprint = :number AND t.deleted_at IS NULL ORDER BY t.id"
    )
    return [Alike(track_id, similarity) for number, similarity in same for track_id in r.column(sql, number=number)]


def _sentence(block: Blocked) -> str:
    return f"{REFUSED} The reason that was given: {block.reason}" if block.reason else REFUSED
