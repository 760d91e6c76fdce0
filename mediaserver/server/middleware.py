"""What happens around every handler: who is asking, is the write from our own pages, and what a failure looks like."""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from mediaserver.base.errors import Forbidden, Malformed, NotFound, Problem, TooLarge, Unusable
from mediaserver.server import auth, reply
from mediaserver.server.pages import errors
from mediaserver.server.request import ACCOUNT, origin

_log = logging.getLogger(__name__)
_SAFE = {"GET", "HEAD", "OPTIONS"}
_ANONYMOUS = ("/hls/", "/media/artwork/", "/static/", "/healthz", "/readyz")  # nothing there depends on a session
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # What is no page is never shown as one; pages bring a policy of their own.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_NOTHING = "There is nothing at this address. The first page leads to what is here."
_BEGUN = web.RequestKey("begun", bool)  # whether an answer is on its way: then there can be no other
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Identify, guard, handle, turn every failure into an answer, and let the cookie of who stays signed in run on."""
    response = await _handle(request, handler)
    auth.renew(request, response)
    return response


async def _handle(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the handler's answer, or one that tells a person what failed."""
    try:
        if not request.path.startswith(_ANONYMOUS):
            if (somebody := await auth.identify(request)) is not None:
                request[ACCOUNT] = somebody
            _refuse_foreign_write(request)
        return await handler(request)
    except Unusable as error:  # the machine's trouble, such as a damaged database: nothing that who asked could mend
        return _fail(request, error)
    except Problem as problem:
        return _answer(request, problem)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        said = _translate(error)
        status = None if isinstance(said, NotFound) else error.status
        return _answer(request, said, status, error.headers.get("Allow"))
    except UnicodeDecodeError:
        return _answer(request, Malformed("The request holds text that is not UTF-8."))
    except web.RequestPayloadError:
        return _answer(request, Malformed("The request's body is broken or was cut off. Please send it again."))
    except ConnectionResetError:
        raise  # who asked has left: there is nobody to answer
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked is answered
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            return _answer(request, NotFound(_NOTHING))
        return _fail(request, error)


def _fail(request: web.Request, error: Exception) -> web.StreamResponse:
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    if request.get(_BEGUN):
        raise ConnectionResetError from error  # only a cut connection tells that bytes are missing
    return _answer(request, Problem("Something went wrong on the server. It has been written to its log."))


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on pages and API answers, and let built assets, named by content, be kept for good."""
    request[_BEGUN] = True
    response.headers["Server"] = reply.SERVER
    if request.path.startswith("/hls/"):
        response.headers.update(reply.EVERYWHERE)
        return
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/static/") and response.status < 400:
        response.headers["Cache-Control"] = f"public, max-age={reply.FOREVER}, immutable"


def _refuse_foreign_write(request: web.Request) -> None:
    """Refuse a write that another site's page makes with our visitor's cookie.

    Hosts are compared, not schemes: a proxy that ends TLS need not be known for its visitors to sign in.
    """
    if request.method in _SAFE:
        return
    sender = request.headers.get("Origin")
    if sender is None:
        foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
    else:
        foreign = sender.partition("://")[2] not in {request.host, origin(request).partition("://")[2]}
    if foreign:
        raise Forbidden("This request comes from another site. Please use this server's own pages.")


def _translate(error: web.HTTPException) -> Problem:
    match error.status:
        case 403 | 404:  # a folder of static files is nothing that one could be allowed to see
            return NotFound(_NOTHING)
        case 405:
            return Malformed(f"This address does not take {getattr(error, 'method', 'that')} requests.")
        case 413:
            return TooLarge("The request is too large.")
        case _:
            return Malformed(error.reason)


def _answer(
    request: web.Request, problem: Problem, status: int | None = None, allow: str | None = None
) -> web.StreamResponse:
    status = status or reply.status_of(problem)
    if "text/html" in request.headers.get("Accept", "") and not request.path.startswith(("/api/", "/hls/", "/media/")):
        response = errors.page(request, problem, status)
        response.headers.update(reply.retry_after(problem))
    else:
        response = reply.problem(problem, status)
    if allow:
        response.headers["Allow"] = allow
    return response
