"""What is here already with the sound of an upload, as far as who sent it may know, or with a refused sound; and how
the latter is taken down.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.catalog import tracks
from mediaserver.catalog.deleted import Deleted
from mediaserver.catalog.sounds import hearings
from mediaserver.catalog.tracks import Track
from mediaserver.ingest.uploads import State, Upload
from mediaserver.server import lifecycle, sight
from mediaserver.server.services import Services


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A track that sounds the same; a `similarity` of 1 tells that it is the very same file."""

    track: Track
    similarity: float


def of_upload(r: Reader, upload: Upload, asker: Account | None) -> list[Duplicate]:
    """Return them, the likest first; none before the upload was heard through."""
    if upload.state != State.READY:
        return []
    alike = hearings.tracks_alike(r, upload.original, upload.track_id)
    found = [Duplicate(tracks.get(r, each.track_id), each.similarity) for each in alike]
    return [duplicate for duplicate in found if sight.may_be_told_of(asker, duplicate.track)]


async def of_blocked(at: Services, words: bytes) -> list[Duplicate]:
    """Return what is here with the sound of a fingerprint that is refused, for administrators, the likest first."""
    alike = await at.recognition.tracks(words)
    return await at.db.read(
        lambda r: [Duplicate(t, each.similarity) for each in alike if (t := tracks.find(r, each.track_id))]
    )


async def take_down(
    at: Services, asker: Account | None, words: bytes, only: str | None = None
) -> list[tuple[Duplicate, Deleted]]:
    """Delete what `of_blocked` finds, or the one track `only` of it; return what went. Raises as `lifecycle.delete`."""
    found = {each.track.id: each for each in await of_blocked(at, words) if only in (None, each.track.id)}
    gone = await at.db.write(lifecycle.take_down, asker, list(found), at.config.grace_days)
    return [(found[each.id], each) for each in gone]
