"""Archives that are streamed: several recordings as one ZIP, of which any part can be made without the rest.

The sum of each member stands behind its bytes, so that none waits for it; only who asks for an end alone does. Where
the length of every member is known, so is that of the archive, and every range of it can be had; where one is not
(FLAC or AAC that was never made), it becomes known with its sum. It knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncIterator, Sequence

from mediaserver.base import zip_records
from mediaserver.base.errors import Problem
from mediaserver.base.stored_blocks import BLOCK, FULL, Blocks
from mediaserver.base.zip_records import Entry, Sum
from mediaserver.streaming.sums import Member, Sums

_VERSION = 2  # to be raised with every change of what an archive's bytes are
_EVERYTHING = range(1 << 63)


class Archives:
    """Opens archives."""

    def __init__(self, sums: Sums) -> None:
        self._sums = sums

    async def open(self, members: Sequence[Member], listener: str, *, measured: bool) -> Archive:
        """Return the archive of those members for a listener; with `measured` its length is known, at whatever cost."""
        sizes = [await self._size(member, listener, measured=measured) for member in members]
        return Archive(self._sums, members, sizes, listener)

    async def _size(self, member: Member, listener: str, *, measured: bool) -> int | None:
        if member.length is not None:
            return member.length
        told = await (self._sums.take(member, listener) if measured else self._sums.find(member))
        return None if told is None else told.size


class Archive:
    """A ZIP of members as they are and in their order."""

    def __init__(self, sums: Sums, members: Sequence[Member], sizes: Sequence[int | None], listener: str) -> None:
        """Where one of `sizes` is None, it can only be read as a whole."""
        self._sums = sums
        self._listener = listener
        self._members = members
        self._sizes = sizes
        self._entries = [Entry(each.name, each.moment, zip_records.is_long(each.most)) for each in members]
        self._told: dict[int, Sum] = {}  # of members that were sent

    @property
    def tag(self) -> str:
        """What names these very bytes."""
        everything = [(member.name, member.moment, member.tag) for member in self._members]
        return hashlib.sha256(repr((_VERSION, everything)).encode()).hexdigest()[:20]

    @property
    def length(self) -> int | None:
        """Bytes of the whole, where those of every member are known."""
        listed = []
        place = 0
        for entry, size in zip(self._entries, self._sizes, strict=True):
            if size is None:
                return None
            listed.append((entry, Sum(size, 0), place))
            place += zip_records.span(entry, size)
        return place + len(zip_records.directory(listed, place))

    async def read(self, wanted: range | None) -> AsyncIterator[bytes]:
        """Yield the bytes of a range, or all; only what is in it is made, and the sums that it needs.

        Raises what `Sums.read` raises, and Problem for a member that is not as long as it was.
        """
        wanted = _EVERYTHING if wanted is None else wanted
        async for place, data in self._pieces(wanted):
            if part := data[max(0, wanted.start - place) : max(0, wanted.stop - place)]:
                yield part

    async def _pieces(self, wanted: range) -> AsyncIterator[tuple[int, bytes]]:
        """Yield all that is in the range, and something around it, each piece with its place."""
        place, places = 0, []
        for n, (entry, size) in enumerate(zip(self._entries, self._sizes, strict=True)):
            if place >= wanted.stop:
                return
            places.append(place)
            end = wanted.stop if size is None else place + zip_records.span(entry, size)
            if wanted.start < end:
                if None in self._sizes[n + 1 : n + 2]:
                    self._sums.prepare(self._members[n + 1])
                async for piece in self._member(n, place, wanted):
                    yield piece
            place += zip_records.span(entry, self._told[n].size if size is None else size)
        if place < wanted.stop:
            listed = [(entry, await self._sum(n), places[n]) for n, entry in enumerate(self._entries)]
            yield place, zip_records.directory(listed, place)

    async def _member(self, n: int, place: int, wanted: range) -> AsyncIterator[tuple[int, bytes]]:
        """Yield the pieces of a member that stands at a place; its header goes with the first of its bytes.

        So whatever is wrong with it from the start is known before anything of it is sent.
        """
        ready, size = zip_records.local_header(self._entries[n]), self._sizes[n]
        part = _held(wanted.start - place - len(ready), wanted.stop - place - len(ready), size)
        if part.start:
            place, ready = place + len(ready) + part.start // FULL * BLOCK, b""
        blocks, count, crc = Blocks(), 0, 0
        async for data in self._sums.read(self._members[n], None if size is None else part, self._listener):
            count, crc = count + len(data), zlib.crc32(data, crc)
            ready += blocks.feed(data)
            yield place, ready
            place, ready = place + len(ready), b""
        if size is not None and count != len(part):
            name = self._members[n].name
            raise Problem(f"{name} is not as long any more as it was: the recording was changed or damaged.")
        if size is None or part == range(size):
            await self._note(n, Sum(count, crc))
        if size is None or part.stop == size:
            ready += blocks.end()
            if place + len(ready) < wanted.stop:
                ready += zip_records.descriptor(self._entries[n], await self._sum(n))
        yield place, ready

    async def _note(self, n: int, told: Sum) -> None:
        self._told[n] = told
        await self._sums.keep(self._members[n], told)

    async def _sum(self, n: int) -> Sum:
        if n not in self._told:
            self._told[n] = await self._sums.take(self._members[n], self._listener)
        return self._told[n]


def _held(first: int, stop: int, size: int | None) -> range:
    """Return which bytes of a member of `size` are in the blocks that hold the places `first` up to `stop`."""
    end = _EVERYTHING.stop if size is None else size
    begin = min(max(0, first) // BLOCK, end // FULL) * FULL
    return range(begin, max(begin, min(end, -(-stop // BLOCK) * FULL)))
