"""Delivery: playlists, keys, segments, artwork and waveforms, each with what caches need to know about it."""

from __future__ import annotations

import asyncio
import hashlib

import msgspec
from aiohttp import web

from mediaserver.base.errors import NotFound
from mediaserver.catalog import tracks
from mediaserver.ingest.analyse import waveform_path
from mediaserver.media import waveform
from mediaserver.server import reply, sight
from mediaserver.server.request import account, client_address, services
from mediaserver.streaming import manifests, offers, runs
from mediaserver.streaming.tickets import is_open_to_all

SEGMENT_TYPE = "audio/mp4"
_PLAYLIST_SECONDS = 60
_WAVEFORM_SECONDS = 3600
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Range, If-Match, If-None-Match, If-Range",
    "Access-Control-Max-Age": "86400",
    "Cache-Control": "public, max-age=86400",
}


async def master(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/master.m3u8; `?codecs=` tells what the player can play, in any order."""
    at = request.match_info
    text = await services(request).packager.master(at["ticket"], at["track"], _codecs(request))
    return _playlist(request, text, public=is_open_to_all(at["ticket"]), seconds=_PLAYLIST_SECONDS)


async def playlist(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/VERSION/RENDITION/index.m3u8."""
    at = request.match_info
    text = await services(request).packager.playlist(at["ticket"], at["track"], at["version"], at["rendition"])
    return _playlist(request, text, public=is_open_to_all(at["ticket"]))


async def run_master(request: web.Request) -> web.Response:
    """GET /hls/run/master.m3u8?of=TICKET/TRACK,TICKET/TRACK...&codecs=: several tracks without a gap."""
    entries = runs.parse(request.query.get("of", ""))
    text = await services(request).runs.master(entries, _codecs(request))
    return await _run(request, entries, text)


async def run_playlist(request: web.Request) -> web.Response:
    """GET /hls/run/RENDITION/index.m3u8?of=...: its address names no version, so it is not for ever."""
    entries = runs.parse(request.query.get("of", ""))
    text = await services(request).runs.playlist(entries, request.match_info["rendition"])
    return await _run(request, entries, text)


async def key(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/VERSION/RENDITION/key: the 16 bytes that open its segments, which no cache may keep."""
    at = request.match_info
    data = await services(request).packager.key(at["ticket"], at["track"], at["version"], at["rendition"])
    return web.Response(body=data, content_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def piece(request: web.Request) -> web.Response:
    """GET /hls/TICKET/TRACK/VERSION/RENDITION/init.mp4 and .../N.m4s."""
    at = request.match_info
    ticket, version, rendition, name = at["ticket"], at["version"], at["rendition"], at["name"]
    listener = client_address(request)
    data = await services(request).packager.piece(ticket, at["track"], version, rendition, name, listener)
    public = is_open_to_all(ticket)
    named = tag(version, rendition, name) + ("" if public else ".locked")
    return reply.media(request, data, SEGMENT_TYPE, named, public=public)


def tag(version: str, rendition: str, name: str) -> str:
    """Return what stands for the bytes of a piece in the clear."""
    return f"{version}.{rendition}.{name}"


async def steering(request: web.Request) -> web.Response:
    """GET /hls/steering.json: from which delivery hosts to fetch, the best first.

    What a player says of itself (`_HLS_pathway`, `_HLS_throughput`) is taken and changes nothing.
    """
    return reply.json(services(request).steering.manifest())


async def preflight(request: web.Request) -> web.Response:
    """OPTIONS of everything below /hls/: browsers ask before they send a range to another host."""
    return web.Response(status=204, headers=_PREFLIGHT)


async def artwork(request: web.Request) -> web.Response:
    """GET /media/artwork/HASH/SIZE.webp."""
    picture, size = request.match_info["hash"], request.match_info["size"]
    body = await services(request).pictures.resized(picture, int(size))
    return reply.media(request, body, "image/webp", f"{picture}.{size}", public=True)


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
    public = track.visibility == "public"
    return await asyncio.to_thread(_packed, request, body, "application/json", public, _WAVEFORM_SECONDS)


def _codecs(request: web.Request) -> frozenset[str]:
    return offers.stated(request.query.get("codecs", ""))


async def _run(request: web.Request, entries: tuple[runs.Entry, ...], text: str) -> web.Response:
    """Answer with a run's playlist; it is long where the tracks are many, so it is packed beside the event loop."""
    public = all(is_open_to_all(entry.ticket) for entry in entries)
    return await asyncio.to_thread(_packed, request, text.encode(), manifests.TYPE, public, _PLAYLIST_SECONDS)


def _packed(request: web.Request, body: bytes, content_type: str, public: bool, seconds: int) -> web.Response:
    return reply.packed(request, body, content_type, _digest(body), public=public, seconds=seconds)


def _playlist(request: web.Request, text: str, *, public: bool, seconds: int = reply.FOREVER) -> web.Response:
    body = text.encode()
    return reply.media(request, body, manifests.TYPE, _digest(body), public=public, seconds=seconds)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:20]


_HLS = {
    "/hls/steering.json": steering,
    "/hls/run/master.m3u8": run_master,
    "/hls/run/{rendition}/index.m3u8": run_playlist,
    "/hls/{ticket}/{track}/master.m3u8": master,
    "/hls/{ticket}/{track}/{version}/{rendition}/index.m3u8": playlist,
    "/hls/{ticket}/{track}/{version}/{rendition}/key": key,
    "/hls/{ticket}/{track}/{version}/{rendition}/{name}": piece,
}
ROUTES = [
    *(web.get(address, handler) for address, handler in _HLS.items()),
    *(web.options(address, preflight) for address in _HLS),
    web.get(r"/media/artwork/{hash}/{size:\d{1,4}}.webp", artwork),
    web.get("/media/waveforms/{track}.json", waveform_json),
]
