"""/media/tracks/ID/download: recordings as files to take home, for whom the artist lets have them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.base.errors import Forbidden, Invalid, NotFound, TooLarge, Unsupported
from mediaserver.catalog import details, sounds, tracks
from mediaserver.catalog.sounds import Sound
from mediaserver.catalog.tracks import State, Track
from mediaserver.media.tag_model import Tags
from mediaserver.server import sending, sight
from mediaserver.server.request import account, services
from mediaserver.server.sending import Body
from mediaserver.server.services import Services

USUAL = "mp3"
_NOT_OFFERED = "This recording is not offered for download in that format. What is offered stands on its page."
_NOT_READY = "This recording is not ready yet. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Found:
    """A recording and what a file of it is to say; the cover comes later."""

    track: Track
    sound: Sound
    tags: Tags


async def track(request: web.Request) -> web.StreamResponse:
    """GET /media/tracks/ID/download?format=&bitrate=: the whole or one range."""
    at, wanted = services(request), request.query.get("format", USUAL)
    found = await at.db.read(_find, request.match_info["id"], account(request), wanted)
    tags = await with_cover(at, found)
    stream = await at.downloads.open(found.sound, wanted, request.query.get("bitrate"), tags)
    stem = f"{found.track.credited} - {found.track.title}"
    named = headers(sending.disposition("attachment", stem, stream.extension), stream.media_type, stream.tag)
    named["Accept-Ranges"] = "none" if stream.length is None else "bytes"
    return await sending.send(request, Body(stream.length, partial(at.progressive.read, stream)), named)


def headers(disposition: str, media_type: str, tag: str) -> dict[str, str]:
    """Return what every download says; whether it may be had is asked anew each time."""
    return {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition,
        "Content-Type": media_type,
        "ETag": f'"{tag}"',
    }


async def with_cover(at: Services, found: Found) -> Tags:
    """Return the tags with the picture in them, where there is one that can be shown."""
    if found.track.picture is None:
        return found.tags
    try:
        return replace(found.tags, cover=await at.pictures.embeddable(found.track.picture))
    except (NotFound, Invalid, Unsupported, TooLarge):
        return found.tags


def _find(r: Reader, track_id: str, asker: Account | None, format: str) -> Found:
    track = tracks.get(r, track_id)
    sight.require_track(asker, track)
    if not sight.may_download(asker, track, format):
        raise Forbidden(_NOT_OFFERED)
    found = find(r, track)
    if found is None:
        raise NotFound(_NOT_READY)
    return found


def find(r: Reader, track: Track) -> Found | None:
    """Return what a download of the track needs, once it can be played."""
    sound = sounds.find(r, track.original)
    if track.state != State.READY or sound is None:
        return None
    return Found(track, sound, details.tags(r, track.id))


ROUTES = [web.get("/media/tracks/{id}/download", track)]
