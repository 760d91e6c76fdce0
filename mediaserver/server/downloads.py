"""/media/tracks/ID/download and /media/releases/ID/download: files to take home, for whom the artist lets have them."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader
from mediaserver.base.errors import Forbidden, NotFound
from mediaserver.catalog import releases, tracks
from mediaserver.catalog.releases import Release
from mediaserver.server import recordings, release_files, sending, sight
from mediaserver.server.recordings import Recording
from mediaserver.server.request import account, client_address, services
from mediaserver.server.sending import Body

USUAL = "mp3"
_NOT_READY = "This recording is not ready yet. Please try again in a moment."


async def track(request: web.Request) -> web.StreamResponse:
    """GET /media/tracks/ID/download?format=&bitrate=: the whole or one range."""
    at, wanted = services(request), request.query.get("format", USUAL)
    found = await at.db.read(_find, request.match_info["id"], account(request), wanted)
    tags = await recordings.with_cover(at, found)
    listener = client_address(request)
    stream = await at.downloads.open(found.sound, wanted, request.query.get("bitrate"), tags, listener)
    stem = f"{found.track.credited} - {found.track.title}"
    named = headers(sending.disposition("attachment", stem, stream.extension), stream.media_type, stream.tag)
    named["Accept-Ranges"] = "none" if stream.length is None else "bytes"
    read = partial(at.progressive.read, stream, listener=listener)
    still = partial(at.db.read, sight.require_still, [found.track.id], account(request), wanted)
    return await sending.send(request, Body(stream.length, read, still), named)


async def release(request: web.Request) -> web.StreamResponse:
    """GET /media/releases/ID/download?format=&bitrate=: a ZIP of what of it may be had, whole or one range.

    Its length is told where it is known; where it is not, a range costs making the whole once.
    """
    at, wanted = services(request), request.query.get("format", USUAL)
    found, every = await at.db.read(_find_release, request.match_info["id"], account(request), wanted)
    listener = client_address(request)
    members = await release_files.members(at, found, every, wanted, request.query.get("bitrate"), listener)
    measured = request.method == "GET" and "Range" in request.headers  # a range means something with GET only
    archive = await at.archives.open(members, listener, measured=measured)
    stem = f"{every[0].tags.album_artist or found.artist_name} - {found.title}"
    named = headers(sending.disposition("attachment", stem, "zip"), "application/zip", archive.tag)
    still = partial(at.db.read, sight.require_still, [each.track.id for each in every], account(request), wanted)
    return await sending.send(request, Body(archive.length, archive.read, still), named | {"Accept-Ranges": "bytes"})


def headers(disposition: str, media_type: str, tag: str) -> dict[str, str]:
    """Return what every download says; whether it may be had is asked anew each time."""
    return {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition,
        "Content-Type": media_type,
        "ETag": f'"{tag}"',
    }


def _find(r: Reader, track_id: str, asker: Account | None, format: str) -> Recording:
    track = tracks.get(r, track_id)
    sight.require_download(asker, track, format)
    found = recordings.find(r, track)
    if found is None:
        raise NotFound(_NOT_READY)
    return found


def _find_release(r: Reader, release_id: str, asker: Account | None, format: str) -> tuple[Release, list[Recording]]:
    release = releases.get(r, release_id)
    together = sight.tracks_of(r, asker, release)
    every = [recordings.find(r, track) for track in together if sight.may_download(asker, track, format)]
    ready = [recording for recording in every if recording is not None]
    if not ready:
        raise NotFound(_NOT_READY) if every else Forbidden(sight.NOT_OFFERED)
    return release, ready


ROUTES = [web.get("/media/tracks/{id}/download", track), web.get("/media/releases/{id}/download", release)]
