"""Long answers: bytes that are made while they are sent, whole or one range of them, under a name to be saved by."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from mediaserver.base.errors import Problem
from mediaserver.server import ranges, reply

_log = logging.getLogger(__name__)
_ASK_AGAIN = 20.0  # seconds after which the right to what is still going out is looked at again
_NAME_LIMIT = 120
_BYTES_LIMIT = 200  # most file systems take 255, an extension and a number among them


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: its length in bytes, if that is known, and how to read all of it (None) or a range.

    A range is asked for only where the length is known. `still` raises a Problem once it is not for the
    asker any more.
    """

    length: int | None
    read: Callable[[range | None], AsyncIterator[bytes]]
    still: Callable[[], Awaitable[object]]


async def send(request: web.Request, body: Body, headers: dict[str, str]) -> web.StreamResponse:
    """Answer with the whole or one range (RFC 9110, section 14), or with 304 for the ETag that `headers` names."""
    if ranges.is_known(request.headers, headers["ETag"]):
        return web.Response(status=304, headers=headers)
    if request.method == "HEAD" or body.length is None:  # a range means something with GET of a known length only
        return await _answer(request, body, None, headers)
    try:
        wanted = ranges.requested(request.headers, headers["ETag"], body.length)
    except ranges.Unsatisfiable:
        return reply.unsatisfiable(body.length)
    if wanted is not None:
        headers["Content-Range"] = ranges.describe(wanted, body.length)
    return await _answer(request, body, wanted, headers)


def disposition(kind: str, stem: str, extension: str) -> str:
    """Return a header by which browsers play ("inline") or save ("attachment") under that name (RFC 6266)."""
    name = f"{safe(stem)}.{extension}"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def safe(stem: str) -> str:
    """Return a name that no file system minds."""
    seen = "".join("_" if each in '/\\:*?"<>|' or not each.isprintable() else each for each in stem)
    short = seen[:_NAME_LIMIT].encode("utf-8", "replace")[:_BYTES_LIMIT].decode("utf-8", "ignore")
    return short.strip(". ") or "_"


async def _answer(
    request: web.Request, body: Body, wanted: range | None, headers: dict[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=200 if wanted is None else 206, headers=headers)
    response.content_length = body.length if wanted is None else len(wanted)  # without one it goes out in chunks
    if request.method != "HEAD":
        await _write(request, response, body, wanted)
    return response


async def _write(request: web.Request, response: web.StreamResponse, body: Body, wanted: range | None) -> None:
    """Send the bytes as fast as they are taken, one part in memory; nothing is made for whoever has left.

    The first part is made before the answer begins, so that a failure can still be told. After that the connection is
    cut: only so does the asker learn that bytes are missing. A right that has ended meanwhile ends the stream.
    """
    clock = asyncio.get_running_loop().time
    due = clock() + _ASK_AGAIN
    try:
        async for data in body.read(wanted):
            if not response.prepared:
                await response.prepare(request)
            elif clock() >= due:
                await body.still()
                due = clock() + _ASK_AGAIN
            await response.write(data)
    except Problem as problem:
        if not response.prepared:
            raise
        _log.warning("a stream broke off: %s", problem)
        raise ConnectionResetError from problem
