"""One's own settings: what others call somebody, in a form that works without scripts, and ways to what is theirs."""

from __future__ import annotations

from aiohttp import web

from mediaserver.accounts import accounts
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import form, require_account, services

_HERE = "/settings"


async def show(request: web.Request) -> web.Response:
    """GET /settings; `?saved=yes` after the form was sent."""
    require_account(request)
    return render(
        request, "pages/settings.html", longest=accounts.LONGEST_DISPLAY_NAME, saved=request.query.get("saved") == "yes"
    )


async def save(request: web.Request) -> web.Response:
    """POST /settings: `display_name`, which others are shown; an empty one takes back what was chosen."""
    somebody = require_account(request)
    called = (await form(request)).get("display_name", "")
    await services(request).db.write(accounts.set_display_name, somebody, called)
    return redirect(f"{_HERE}?saved=yes")


ROUTES = [
    web.get(_HERE, show),
    web.post(_HERE, save),
]
