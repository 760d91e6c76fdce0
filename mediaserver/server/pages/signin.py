"""Signing in and out."""

from __future__ import annotations

from aiohttp import web

from mediaserver.accounts import accounts, sessions, signin
from mediaserver.base.errors import NotSignedIn, Problem, Throttled
from mediaserver.server import auth, reply
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import client_address, form, services, session_token


def local(address: str) -> str:
    """Return `address` if it is a path on this site, else the first page's."""
    stays = address.startswith("/") and not address.startswith("//")
    clean = "\\" not in address and all(" " < mark != "\x7f" for mark in address)
    return address if stays and clean else "/"


async def show(request: web.Request) -> web.Response:
    """GET /sign-in."""
    return await _page(request, "", request.query.get("next", "/"), None)


async def enter(request: web.Request) -> web.Response:
    """POST /sign-in."""
    fields = await form(request)
    name, password, onward = (fields.get(field, "") for field in ("name", "password", "next"))
    s = services(request)
    who = client_address(request), request.headers.get("User-Agent", "")
    try:
        token = await signin.sign_in(s.db, s.pool, name, password, *who, s.config.session_days)
    except (NotSignedIn, Throttled) as problem:
        return await _page(request, name, onward, problem)
    response = redirect(local(onward))
    auth.set_session(request, response, token)
    return response


async def leave(request: web.Request) -> web.Response:
    """POST /sign-out."""
    token = session_token(request)
    if token is not None:
        await services(request).db.write(sessions.end, token)
    response = redirect("/")
    auth.clear_session(request, response)
    return response


async def _page(request: web.Request, name: str, onward: str, problem: Problem | None) -> web.Response:
    has_accounts = await services(request).db.read(accounts.any_exists)
    response = render(
        request,
        "pages/sign-in.html",
        status=reply.status_of(problem) if problem else 200,
        name=name,
        next=local(onward),
        problem=problem,
        has_accounts=has_accounts,
    )
    if problem:
        response.headers.update(reply.retry_after(problem))
    return response
