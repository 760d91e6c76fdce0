"""The page for what went wrong: what happened, and where to go from there."""

from __future__ import annotations

from aiohttp import web

from mediaserver.base.errors import Problem
from mediaserver.server.pages.render import render


def page(request: web.Request, problem: Problem, status: int) -> web.Response:
    """Return the page that tells a person of `problem`."""
    return render(request, "pages/error.html", status=status, problem=problem, code=status)
