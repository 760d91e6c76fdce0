"""Fingerprints that are kept, and the few among them that are worth comparing with a new one.

Each is found by a few of its words, so that looking one up costs about the same among a hundred and a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base.db import Reader, Tx
from mediaserver.media.hearing import fingerprint

AGREEING = 2
"""Words that must be the same for a comparison; of unrelated fingerprints one often is."""
COMPARED = 16
"""At most so many are compared, those with most words in common."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fingerprint that may be of the same sound."""

    number: int
    words: bytes


def add(tx: Tx, words: bytes, *, blocked: bool = False) -> int:
    """Keep a fingerprint, of a recording here or of one that is refused; return its number."""
    number = int(tx.value("SELECT COALESCE(MAX(number), 0) + 1 FROM fingerprints"))
    tx.run(
        "INSERT INTO fingerprints (number, version, blocked, words) VALUES (:number, :version, :blocked, :words)",
        number=number,
        version=fingerprint.VERSION,
        blocked=int(blocked),
        words=words,
    )
    for word in fingerprint.sketch(words):
        tx.run(
            "INSERT INTO fingerprint_words (word, fingerprint) VALUES (:word, :number)",
            word=word,
            number=number,
        )
    return number


def drop(tx: Tx, number: int) -> None:
    """Forget a fingerprint that nothing stands on any more."""
    tx.run("DELETE FROM fingerprint_words WHERE fingerprint = :number", number=number)
    tx.run("DELETE FROM fingerprints WHERE number = :number", number=number)


def candidates(r: Reader, words: bytes, *, blocked: bool = False, most: int = COMPARED) -> list[Candidate]:
    """Return those that share words with a fingerprint of this version, the likeliest first, `most` at most."""
    numbers = r.column(
        "SELECT w.fingerprint FROM fingerprint_words w"
        " JOIN fingerprints f ON f.number = w.fingerprint AND f.blocked = :blocked AND f.version = :version"
        " WHERE w.word IN (:sketch*) GROUP BY w.fingerprint HAVING COUNT(*) >= :agreeing"
        " ORDER BY COUNT(*) DESC, w.fingerprint LIMIT :most",
        sketch=fingerprint.sketch(words),
        blocked=int(blocked),
        version=fingerprint.VERSION,
        agreeing=AGREEING,
        most=most,
    )
    found = r.all(Candidate, "SELECT number, words FROM fingerprints WHERE number IN (:numbers*)", numbers=numbers)
    return sorted(found, key=lambda candidate: numbers.index(candidate.number))
