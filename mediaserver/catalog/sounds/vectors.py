"""What the public recordings sound like, all together, to be compared with each other."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base.db import Reader
from mediaserver.catalog import listed
from mediaserver.catalog.sounds.hearings import CURRENT


@dataclass(frozen=True, slots=True)
class Sounding:
    """A track and the vector of its sound, as `features.pack` made it."""

    track_id: str
    original: str
    vector: bytes


def public(r: Reader) -> list[Sounding]:
    """Return every public track whose sound was heard by the algorithms of now."""
    return r.all(
        Sounding,
        "SELECT t.id AS track_id, t.original, h.vector FROM tracks t JOIN hearings h ON h.original = t.original"
        f" WHERE {listed.TRACK} AND h.versions = :versions AND h.vector IS NOT NULL",
        versions=CURRENT,
    )
