"""/api/v1/tracks/ID/stream: a track as one file. Its length is true and every range can be had at once, but of FLAC."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.base.errors import Forbidden, NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.sounds import presence, sounds
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import State, Track
from mediaserver.server import sending, sight
from mediaserver.server.request import account, client_address, services
from mediaserver.server.sending import Body
from mediaserver.streaming.progressive import Stream

_MAYBE_UNTOUCHED = ("original", "flac")  # the very file that was given, with all that stands in it: a download
_SECONDS = 3600  # how long a cache that many share may answer without asking whether the track is still public


async def send(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/tracks/ID/stream?format=&bitrate=: the whole or one range (RFC 9110, section 14)."""
    at = services(request)
    asker, wanted = account(request), request.query.get("format", "mp3")
    track, sound = await at.db.read(_find, request.match_info["id"], asker)
    untouched, offered = (sight.may_download(each, track, "original") for each in (asker, None))
    if wanted == "original" and not untouched:
        raise Forbidden("The original of this recording is not offered. Please choose another format.")
    stream = at.progressive.open(sound, wanted, request.query.get("bitrate"), untouched=untouched)
    headers = _headers(track, stream, shared=untouched == offered or wanted not in _MAYBE_UNTOUCHED)
    read = partial(at.progressive.read, stream, listener=client_address(request))
    still = partial(at.db.read, sight.require_still, [track.id], account(request))
    return await sending.send(request, Body(stream.length, read, still), headers)


def _find(r: Reader, track_id: str, asker: Account | None) -> tuple[Track, Sound]:
    track = tracks.get(r, track_id)
    sight.require_track(asker, track)
    sound = sounds.find(r, track.original)
    if track.state == State.MISSING:
        raise NotFound(presence.AWAY)
    if track.state != State.READY or sound is None:
        raise NotFound("This track cannot be played yet. Please try again in a moment.")
    return track, sound


def _headers(track: Track, stream: Stream, *, shared: bool) -> dict[str, str]:
    public = shared and track.visibility == "public"
    return {
        "Accept-Ranges": "none" if stream.length is None else "bytes",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, ETag",
        "Cache-Control": f"public, max-age={_SECONDS}" if public else "private, no-cache",
        "Content-Disposition": sending.disposition("inline", f"{track.credited} - {track.title}", stream.extension),
        "Content-Type": stream.media_type,
        "ETag": f'"{stream.tag}"',
    }
