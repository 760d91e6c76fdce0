"""Every page's address, in one table."""

from __future__ import annotations

from aiohttp import web

from mediaserver.server.pages import (
    artist,
    blocklist,
    downloads,
    history,
    home,
    library,
    lifecycle,
    recordings,
    release,
    release_edit,
    setup,
    signin,
    track,
    track_edit,
    upload,
)

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
    web.get("/admin/blocklist/{id}", blocklist.show_one),
    web.post("/admin/blocklist/{id}/take-down", blocklist.take_down),
    web.post("/admin/blocklist/{id}/remove", blocklist.remove),
    web.post("/tracks/{id}/downloads", downloads.set_for_track),
    web.post("/releases/{id}/downloads", downloads.set_for_release),
    web.get("/library/tracks", recordings.show),
    web.get("/library/tracks/edit", track_edit.show),
    web.post("/library/tracks/edit", track_edit.save),
    web.get("/library/tracks/{id}/edit", track_edit.show),
    web.post("/library/tracks/{id}/edit", track_edit.save),
    web.get("/library/releases/{id}/edit", release_edit.show),
    web.post("/library/releases/{id}/edit", release_edit.save),
    *lifecycle.ROUTES,
    *history.ROUTES,
    web.get("/@{artist}", artist.show),
    web.get("/@{artist}/{track}", track.show),
    web.get("/@{artist}/releases/{release}", release.show),
]
