"""/api/v1/tracks/ID/stream: a track as one file. Its length is true and every range can be had at once, but of FLAC."""

from __future__ import annotations

import logging
from urllib.parse import quote

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.base.errors import NotFound, Problem
from mediaserver.catalog import presence, sounds, tracks
from mediaserver.catalog.sounds import Sound
from mediaserver.catalog.tracks import State, Track
from mediaserver.server import ranges, reply, sight
from mediaserver.server.request import account, client_address, services
from mediaserver.streaming.progressive import Stream

_log = logging.getLogger(__name__)
_SECONDS = 3600  # how long a cache that many share may answer without asking whether the track is still public
_NAME_LIMIT = 120


async def send(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/tracks/ID/stream?format=&bitrate=: the whole or one range (RFC 9110, section 14)."""
    at = services(request)
    track, sound = await at.db.read(_find, request.match_info["id"], account(request))
    stream = at.progressive.open(sound, request.query.get("format", "mp3"), request.query.get("bitrate"))
    headers = _headers(track, stream)
    if ranges.is_known(request.headers, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    if request.method == "HEAD" or stream.length is None:  # a range means something with GET of a known length only
        return await _answer(request, stream, None, headers)
    try:
        wanted = ranges.requested(request.headers, headers["ETag"], stream.length)
    except ranges.Unsatisfiable:
        return reply.unsatisfiable(stream.length)
    if wanted is not None:
        headers["Content-Range"] = ranges.describe(wanted, stream.length)
    return await _answer(request, stream, wanted, headers)


def _find(r: Reader, track_id: str, asker: Account | None) -> tuple[Track, Sound]:
    track = tracks.get(r, track_id)
    sight.require_track(asker, track)
    sound = sounds.find(r, track.original)
    if track.state == State.MISSING:
        raise NotFound(presence.AWAY)
    if track.state != State.READY or sound is None:
        raise NotFound("This track cannot be played yet. Please try again in a moment.")
    return track, sound


def _headers(track: Track, stream: Stream) -> dict[str, str]:
    public = track.visibility == "public"
    return {
        "Accept-Ranges": "none" if stream.length is None else "bytes",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, ETag",
        "Cache-Control": f"public, max-age={_SECONDS}" if public else "private, no-cache",
        "Content-Disposition": _disposition(f"{track.credited} - {track.title}.{stream.extension}"),
        "Content-Type": stream.media_type,
        "ETag": f'"{stream.tag}"',
    }


def _disposition(name: str) -> str:
    """Return a header by which browsers play, and save under a name that no file system minds (RFC 6266)."""
    stem, _, extension = name.rpartition(".")
    safe = "".join("_" if each in '/\\:*?"<>|' or not each.isprintable() else each for each in stem)
    safe = f"{safe[:_NAME_LIMIT].strip('. ')}.{extension}"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


async def _answer(
    request: web.Request, stream: Stream, wanted: range | None, headers: dict[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=200 if wanted is None else 206, headers=headers)
    response.content_length = stream.length if wanted is None else len(wanted)  # without one it goes out in chunks
    if request.method != "HEAD":
        await _write(request, response, stream, wanted)
    return response


async def _write(request: web.Request, response: web.StreamResponse, stream: Stream, wanted: range | None) -> None:
    """Send the bytes as fast as they are taken, one part in memory; nothing is made for whoever has left.

    The first part is made before the answer begins, so that a failure can still be told. After that the connection is
    cut: only so does the asker learn that bytes are missing.
    """
    try:
        async for data in services(request).progressive.read(stream, wanted, client_address(request)):
            if not response.prepared:
                await response.prepare(request)
            await response.write(data)
    except Problem as problem:
        if not response.prepared:
            raise
        _log.warning("a stream broke off: %s", problem)
        raise ConnectionResetError from problem
