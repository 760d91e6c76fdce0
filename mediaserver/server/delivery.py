"""Delivery: playlists, segments, artwork and waveforms, each with what caches need to know about it."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from mediaserver.base.errors import NotFound
from mediaserver.catalog import tracks
from mediaserver.ingest.analyse import waveform_path
from mediaserver.media import waveform
from mediaserver.server import reply, sight
from mediaserver.server.request import account, client_address, services
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.packager import is_open_to_all

_PLAYLIST_SECONDS = 60


async def master(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/master.m3u8; `?codecs=` tells what the player can play, in any order."""
    at = request.match_info
    codecs = offers.stated(request.query.get("codecs", ""))
    text = await services(request).packager.master(at["ticket"], at["track"], codecs)
    return reply.media(text.encode(), manifests.TYPE, public=is_open_to_all(at["ticket"]), seconds=_PLAYLIST_SECONDS)


async def playlist(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/VERSION/RENDITION/index.m3u8."""
    at = request.match_info
    text = await services(request).packager.playlist(at["ticket"], at["track"], at["version"], at["rendition"])
    return reply.media(text.encode(), manifests.TYPE, public=is_open_to_all(at["ticket"]))


async def piece(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/VERSION/RENDITION/init.mp4 and .../N.m4s."""
    at = request.match_info
    data = await services(request).packager.piece(
        at["ticket"], at["track"], at["version"], at["rendition"], at["name"], client_address(request)
    )
    return reply.media(data, "audio/mp4", public=is_open_to_all(at["ticket"]))


async def artwork(request: web.Request) -> web.Response:
    """GET /media/artwork/HASH/SIZE.webp."""
    path = await services(request).pictures.resized(request.match_info["hash"], int(request.match_info["size"]))
    return reply.media(await asyncio.to_thread(path.read_bytes), "image/webp", public=True)


async def waveform_json(request: web.Request) -> web.Response:
    """GET /media/waveforms/TRACK.json: the audiowaveform data format, version 2."""
    track = await services(request).db.read(tracks.get, request.match_info["track"])
    sight.require_track(account(request), track)
    try:
        path = waveform_path(services(request).folder.waveforms, track.original)
        data = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        raise NotFound("The waveform of this track is not there yet.") from None
    body = msgspec.json.encode(waveform.from_dat(data).to_json())
    response = reply.media(body, "application/json", public=track.visibility == "public", seconds=3600)
    response.headers["Vary"] = "Accept-Encoding"
    response.enable_compression()
    return response


ROUTES = [
    web.get("/hls/{ticket}/{track}/master.m3u8", master),
    web.get("/hls/{ticket}/{track}/{version}/{rendition}/index.m3u8", playlist),
    web.get("/hls/{ticket}/{track}/{version}/{rendition}/{name}", piece),
    web.get(r"/media/artwork/{hash}/{size:\d{1,4}}.webp", artwork),
    web.get("/media/waveforms/{track}.json", waveform_json),
]
