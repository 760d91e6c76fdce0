"""/api/v1/session: sign in, who am I and what others call me, sign out."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts import accounts, sessions, signin
from mediaserver.server import auth, reply
from mediaserver.server.api import body, shapes
from mediaserver.server.request import client_address, require_account, services, session_token


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs somebody in."""

    name: str
    password: str


async def create(request: web.Request) -> web.Response:
    """POST: sign in; the answer's cookie is the session."""
    have = await body.read(request, Credentials)
    at = services(request)
    agent = request.headers.get("User-Agent", "")
    days = at.config.session_days
    token = await signin.sign_in(at.db, at.pool, have.name, have.password, client_address(request), agent, days)
    somebody = await at.db.read(sessions.who, token)
    response = reply.json(shapes.account(somebody) if somebody else None)
    auth.set_session(request, response, token)
    return response


async def show(request: web.Request) -> web.Response:
    """GET: who is signed in."""
    return reply.json(shapes.account(require_account(request)))


@dataclass(frozen=True, slots=True)
class Called:
    """What somebody wants others to call them; None for no name."""

    display_name: str | None


async def change(request: web.Request) -> web.Response:
    """PATCH {"display_name": TEXT}: what others are shown in the place of what one signs in with."""
    somebody = require_account(request)
    said = somebody, (await body.read(request, Called)).display_name or ""
    return reply.json(shapes.account(await services(request).db.write(accounts.set_display_name, *said)))


async def end(request: web.Request) -> web.Response:
    """DELETE: sign out."""
    token = session_token(request)
    if token:
        await services(request).db.write(sessions.end, token)
    response = web.Response(status=204)
    auth.clear_session(request, response)
    return response
