"""What handlers answer with: JSON, files, and problems as RFC 9457 documents. The one place that knows status codes."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from mediaserver.base.errors import (
    Conflict,
    Forbidden,
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

_STATUS: dict[type[Problem], int] = {
    Malformed: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Unsupported: 415,
    Invalid: 422,
    Throttled: 429,
    TooBusy: 503,
}
FOREVER = 365 * 24 * 3600


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


def media(body: bytes, content_type: str, *, public: bool, seconds: int = FOREVER) -> web.Response:
    """Answer with bytes whose address never means anything else; shared caches keep them only where `public`."""
    scope = "public" if public else "private"
    immutable = ", immutable" if seconds == FOREVER else ""
    return web.Response(
        body=body,
        content_type=content_type,
        headers={"Cache-Control": f"{scope}, max-age={seconds}{immutable}", "Access-Control-Allow-Origin": "*"},
    )
