"""A file that a form sends, read as a whole; recordings, which may be large, are streamed by `upload` instead."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from mediaserver.base.errors import Invalid, Malformed, TooLarge
from mediaserver.server.request import readable

_CHUNK = 2**16


async def file(request: web.Request, largest: int, missing: str) -> bytes:
    """Return the file that is the first part of a form.

    Raises Malformed or Invalid with the sentence `missing` where there is none, TooLarge above `largest` bytes.
    """
    with readable(missing):
        part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader):
        raise Malformed(missing)
    data = bytearray()
    while chunk := await _read(part, missing):
        data += chunk
        if len(data) > largest:
            raise TooLarge(f"The file is larger than the {largest / 1e6:.0f} MB that are taken here.")
    if not data:
        raise Invalid(missing)
    return bytes(data)


async def _read(part: BodyPartReader, missing: str) -> bytes:
    with readable(missing):
        return await part.read_chunk(_CHUNK)
