"""For whoever watches over the server: is it alive, and can it serve."""

from __future__ import annotations

from aiohttp import web

from mediaserver.accounts import accounts
from mediaserver.server import reply
from mediaserver.server.request import services


async def alive(request: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    return reply.json({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    """GET /readyz: the database answers too."""
    await services(request).db.read(accounts.any_exists)
    return reply.json({"status": "ready"})


ROUTES = [web.get("/healthz", alive), web.get("/readyz", ready)]
