"""The first set-up: whoever holds the link from the server's terminal becomes the first administrator."""

from __future__ import annotations

from aiohttp import web

from mediaserver.accounts import accounts, invitations, sessions
from mediaserver.base.db import Tx
from mediaserver.base.errors import Conflict, Invalid
from mediaserver.base.pool import Priority
from mediaserver.server import auth, reply
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import form, services


async def show(request: web.Request) -> web.Response:
    """GET /setup/{token}."""
    await services(request).db.read(invitations.role_of, request.match_info["token"])
    return render(request, "pages/setup.html", name="", problem=None)


async def accept(request: web.Request) -> web.Response:
    """POST /setup/{token}."""
    fields = await form(request)
    name, password = fields.get("name", ""), fields.get("password", "")
    token, agent = request.match_info["token"], request.headers.get("User-Agent", "")
    s = services(request)
    await s.db.read(invitations.role_of, token)
    try:
        password_hash = await s.pool.run(Priority.LISTENER, accounts.hash_password, password)
        session = await s.db.write(_settle, token, name, password_hash, agent, s.config.session_days)
    except (Invalid, Conflict) as problem:
        return render(request, "pages/setup.html", status=reply.status_of(problem), name=name, problem=problem)
    response = redirect("/upload")
    auth.set_session(request, response, session)
    return response


def _settle(tx: Tx, token: str, name: str, password_hash: str, user_agent: str, days: int) -> str:
    """Make the account and sign it in at once; return the session's token."""
    account = invitations.accept(tx, token, name, password_hash)
    return sessions.start(tx, account.id, user_agent, days)
