"""/api/v1/uploads/tus: resumable uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload).

Creation, creation-with-upload, creation-defer-length, termination, checksum, expiration and concatenation.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock, ids
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid, Malformed, NotFound, Problem, Unsupported
from mediaserver.ingest import guess, uploads
from mediaserver.ingest.arrivals import arrivals
from mediaserver.ingest.arrivals.arrivals import PARTIAL, Arrival, Order, State
from mediaserver.ingest.arrivals.receiver import Checksum, Mismatch
from mediaserver.server import reply
from mediaserver.server.api.uploads import shape_of, wishes
from mediaserver.server.request import require_account, services

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration,concatenation"
CHECKSUMS = ("sha256", "sha1", "md5")
_PLACE = "/api/v1/uploads/tus"
_BODY = "application/offset+octet-stream"
_NUMBER = re.compile(r"[0-9]{1,18}")
_CHUNK = 2**18
_MOST_PIECES = 100
_MISMATCH, _PRECONDITION = 460, 412


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer any request below /api/v1/uploads/tus, whatever it is called: some can send no more than GET and POST."""
    method = request.headers.get("X-HTTP-Method-Override", request.method).upper()
    try:
        response = await _answer(request, method)
    except Mismatch as problem:
        response = reply.problem(problem, _MISMATCH)
    except Problem as problem:
        response = reply.problem(problem)
    response.headers["Tus-Resumable"] = VERSION
    return response


async def _answer(request: web.Request, method: str) -> web.StreamResponse:
    if method == "OPTIONS":
        return _describe(request)
    handler = (_OF_ONE if "id" in request.match_info else _OF_ALL).get(method)
    if handler is None:
        return reply.problem(Malformed(f"This address does not take {ascii(method)[1:-1]} requests."), 405)
    if method != "GET" and request.headers.get("Tus-Resumable") != VERSION:
        response = reply.problem(Malformed(f"This server speaks tus {VERSION} alone. Please name it."), _PRECONDITION)
        response.headers["Tus-Version"] = VERSION
        return response
    return await handler(request)


def _describe(request: web.Request) -> web.Response:
    limit = services(request).config.upload_limit
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(limit),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return web.Response(status=204, headers=headers)


async def _create(request: web.Request) -> web.StreamResponse:
    somebody = _uploader(request)
    concat = request.headers.get("Upload-Concat")
    if concat is not None and concat != PARTIAL:
        return await _join(request, somebody, concat)
    order = _order(request, concat)
    at = services(request)
    arrival = await at.receiver.create(somebody, order)
    if request.can_read_body and request.content_type == _BODY:
        arrival = await at.receiver.append(somebody, arrival.id, 0, *_body(request))
    return _created(arrival)


async def _join(request: web.Request, somebody: Account, concat: str) -> web.StreamResponse:
    kind, _, addresses = concat.partition(";")
    names = [address.rpartition("/")[2] for address in addresses.split()]
    if kind != "final" or not names or len(names) > _MOST_PIECES or not all(map(ids.is_id, names)):
        raise Malformed('Upload-Concat is "partial", or "final;" and the addresses of at most 100 uploads.')
    return _created(await services(request).receiver.join(somebody, _order(request, concat), names))


def _created(arrival: Arrival) -> web.Response:
    return web.Response(status=201, headers={"Location": f"{_PLACE}/{arrival.id}"} | _standing(arrival))


async def _head(request: web.Request) -> web.StreamResponse:
    """Tell where an upload stands."""
    arrival = await services(request).receiver.look(_uploader(request), _id(request))
    headers = _standing(arrival) | {"Cache-Control": "no-store"}
    if arrival.metadata:
        headers["Upload-Metadata"] = arrival.metadata
    return web.Response(headers=headers)


async def _append(request: web.Request) -> web.StreamResponse:
    somebody = _uploader(request)
    if request.content_type != _BODY:
        raise Unsupported(f"The bytes of an upload are sent as {_BODY}.")
    at = services(request)
    length = _number(request, "Upload-Length")
    if length is not None:
        await at.receiver.set_length(somebody, _id(request), length)
    offset = _number(request, "Upload-Offset")
    if offset is None:
        raise Malformed("Please say by Upload-Offset where in the file these bytes belong.")
    arrival = await at.receiver.append(somebody, _id(request), offset, *_body(request))
    return web.Response(status=204, headers=_standing(arrival))


async def _remove(request: web.Request) -> web.StreamResponse:
    await services(request).receiver.remove(_uploader(request), _id(request))
    return web.Response(status=204)


async def _show(request: web.Request) -> web.StreamResponse:
    """Tell as JSON how far an upload is, and what became of it."""
    return reply.json(await services(request).db.read(_look, _uploader(request), _id(request), services(request)))


async def _list(request: web.Request) -> web.StreamResponse:
    """Tell as JSON what is on its way."""
    coming = await services(request).db.read(arrivals.unfinished, _uploader(request).id)
    return reply.json(reply.page_of([_shape(arrival) for arrival in coming], len(coming) + 1, None))


_OF_ALL: dict[str, Handler] = {"POST": _create, "GET": _list}
_OF_ONE: dict[str, Handler] = {"HEAD": _head, "PATCH": _append, "DELETE": _remove, "GET": _show}


def _look(r: Reader, somebody: Account, arrival_id: str, at: Any) -> dict[str, Any]:
    arrival = arrivals.own(r, somebody, arrival_id)
    upload = uploads.get(r, arrival.upload_id) if arrival.upload_id else None
    return _shape(arrival) | {"upload": shape_of(r, upload, somebody, at) if upload else None}


def _shape(arrival: Arrival) -> dict[str, Any]:
    return {
        "id": arrival.id,
        "url": f"{_PLACE}/{arrival.id}",
        "filename": arrival.filename,
        "offset": arrival.received,
        "length": arrival.length,
        "created_at": clock.rfc3339(arrival.created_at),
        "expires_at": clock.rfc3339(arrival.expires_at),
    }


def _standing(arrival: Arrival) -> dict[str, str]:
    """Return the headers that tell how far an upload is."""
    headers = {"Upload-Offset": str(arrival.received)}
    headers |= {"Upload-Defer-Length": "1"} if arrival.length is None else {"Upload-Length": str(arrival.length)}
    if arrival.state == State.COMING:
        headers["Upload-Expires"] = formatdate(arrival.expires_at / clock.SECOND, usegmt=True)
    if arrival.concat is not None:
        headers["Upload-Concat"] = arrival.concat
    if arrival.upload_id is not None:
        headers["Upload-Location"] = f"/api/v1/uploads/{arrival.upload_id}"
    return headers


def _order(request: web.Request, concat: str | None) -> Order:
    text = request.headers.get("Upload-Metadata", "")
    if not (text + (concat or "")).isascii():
        raise Malformed("Upload-Metadata and Upload-Concat are plain ASCII.")
    said = metadata(text)
    filename = said.get("filename") or said.get("name") or ""
    if not filename.strip() and concat != PARTIAL:
        raise Invalid("Please name the file: Upload-Metadata with a filename.")
    length = None if concat and concat != PARTIAL else _length(request)
    return Order(guess.clean_name(filename), wishes(said), length, text, concat)


def _length(request: web.Request) -> int | None:
    length, deferred = _number(request, "Upload-Length"), request.headers.get("Upload-Defer-Length")
    if deferred not in (None, "1") or (length is None) != (deferred == "1"):
        raise Malformed("Please say how long the file is by Upload-Length, or Upload-Defer-Length: 1, and not both.")
    return length


def metadata(text: str) -> dict[str, str]:
    """Read Upload-Metadata: pairs of a key and a value in base 64, separated by commas. Raises Malformed."""
    said = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            said[key] = b64decode(value, validate=True).decode()
        except ValueError:  # what is not ASCII, or base 64, or UTF-8
            raise Malformed(f'Upload-Metadata: the value of "{key}" is not UTF-8 in base 64.') from None
    return said


def _body(request: web.Request) -> tuple[AsyncIterator[bytes], int | None, Checksum | None]:
    return request.content.iter_chunked(_CHUNK), request.content_length, _checksum(request)


def _checksum(request: web.Request) -> Checksum | None:
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return None
    kind, _, value = text.partition(" ")
    try:
        digest = b64decode(value, validate=True)
    except ValueError:
        digest = b""
    if kind not in CHECKSUMS or not digest:
        raise Malformed(f"Upload-Checksum is one of {', '.join(CHECKSUMS)}, and the checksum in base 64.")
    return Checksum(hashlib.new(kind, usedforsecurity=False), digest)


def _number(request: web.Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise Malformed(f"{name} is a whole number.")
    return int(text)


def _uploader(request: web.Request) -> Account:
    somebody = require_account(request)
    policy.require(somebody, Action.UPLOAD)
    return somebody


def _id(request: web.Request) -> str:
    name = request.match_info["id"]
    if not ids.is_id(name):
        raise NotFound("There is no such upload, or it was taken back.")
    return name
