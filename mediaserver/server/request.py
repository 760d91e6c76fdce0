"""What handlers read from a request, in the program's own terms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict

from mediaserver.accounts.accounts import Account
from mediaserver.base.errors import Malformed, NotSignedIn
from mediaserver.server.services import SERVICES, Services

ACCOUNT = web.RequestKey("account", Account)
COOKIE = "mediaserver_session"
_UNREADABLE = (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError, web.RequestPayloadError)


def services(request: web.Request) -> Services:
    """Return the application's services."""
    return request.config_dict[SERVICES]


def account(request: web.Request) -> Account | None:
    """Return who is signed in, if anybody is."""
    return request.get(ACCOUNT)


def require_account(request: web.Request) -> Account:
    """Return who is signed in. Raises NotSignedIn."""
    somebody = account(request)
    if somebody is None:
        raise NotSignedIn("Please sign in first.")
    return somebody


def session_token(request: web.Request) -> str | None:
    """Return the session cookie's token, if there is one."""
    return request.cookies.get(COOKIE)


def _is_proxied(request: web.Request) -> bool:
    try:
        remote = ip_address(request.remote or "")
    except ValueError:
        return False
    return any(remote in network for network in services(request).config.trusted_proxies)


@contextmanager
def readable(sentence: str) -> Iterator[None]:
    """Raise Malformed with `sentence` for whatever aiohttp raises at a form that it cannot read. Hold nothing else."""
    try:
        yield
    except _UNREADABLE:
        raise Malformed(sentence) from None


async def form(request: web.Request) -> dict[str, str]:
    """Return the text fields of a submitted form, the last value of each. Raises Malformed for what is no form."""
    return dict((await fields(request)).items())


async def fields(request: web.Request) -> MultiDict[str]:
    """Return the same, where a field may have several values."""
    with readable("This is not a form that can be read. Please go back and send it again."):
        sent = await request.post()
    return MultiDict((name, value) for name, value in sent.items() if isinstance(value, str))


def client_address(request: web.Request) -> str:
    """Return the asker's IP address: what a trusted proxy says it is, else the connection's."""
    if _is_proxied(request):
        said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        try:
            return str(ip_address(said))
        except ValueError:
            pass
    return request.remote or "unknown"


def origin(request: web.Request) -> str:
    """Return scheme, host and port under which the asker reaches this server."""
    configured = services(request).config.public_url
    if configured:
        return configured
    scheme = request.scheme
    if _is_proxied(request):
        scheme = request.headers.get("X-Forwarded-Proto", scheme)
    return f"{scheme}://{request.host}"
