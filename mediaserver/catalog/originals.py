"""Originals: recordings exactly as they came, named by the SHA-256 of their bytes. Nothing ever changes one."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mediaserver.base import files
from mediaserver.base.errors import Invalid, TooLarge

_BLOCK = 2**20  # bytes that go to disk in one step; an upload never holds more than two of them in memory
_SILENCE = 60  # seconds
_AT_ONCE = max(1, (os.cpu_count() or 1) - 1)  # blocks being hashed: however many senders there are, a core is left


@dataclass(frozen=True, slots=True)
class Received:
    """A whole file, written aside and synced, that is not kept yet."""

    part: Path
    hash: str
    bytes: int


class _Part:
    """A file that is being received: counts, hashes and writes on the way."""

    def __init__(self, file: BinaryIO, path: Path, limit: int) -> None:
        self.path = path
        self.bytes = 0
        self._file = file
        self._limit = limit
        self._sha = hashlib.sha256()

    def write(self, block: bytes) -> None:
        self.bytes += len(block)
        if self.bytes > self._limit:
            raise TooLarge(too_large(self._limit))
        with files.room():
            self._file.write(block)
        self._sha.update(block)

    def finish(self) -> Received:
        if self.bytes == 0:
            raise Invalid("The file is empty: nothing was received. Please choose another.")
        with files.room():
            self._file.flush()
            os.fsync(self._file.fileno())
        return Received(self.path, self._sha.hexdigest(), self.bytes)


class Originals:
    """The folder of originals."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Keep files in `folder`, none larger than `limit` bytes."""
        self._folder = folder
        self._limit = limit
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @property
    def arriving(self) -> Path:
        """The folder of files of which only a part is here yet."""
        return self._folder / "arriving"

    def path(self, hash: str) -> Path:
        """Return where the original of that hash is, or would be."""
        return self._folder / hash[:2] / hash

    async def receive(self, chunks: AsyncIterator[bytes], announced: int | None = None) -> Received:
        """Write a stream aside, one block to the disk while the next one comes: no more of it is in memory.

        `announced` is the length that the sender gave, if it did. Raises TooLarge, StorageFull, and Invalid for an
        empty or a cut-off stream; whatever happens, no half of a file stays.
        """
        if announced is not None and announced > self._limit:
            raise TooLarge(too_large(self._limit))
        with self._part() as part:
            writing: asyncio.Future[None] | None = None
            try:
                async for block in _blocks(chunks):
                    if writing is not None:
                        await writing
                    writing = asyncio.ensure_future(self._write(part, block))
            finally:
                if writing is not None:
                    await writing
            if announced is not None and part.bytes != announced:
                raise Invalid(f"Only {part.bytes} of {announced} bytes arrived. Please send the file again.")
            return await asyncio.to_thread(part.finish)

    async def _write(self, part: _Part, block: bytes) -> None:
        async with self._turns:
            await asyncio.to_thread(part.write, block)

    def copy(self, source: Path) -> Received:
        """Write a copy of the file `source` aside; blocks, so call it in a thread. Raises as `receive` does."""
        with self._part() as part, source.open("rb") as file:
            while block := file.read(_BLOCK):
                part.write(block)
            return part.finish()

    def keep(self, received: Received) -> None:
        """Give a received file its name; where the same is there already, that one stays. Raises StorageFull."""
        path = self.path(received.hash)
        with files.room():
            path.parent.mkdir(exist_ok=True)
            if path.exists():
                received.part.unlink()
            else:
                received.part.rename(path)
                files.sync_folder(path.parent)

    def hash(self, source: Path) -> str:
        """Return the name that a copy of the file `source` would have; blocks."""
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def everything(self) -> Iterator[str]:
        """Yield the hashes of all files that are kept."""
        return (path.name for path in self._folder.glob("??/*") if not path.name.endswith(files.PART))

    def drop(self, hash: str) -> None:
        """Remove an original that nothing stands on."""
        self.path(hash).unlink(missing_ok=True)

    @contextmanager
    def _part(self) -> Iterator[_Part]:
        path = files.aside(self._folder / "receiving")
        try:
            with files.room(), path.open("xb") as file:
                yield _Part(file, path, self._limit)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Gather what comes in from the network into blocks that are worth a step to the disk."""
    gathered = bytearray()
    async for chunk in _awake(chunks):
        gathered += chunk
        if len(gathered) >= _BLOCK:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _awake(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass chunks on, and give a sender up who has fallen silent."""
    coming = aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(_SILENCE):
                chunk = await anext(coming)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Invalid(f"Nothing has arrived for {_SILENCE} seconds. Please send the file again.") from None
        yield chunk


def too_large(limit: int) -> str:
    """Return the sentence for a file of more than `limit` bytes."""
    return f"The file is too large: this server takes at most {limit / 2**20:,.0f} MiB a file."
