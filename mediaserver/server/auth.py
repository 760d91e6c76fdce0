"""Who is asking: the session cookie read into the request, and put on and taken off responses."""

from __future__ import annotations

from contextlib import suppress

from aiohttp import web

from mediaserver.accounts import sessions
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Reader
from mediaserver.base.errors import TooBusy
from mediaserver.server.request import COOKIE, origin, services, session_token

_RENEWED = web.RequestKey("renewed", str)  # the token of a session that this request has let run on


def set_session(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Sign the browser in."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=services(request).config.session_days * clock.DAY // clock.SECOND,
        httponly=True,
        samesite="Lax",
        secure=origin(request).startswith("https:"),
        path="/",
    )


def clear_session(request: web.Request, response: web.StreamResponse) -> None:
    """Sign the browser out; the session itself is ended by `accounts.sessions.end`."""
    response.del_cookie(COOKIE, path="/")


async def identify(request: web.Request) -> Account | None:
    """Return whose cookie came with the request, and let a session in use run on."""
    token = session_token(request)
    if not token:
        return None
    db = services(request).db
    account, due = await db.read(_look_up, token)
    if due:
        with suppress(TooBusy):  # on a full disk the session runs on as it did, and the page is shown
            await db.write(sessions.touch, token, services(request).config.session_days)
            request[_RENEWED] = token
    return account


def renew(request: web.Request, response: web.StreamResponse) -> None:
    """Let the browser keep the cookie as long as the session, which `identify` has let run on.

    Not on an answer that shared caches may keep: they would hand the cookie to others. Nor on one that signs in or out.
    """
    token = request.get(_RENEWED)
    shared = response.headers.get("Cache-Control", "").startswith("public")
    if token and not response.prepared and not shared and COOKIE not in response.cookies:
        set_session(request, response, token)


def _look_up(r: Reader, token: str) -> tuple[Account | None, bool]:
    account = sessions.who(r, token)
    return account, account is not None and sessions.is_due(r, token)
