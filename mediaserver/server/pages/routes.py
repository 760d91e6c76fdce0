"""Every page's address, in one table."""

from __future__ import annotations

from aiohttp import web

from mediaserver.server.pages import artist, downloads, home, release, setup, signin, track, upload

ROUTES: list[web.RouteDef] = [
    web.get("/", home.show),
    web.get("/sign-in", signin.show),
    web.post("/sign-in", signin.enter),
    web.post("/sign-out", signin.leave),
    web.get("/setup/{token}", setup.show),
    web.post("/setup/{token}", setup.accept),
    web.get("/upload", upload.show),
    web.post("/upload", upload.receive),
    web.post("/tracks/{id}/downloads", downloads.set_for_track),
    web.post("/releases/{id}/downloads", downloads.set_for_release),
    web.get("/@{artist}", artist.show),
    web.get("/@{artist}/{track}", track.show),
    web.get("/@{artist}/releases/{release}", release.show),
]
