"""Every address of the server, and the application that answers there."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from mediaserver.server import delivery, downloads, health, middleware
from mediaserver.server.api import routes as api
from mediaserver.server.pages import render
from mediaserver.server.pages import routes as pages
from mediaserver.server.services import SERVICES, Services


def application(services: Services, web_root: Path) -> web.Application:
    """Return the application; `web_root` is the folder with templates, static files and built assets."""
    # Uploads are streams with a limit of their own; what is read as a whole is small.
    # A thousand recordings may be chosen in one form, each a field, with some more beside them.
    app = web.Application(middlewares=[middleware.around], client_max_size=2**20, client_max_fields=2000)
    app[SERVICES] = services
    app.on_response_prepare.append(middleware.add_headers)
    render.setup(app, web_root)
    app.add_routes([*delivery.ROUTES, *downloads.ROUTES, *api.ROUTES, *health.ROUTES, *pages.ROUTES])
    app.router.add_static("/static/", web_root / "built", append_version=False)
    return app
