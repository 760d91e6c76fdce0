"""The list of sounds that are refused: each by its fingerprint, with what it was and why it is not to come back."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Invalid, NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.sounds import fingerprints, hearings
from mediaserver.media.hearing import fingerprint

_COLUMNS = "b.id, b.title, b.artist, b.reason, b.created_at, f.words, f.version"
_LONGEST = 1000
_LAST = "~"  # sorts after every id


@dataclass(frozen=True, slots=True)
class Blocked:
    """A sound that is refused."""

    id: str
    title: str
    artist: str
    reason: str
    created_at: int
    words: bytes
    version: int


def add(tx: Tx, words: bytes, title: str, artist: str, reason: str) -> Blocked:
    """Refuse a sound from now on. Raises Conflict for one that is refused already, Invalid for too short a one."""
    if len(words) % fingerprint.WORD or not fingerprint.is_telling(words):
        raise Invalid("This sound is too short or too quiet to be known again: a block needs three seconds of sound.")
    if any(known.words == words for known in fingerprints.candidates(tx, words, blocked=True)):
        raise Conflict(f'"{title}" is refused already.')
    block_id = ids.new()
    tx.run(
        "INSERT INTO blocked_sounds (id, fingerprint, title, artist, reason, created_at)"
        " VALUES (:id, :fingerprint, :title, :artist, :reason, :now)",
        id=block_id,
        fingerprint=fingerprints.add(tx, words, blocked=True),
        title=title[:_LONGEST],
        artist=artist[:_LONGEST],
        reason=reason.strip()[:_LONGEST],
        now=clock.now(),
    )
    return get(tx, block_id)


def add_track(tx: Tx, track_id: str, reason: str) -> Blocked:
    """Refuse the sound of a track from now on; the track itself stays. Raises NotFound, and what `add` raises."""
    track = tracks.get(tx, track_id)
    heard = hearings.find(tx, track.original)
    if heard is None:
        raise Invalid("This track has not been listened through yet. Please try again in a moment.")
    return add(tx, heard.words or b"", track.title, track.credited, reason)


def remove(tx: Tx, block_id: str) -> None:
    """Let a sound come in again. Raises NotFound."""
    number = tx.value("SELECT fingerprint FROM blocked_sounds WHERE id = :id", id=block_id)
    if number is None:
        raise NotFound("There is no such entry in the block list.")
    tx.run("DELETE FROM blocked_sounds WHERE id = :id", id=block_id)
    fingerprints.drop(tx, number)


def get(r: Reader, block_id: str) -> Blocked:
    """Return the entry of that id. Raises NotFound."""
    found = r.one(
        Blocked,
        f"SELECT {_COLUMNS} FROM blocked_sounds b JOIN fingerprints f ON f.number = b.fingerprint WHERE b.id = :id",
        id=block_id,
    )
    if found is None:
        raise NotFound("There is no such entry in the block list.")
    return found


def of_fingerprint(r: Reader, number: int) -> Blocked | None:
    """Return the entry that stands on a fingerprint."""
    return r.one(
        Blocked,
        f"SELECT {_COLUMNS} FROM blocked_sounds b JOIN fingerprints f ON f.number = b.fingerprint"
        " WHERE b.fingerprint = :number",
        number=number,
    )


def newest(r: Reader, limit: int, before: str | None = None) -> list[Blocked]:
    """Return entries, the newest first; `before` is the id at which the page before ended."""
    return r.all(
        Blocked,
        f"SELECT {_COLUMNS} FROM blocked_sounds b JOIN fingerprints f ON f.number = b.fingerprint"
        " WHERE b.id < :before ORDER BY b.id DESC LIMIT :limit",
        before=before or _LAST,
        limit=limit,
    )
