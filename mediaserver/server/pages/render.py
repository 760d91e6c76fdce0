"""Templates to responses: the one place that knows Jinja2, the built assets' names and what every page is given."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web
from yarl import URL

from mediaserver.accounts import policy
from mediaserver.accounts.policy import Action
from mediaserver.base.errors import Unusable
from mediaserver.catalog import tracks
from mediaserver.server import shapes
from mediaserver.server.pages import csp, formats, hue, licences, words
from mediaserver.server.request import account, origin, services

_ENVIRONMENT = web.AppKey("templates", jinja2.Environment)


def setup(app: web.Application, web_root: Path) -> None:
    """Make the templates below `web_root` ready. Raises Unusable when the assets were not built."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(web_root / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    for name in ("clock", "spoken", "period", "day", "moment", "minute", "field", "ago", "size", "kilohertz", "coding"):
        environment.filters[name] = getattr(formats, name)
    environment.filters["words"] = words.to_html
    environment.filters["line"] = words.to_line
    environment.filters["licence"] = licences.known
    environment.globals |= {"assets": _read_assets(web_root), "visibilities": tracks.VISIBILITIES}
    environment.globals |= {"art": shapes.artwork_url, "hue": hue.of_name}
    app[_ENVIRONMENT] = environment


def _read_assets(web_root: Path) -> dict[str, str]:
    try:
        manifest: dict[str, str] = json.loads((web_root / "built" / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Unusable("The web assets are not built. `./dev setup` builds them.") from None
    return {source: f"/static/{built}" for source, built in manifest.items()}


def render(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Return the page that `template` makes of `context`, with what every page shows."""
    somebody = account(request)
    page = request.config_dict[_ENVIRONMENT].get_template(template)
    nonce = secrets.token_urlsafe(16)
    text = page.render(
        account=somebody,
        may_upload=policy.may(somebody, Action.UPLOAD),
        may_administer=policy.may(somebody, Action.ADMINISTER),
        may_block=policy.may(somebody, Action.BLOCK),
        site_name=services(request).config.site_name,
        here=request.path,
        asked=request.path_qs,
        origin=origin(request),
        nonce=nonce,
        **context,
    )
    headers = {
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Cookie",
        "Content-Security-Policy": csp.policy(nonce, services(request).config.delivery_hosts),
    }
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)
    response.enable_compression()
    return response


def redirect(location: str, status: int = 303) -> web.Response:
    """Lead on to an address of this site; by default with a GET, whatever was asked with."""
    return web.Response(status=status, headers={"Location": str(URL(location))})
