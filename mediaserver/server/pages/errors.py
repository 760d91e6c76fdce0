"""The page for what went wrong: what happened, and where to go from there."""

from __future__ import annotations

from aiohttp import web
from yarl import URL

from mediaserver.base.errors import Problem
from mediaserver.server.pages.render import render
from mediaserver.server.request import origin


def page(request: web.Request, problem: Problem, status: int) -> web.Response:
    """Return the page that tells a person of `problem`."""
    came_from = _page_before(request)
    # Only what was asked for with a GET can be asked for again after signing in.
    onward = request.path_qs if request.method in ("GET", "HEAD") else came_from or "/"
    return render(
        request, "pages/error.html", status=status, problem=problem, code=status, came_from=came_from, onward=onward
    )


def _page_before(request: web.Request) -> str | None:
    """Return the page of this site that led to this one, where it is another; browsers tell its whole address."""
    try:
        before = URL(request.headers.get("Referer", ""))
    except ValueError:
        return None
    here = {request.host, origin(request).partition("://")[2]}
    is_ours = before.is_absolute() and before.authority in here
    is_other = before.path_qs != request.path_qs or request.method not in ("GET", "HEAD")
    return before.path_qs if is_ours and is_other else None
