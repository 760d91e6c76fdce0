"""Sums of files that are taken home together: size and CRC-32, for which all bytes of one must have been there once.

They are kept, so that an archive of which only the end is asked for need not be made anew. It knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from mediaserver.base.cache import FileCache, Made
from mediaserver.base.pool import SingleFlight
from mediaserver.base.zip_records import Sum
from mediaserver.streaming.progressive import Progressive, Stream

_SUM = struct.Struct(">QI")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; `moment` is in ms.

    `tag` names its bytes, of which there are `length`: None where only making them tells, but never more than `most`.
    """

    name: str
    moment: int
    tag: str
    length: int | None
    most: int
    open: Callable[[], Awaitable[Stream]]


class Sums:
    """Reads members, and remembers what they summed up to."""

    def __init__(self, progressive: Progressive, cache: FileCache) -> None:
        self._progressive = progressive
        self._cache = cache
        self._flights = SingleFlight()

    async def find(self, member: Member) -> Sum | None:
        """Return the sum of a member, if it is known."""
        known = await self._cache.find(_key(member))
        return None if known is None else Sum(*_SUM.unpack(known))

    async def take(self, member: Member, listener: str) -> Sum:
        """Return the sum of a member, for which its bytes are made unless it is known. Raises as `read` does."""
        told = await self.find(member)
        if told is None:
            told = await self._flights.do(member.tag, partial(self._take, member, listener))
        return told

    async def keep(self, member: Member, told: Sum) -> None:
        """Remember what a member summed up to."""
        if not self._cache.has(_key(member)):
            self._cache.put(await asyncio.to_thread(self._store, member, told))

    def prepare(self, member: Member) -> None:
        """Let begin, while nobody waits for it, what must be done before the first byte of a member is known."""
        self._flights.begin(("open", member.tag), member.open)

    async def read(self, member: Member, wanted: range | None, listener: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a range of a member, or all. Raises as `Member.open` and `Progressive.read` do.

        What has no length by itself is made from its beginning.
        """
        stream = await member.open()
        if stream.length is not None or wanted is None:
            async for data in self._progressive.read(stream, wanted, listener):
                yield data
            return
        place = 0
        async for data in self._progressive.read(stream, None, listener):
            yield data[max(0, wanted.start - place) : max(0, wanted.stop - place)]
            place += len(data)
            if place >= wanted.stop:
                return

    async def _take(self, member: Member, listener: str) -> Sum:
        size = crc = 0
        async for data in self.read(member, None, listener):
            size, crc = size + len(data), zlib.crc32(data, crc)
        told = Sum(size, crc)
        await self.keep(member, told)
        return told

    def _store(self, member: Member, told: Sum) -> Made:
        return self._cache.store(_key(member), _SUM.pack(told.size, told.crc))


def _key(member: Member) -> str:
    return f"{member.tag[:2]}/{member.tag}/sum"
