"""What clients of the JSON door send: bodies and parameters, read into typed values or refused with a sentence."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from aiohttp import web

from mediaserver.base import cursors, decoders, ids
from mediaserver.base.cursors import Place
from mediaserver.base.errors import Invalid, Malformed, TooLarge
from mediaserver.server.request import readable

T = TypeVar("T")
_LONGEST_PAGE = 500
_NO_CURSOR = "The parameter cursor is what an earlier page gave as next."
_LIMIT = re.compile("[1-9][0-9]{0,2}")


async def read(request: web.Request, kind: type[T]) -> T:
    """Return the JSON body as a `kind`. Raises Malformed for what is no JSON, Invalid for what does not fit."""
    try:
        return decoders.from_json(await request.read(), kind)
    except msgspec.ValidationError as error:
        raise Invalid(f"The request does not fit: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("The request's body is not valid JSON.") from None


async def all_of(request: web.Request, limit: int) -> bytes:
    """Return a body that may be larger than a request usually is. Raises TooLarge above `limit` bytes."""
    data = bytearray()
    with readable("The request's body arrived only in part. Please send it again."):
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > limit:
                break
    if len(data) > limit:
        raise TooLarge(f"This is more than the {limit // 2**20} MiB that are taken here.")
    return bytes(data)


def page(request: web.Request) -> tuple[int, str | None]:
    """Return the parameters `limit` (1-500, 50 unless given) and `cursor` of a list in order of ids. Raises Invalid."""
    cursor = request.query.get("cursor")
    if cursor is not None and not ids.is_id(cursor):
        raise Invalid(_NO_CURSOR)
    return _limit(request), cursor


def page_by_time(request: web.Request) -> tuple[int, Place]:
    """Return the same parameters of a list in order of time. Raises Invalid."""
    text = request.query.get("cursor")
    place = cursors.START if text is None else cursors.read(text)
    if place is None:
        raise Invalid(_NO_CURSOR)
    return _limit(request), place


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", "50")
    if not _LIMIT.fullmatch(text) or int(text) > _LONGEST_PAGE:
        raise Invalid(f"The parameter limit is a number from 1 to {_LONGEST_PAGE}.")
    return int(text)
