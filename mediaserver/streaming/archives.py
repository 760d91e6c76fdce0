"""Archives that are streamed: several recordings as one ZIP, of which any part can be made without the rest.

A member's header holds its CRC-32, for which all of its bytes are needed once: it is taken before the member is sent,
and kept. Where the length of every member is known, so is that of the archive, and every range of it can be had; where
one is not (FLAC or AAC that was never made), it becomes known with its CRC-32. It knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mediaserver.base import zip_records
from mediaserver.base.errors import Problem
from mediaserver.base.pool import SingleFlight
from mediaserver.base.zip_records import Entry
from mediaserver.streaming.cache import SegmentCache
from mediaserver.streaming.progressive import Progressive, Stream

_VERSION = 1  # to be raised with every change of what an archive's bytes are
_SUM = struct.Struct(">QI")
_EVERYTHING = range(1 << 63)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. `tag` names its bytes; `length` is None where only making them tells; `moment` is in ms."""

    name: str
    moment: int
    tag: str
    length: int | None
    open: Callable[[], Awaitable[Stream]]


@dataclass(frozen=True, slots=True)
class Sum:
    """What is known of a member's bytes once all of them were there."""

    size: int
    crc: int


class Archives:
    """Opens archives, and remembers the sums of what is in them."""

    def __init__(self, progressive: Progressive, cache: SegmentCache) -> None:
        self._progressive = progressive
        self._cache = cache
        self._flights = SingleFlight()

    async def open(self, members: Sequence[Member], listener: str, *, measured: bool) -> Archive:
        """Return the archive of those members for a listener; with `measured` its length is known, at whatever cost."""
        sizes = []
        for member in members:
            known = member.length if member.length is not None else await self._remembered(member)
            sizes.append((await self.sum(member, listener)).size if known is None and measured else known)
        return Archive(self, members, sizes, listener)

    async def sum(self, member: Member, listener: str) -> Sum:
        """Return size and CRC-32 of a member, for which its bytes are made unless that is known."""
        known = await self._cache.find(_key(member))
        if known is None:
            known = await self._flights.do(member.tag, partial(self._measure, member, listener))
        return Sum(*_SUM.unpack(known))

    def begin_sum(self, member: Member, listener: str) -> None:
        """Let the sum of a member be taken while nobody waits for it yet."""
        if not self._cache.has(_key(member)):
            self._flights.begin(member.tag, partial(self._measure, member, listener))

    async def read(self, member: Member, wanted: range, listener: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a range of a member. What has no length by itself is made from its beginning."""
        stream = await member.open()
        if stream.length is not None:
            async for data in self._progressive.read(stream, wanted, listener):
                yield data
            return
        place = 0
        async for data in self._progressive.read(stream, None, listener):
            if part := _part(wanted, place, len(data)):
                yield data[part.start : part.stop]
            place += len(data)
            if place >= wanted.stop:
                return

    async def _remembered(self, member: Member) -> int | None:
        known = await self._cache.find(_key(member))
        return None if known is None else int(_SUM.unpack(known)[0])

    async def _measure(self, member: Member, listener: str) -> bytes:
        size = crc = 0
        async for data in self._progressive.read(await member.open(), None, listener):
            size, crc = size + len(data), zlib.crc32(data, crc)
        made = await asyncio.to_thread(self._cache.store, _key(member), _SUM.pack(size, crc))
        self._cache.put(made)
        return made.data


class Archive:
    """A ZIP of members, stored as they are and in their order."""

    def __init__(
        self, archives: Archives, members: Sequence[Member], sizes: Sequence[int | None], listener: str
    ) -> None:
        self._archives = archives
        self._listener = listener
        self._members = members
        self._sizes = sizes

    @property
    def tag(self) -> str:
        """What names these very bytes."""
        everything = [(member.name, member.moment, member.tag) for member in self._members]
        return hashlib.sha256(repr((_VERSION, everything)).encode()).hexdigest()[:20]

    @property
    def length(self) -> int | None:
        """Bytes of the whole, where those of every member are known."""
        entries = []
        place = 0
        for member, size in zip(self._members, self._sizes, strict=True):
            if size is None:
                return None
            entry = Entry(member.name, size, 0, member.moment)
            entries.append((entry, place))
            place += len(zip_records.local_header(entry)) + size
        return place + len(zip_records.directory(entries, place))

    async def read(self, wanted: range | None) -> AsyncIterator[bytes]:
        """Yield the bytes of a range, or all; only what is in it is made, and the sums that it needs.

        Raises what `Progressive.read` raises.
        """
        wanted = _EVERYTHING if wanted is None else wanted
        place, places = 0, []
        for n, member in enumerate(self._members):
            places.append(place)
            size = self._sizes[n]
            if size is None:
                size = (await self._archives.sum(member, self._listener)).size
            head = len(zip_records.local_header(Entry(member.name, size, 0, member.moment)))
            if part := _part(wanted, place, head):
                yield zip_records.local_header(await self._entry(member))[part.start : part.stop]
            if part := _part(wanted, place + head, size):
                self._look_ahead(n, wanted, place + head + size)
                async for data in self._data(member, part):
                    yield data
            place += head + size
        if wanted.stop > place:
            directory = zip_records.directory(await self._entries(places), place)
            yield directory[max(0, wanted.start - place) : wanted.stop - place]

    async def _entry(self, member: Member) -> Entry:
        told = await self._archives.sum(member, self._listener)
        return Entry(member.name, told.size, told.crc, member.moment)

    async def _entries(self, places: Sequence[int]) -> list[tuple[Entry, int]]:
        return [(await self._entry(member), place) for member, place in zip(self._members, places, strict=True)]

    def _look_ahead(self, n: int, wanted: range, end: int) -> None:
        """While a member is being sent, take the sum of the next one."""
        if n + 1 < len(self._members) and end < wanted.stop:
            self._archives.begin_sum(self._members[n + 1], self._listener)

    async def _data(self, member: Member, part: range) -> AsyncIterator[bytes]:
        count = 0
        async for data in self._archives.read(member, part, self._listener):
            count += len(data)
            yield data
        if count != len(part):
            raise Problem(f"{member.name} is not as long any more as it was: the recording was changed or damaged.")


def _part(wanted: range, place: int, size: int) -> range:
    """Return what of so many bytes at a place is wanted, counted from that place."""
    return range(max(0, wanted.start - place), min(size, wanted.stop - place))


def _key(member: Member) -> str:
    return f"{member.tag[:2]}/{member.tag}/sum"
