"""The JSON door's addresses."""

from __future__ import annotations

from aiohttp import web

from mediaserver.server.api import follow, history, lifecycle, session, stream, tracks, uploads

ROUTES: list[web.RouteDef] = [
    web.post("/api/v1/session", session.create),
    web.get("/api/v1/session", session.show),
    web.delete("/api/v1/session", session.end),
    web.get("/api/v1/tracks", tracks.newest),
    web.get("/api/v1/tracks/{id}", tracks.show),
    web.patch("/api/v1/tracks/{id}", tracks.change),
    web.get("/api/v1/tracks/{id}/stream", stream.send),
    web.post("/api/v1/uploads", uploads.create),
    web.get("/api/v1/uploads", uploads.mine),
    web.get("/api/v1/uploads/{id}", uploads.show),
    *lifecycle.ROUTES,
    *history.ROUTES,
    *follow.ROUTES,
]
