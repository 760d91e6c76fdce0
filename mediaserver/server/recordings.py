"""A recording and what a file of it is to say, read at once, as downloads need it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid, NotFound, TooLarge, Unsupported
from mediaserver.catalog.details import details
from mediaserver.catalog.sounds import sounds
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import State, Track
from mediaserver.media.tags.model import Tags
from mediaserver.server.services import Services


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording and what a file of it is to say; the cover comes later."""

    track: Track
    sound: Sound
    tags: Tags


def find(r: Reader, track: Track) -> Recording | None:
    """Return what a download of the track needs, once it can be played."""
    sound = sounds.find(r, track.original)
    if track.state != State.READY or sound is None:
        return None
    return Recording(track, sound, details.tags(r, track.id))


async def with_cover(at: Services, found: Recording) -> Tags:
    """Return the tags with the picture in them, where there is one that can be shown."""
    if found.track.picture is None:
        return found.tags
    try:
        return replace(found.tags, cover=await at.pictures.embeddable(found.track.picture))
    except (NotFound, Invalid, Unsupported, TooLarge):
        return found.tags
