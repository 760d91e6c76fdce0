"""The JSON door's addresses."""

from __future__ import annotations

from aiohttp import web

from mediaserver.server.api import (
    artwork,
    blocklist,
    follow,
    history,
    library,
    lifecycle,
    releases,
    session,
    similar,
    stream,
    tracks,
    tus,
    uploads,
)

ROUTES: list[web.RouteDef] = [
    web.post("/api/v1/session", session.create),
    web.get("/api/v1/session", session.show),
    web.delete("/api/v1/session", session.end),
    web.get("/api/v1/tracks", tracks.newest),
    web.patch("/api/v1/tracks", tracks.change_many),
    web.get("/api/v1/tracks/{id}", tracks.show),
    web.patch("/api/v1/tracks/{id}", tracks.change),
    web.get("/api/v1/tracks/{id}/similar", similar.show),
    web.get("/api/v1/tracks/{id}/stream", stream.send),
    web.get("/api/v1/releases/{id}", releases.show),
    web.patch("/api/v1/releases/{id}", releases.change),
    web.put("/api/v1/{kind:tracks|releases|artists}/{id}/artwork", artwork.put),
    web.delete("/api/v1/{kind:tracks|releases|artists}/{id}/artwork", artwork.remove),
    web.post("/api/v1/uploads", uploads.create),
    web.get("/api/v1/uploads", uploads.mine),
    web.route("*", "/api/v1/uploads/tus", tus.answer),
    web.route("*", "/api/v1/uploads/tus/{id}", tus.answer),
    web.get("/api/v1/uploads/{id}", uploads.show),
    web.get("/api/v1/admin/library", library.show),
    web.post("/api/v1/admin/library", library.add),
    web.get("/api/v1/admin/library/refused", library.refused),
    web.get("/api/v1/admin/library/missing", library.missing),
    web.patch("/api/v1/admin/library/{id}", library.change),
    web.delete("/api/v1/admin/library/{id}", library.forget),
    web.post("/api/v1/admin/library/{id}/look", library.look),
    web.post("/api/v1/admin/library/{id}/stop", library.stop),
    web.get("/api/v1/admin/blocklist", blocklist.show),
    web.post("/api/v1/admin/blocklist", blocklist.add),
    web.get("/api/v1/admin/blocklist/file", blocklist.export),
    web.post("/api/v1/admin/blocklist/file", blocklist.take_in),
    web.delete("/api/v1/admin/blocklist/{id}", blocklist.remove),
    *lifecycle.ROUTES,
    *history.ROUTES,
    *follow.ROUTES,
]
