"""What handlers answer with: JSON, files, and problems as RFC 9457 documents. The one place that knows status codes."""

from __future__ import annotations

import gzip
import re
from typing import Any

import msgspec
from aiohttp import web

from mediaserver.base.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    Problem,
    Throttled,
    TooBusy,
    TooLarge,
    Unsupported,
)
from mediaserver.server import ranges

_STATUS: dict[type[Problem], int] = {
    Malformed: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Gone: 410,
    Conflict: 409,
    TooLarge: 413,
    Unsupported: 415,
    Invalid: 422,
    Throttled: 429,
    TooBusy: 503,
}
SERVER = "mediaserver"
"""What answers say that they come from."""
EVERYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, ETag, Retry-After",
}
"""What all below /hls/ says: players on other sites' pages, and ours where delivery hosts are others, may read it."""
FOREVER = 365 * 24 * 3600
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)  # RFC 9110, section 12.5.3
_LEVEL = 1  # of gzip: 350 kB of a long run become 12 kB in half a millisecond


def status_of(problem: Problem) -> int:
    """Return the HTTP status of a problem; 500 for one that no client can cause."""
    return next((_STATUS[kind] for kind in type(problem).__mro__ if kind in _STATUS), 500)


def retry_after(problem: Problem) -> dict[str, str]:
    """Return the Retry-After header (RFC 9110, section 10.2.3) of a problem that has one."""
    seconds = getattr(problem, "retry_after", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with `value` as JSON, which no cache may keep."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def page_of(items: list[Any], limit: int, last_id: str | None) -> dict[str, Any]:
    """Return one page of a list; `next` is the cursor of the following page, None at the end."""
    return {"items": items, "next": last_id if len(items) == limit else None}


def problem(problem: Problem, status: int | None = None) -> web.Response:
    """Answer with an RFC 9457 problem document."""
    status = status or status_of(problem)
    document = {
        "type": "about:blank",
        "title": problem.title,
        "status": status,
        "detail": problem.detail,
        "code": problem.code,
    }
    return web.Response(
        body=msgspec.json.encode(document),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **retry_after(problem)},
    )


def media(
    request: web.Request, body: bytes, content_type: str, tag: str, *, public: bool, seconds: int = FOREVER
) -> web.Response:
    """Answer with bytes that caches may keep, shared ones only where `public`: whole, one range, or 304 for `tag`.

    `tag` names these very bytes and no others. What may be kept for ever is what its address never changes.
    """
    headers = _caching(tag, public=public, seconds=seconds)
    if ranges.is_known(request.headers, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    status = 200
    if request.method == "GET" and "Range" in request.headers:  # a range means something with GET only
        try:
            wanted = ranges.requested(request.headers, headers["ETag"], len(body))
        except ranges.Unsatisfiable:
            return unsatisfiable(len(body))
        if wanted is not None:
            headers["Content-Range"] = ranges.describe(wanted, len(body))
            status, body = 206, body[wanted.start : wanted.stop]
    return web.Response(body=body, status=status, content_type=content_type, headers=headers)


def lasting(tag: str) -> dict[str, str]:
    """Return the headers with which everybody may keep for ever what `tag` names, as `media` sends them."""
    return _caching(tag, public=True, seconds=FOREVER) | EVERYWHERE


def packed(
    request: web.Request, body: bytes, content_type: str, tag: str, *, public: bool, seconds: int
) -> web.Response:
    """Answer as `media` does, with text that is compressed for whoever takes it so; each form has its own validator."""
    zipped = _GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
    if zipped:
        body, tag = gzip.compress(body, _LEVEL, mtime=0), f"{tag}.gz"
    response = media(request, body, content_type, tag, public=public, seconds=seconds)
    response.headers["Vary"] = "Accept-Encoding"
    if zipped and response.status in (200, 206):
        response.headers["Content-Encoding"] = "gzip"
    return response


def _caching(tag: str, *, public: bool, seconds: int) -> dict[str, str]:
    scope = "public" if public else "private"
    immutable = ", immutable" if seconds == FOREVER else ""
    return {
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": f"{scope}, max-age={seconds}{immutable}",
        "ETag": f'"{tag}"',
    }


def unsatisfiable(length: int) -> web.Response:
    """Answer for a range that lies outside of what there is (RFC 9110, section 15.5.17)."""
    response = problem(Invalid(f"There are {length} bytes here; none of those asked for are among them."), 416)
    response.headers["Content-Range"] = f"bytes */{length}"
    return response
