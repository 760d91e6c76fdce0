"""Every page's address, in one table."""

from __future__ import annotations

from aiohttp import web

from mediaserver.server.pages import artist, blocklist, home, library, release, setup, signin, track, upload

ROUTES: list[web.RouteDef] = [
    web.get("/", home.show),
    web.get("/sign-in", signin.show),
    web.post("/sign-in", signin.enter),
    web.post("/sign-out", signin.leave),
    web.get("/setup/{token}", setup.show),
    web.post("/setup/{token}", setup.accept),
    web.get("/upload", upload.show),
    web.post("/upload", upload.receive),
    web.get("/admin/library", library.show),
    web.post("/admin/library", library.add),
    web.post("/admin/library/{id}/{act}", library.act),
    web.get("/admin/blocklist", blocklist.show),
    web.post("/admin/blocklist", blocklist.add),
    web.post("/admin/blocklist/file", blocklist.take_in),
    web.post("/admin/blocklist/{id}/remove", blocklist.remove),
    web.get("/@{artist}", artist.show),
    web.get("/@{artist}/{track}", track.show),
    web.get("/@{artist}/releases/{release}", release.show),
]
