"""A hearing: what listening found out about an original beyond its format: fingerprint, tempo, key, what it is like."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx
from mediaserver.catalog.sounds import fingerprints
from mediaserver.media.analysis import VERSIONS

_MOST = 50  # tracks alike
CURRENT = ", ".join(f"{name} {VERSIONS[name]}" for name in sorted(VERSIONS))
"""The versions of all algorithms, as they are kept with what they found."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard: `tempo` in beats a minute, `key` such as "A minor", `vector` as `features.pack` made it.

    All is None for a recording that could not be heard through again.
    """

    original: str
    words: bytes | None = None
    tempo: float | None = None
    key: str | None = None
    vector: bytes | None = None


@dataclass(frozen=True, slots=True)
class Twin:
    """Another original that sounds the same; `similarity` is up to 1."""

    original: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Alike:
    """A track that sounds the same; a `similarity` of 1 tells that it is the very same file."""

    track_id: str
    similarity: float


def keep(tx: Tx, hearing: Hearing) -> None:
    """Keep what the algorithms of now found, in place of what was known."""
    drop(tx, hearing.original)
    told = asdict(hearing)
    words = told.pop("words")
    tx.run(
        "INSERT INTO hearings (original, fingerprint, tempo, key, vector, versions, heard_at)"
        " VALUES (:original, :fingerprint, :tempo, :key, :vector, :versions, :now)",
        fingerprint=fingerprints.add(tx, words) if words else None,
        versions=CURRENT,
        now=clock.now(),
        **told,
    )


def drop(tx: Tx, original: str) -> None:
    """Forget what was heard in an original, and which others sound the same."""
    number = tx.value("SELECT fingerprint FROM hearings WHERE original = :original", original=original)
    tx.run("DELETE FROM hearings WHERE original = :original", original=original)
    tx.run("DELETE FROM twins WHERE original = :original", original=original)
    if number is not None:
        fingerprints.drop(tx, number)


def find(r: Reader, original: str) -> Hearing | None:
    """Return what was heard in an original, unless an older algorithm did, or nobody."""
    return r.one(
        Hearing,
        "SELECT h.original, f.words, h.tempo, h.key, h.vector FROM hearings h"
        " LEFT JOIN fingerprints f ON f.number = h.fingerprint"
        " WHERE h.original = :original AND h.versions = :versions",
        original=original,
        versions=CURRENT,
    )


def pulse_and_key(r: Reader, original: str) -> tuple[float | None, str | None]:
    """Return tempo (beats a minute) and key as they were heard, whichever algorithm did; None where there is none."""
    found = r.one(Hearing, "SELECT original, tempo, key FROM hearings WHERE original = :original", original=original)
    return (found.tempo, found.key) if found is not None else (None, None)


def outdated(r: Reader, after: str = "") -> str | None:
    """Return the next original, in the order of hashes, that a track stands on and that is to be heard (again)."""
    found: str | None = r.value(
        "SELECT s.original FROM sounds s LEFT JOIN hearings h ON h.original = s.original AND h.versions = :versions"
        " WHERE s.original > :after AND h.original IS NULL"
        " AND EXISTS (SELECT 1 FROM tracks t WHERE t.original = s.original AND t.state = 'ready')"
        " ORDER BY s.original LIMIT 1",
        versions=CURRENT,
        after=after,
    )
    return found


def of_fingerprint(r: Reader, number: int) -> str | None:
    """Return the original that a fingerprint was taken of."""
    found: str | None = r.value("SELECT original FROM hearings WHERE fingerprint = :number", number=number)
    return found


def tracks_alike(r: Reader, original: str, but: str | None) -> list[Alike]:
    """Return the tracks with the sound of an original, the likest first.

    `but` is the id of a track that is left out.
    """
    return r.all(
        Alike,
        "SELECT t.id AS track_id, 1.0 AS similarity FROM tracks t WHERE t.original = :original AND t.id <> :but"
        " AND t.deleted_at IS NULL"
        " UNION ALL SELECT t.id AS track_id, w.similarity FROM twins w JOIN tracks t ON t.original = w.other"
        " WHERE w.original = :original AND t.id <> :but AND t.deleted_at IS NULL"
        " ORDER BY similarity DESC, track_id LIMIT :most",
        original=original,
        but=but or "",
        most=_MOST,
    )


def set_twins(tx: Tx, original: str, twins: list[Twin]) -> None:
    """Keep which others sound the same as an original."""
    tx.run("DELETE FROM twins WHERE original = :original", original=original)
    for twin in twins:
        tx.run(
            "INSERT INTO twins (original, other, similarity) VALUES (:original, :other, :similarity)",
            original=original,
            other=twin.original,
            similarity=twin.similarity,
        )


def twins(r: Reader, original: str) -> list[Twin]:
    """Return which others sound the same, the likest first: those that were here when it was heard, and later ones."""
    own = "SELECT other AS original, similarity FROM twins WHERE original = :original"
    later = "SELECT original, similarity FROM twins WHERE other = :original"
    found = {twin.original: twin for sql in (later, own) for twin in r.all(Twin, sql, original=original)}
    return sorted(found.values(), key=lambda twin: (-twin.similarity, twin.original))
