"""Originals: recordings exactly as they came, named by the SHA-256 of their bytes. Nothing ever changes one.

A file that stays where its owner has it stands here as a link, which carries the time of the file's last change.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mediaserver.base import files
from mediaserver.base.errors import Invalid, NotFound, TooLarge, Unusable

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

    def finish(self, *, sync: bool = True) -> Received:
        if self.bytes == 0:
            raise Invalid("The file is empty: nothing was received. Please choose another.")
        with files.room():
            self._file.flush()
            if sync:
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
        """Return where the original of that hash is, or would be.

        Raises NotFound for a file that was left where it was, and is not there any more or was changed since.
        """
        path = self._named(hash)
        try:
            mark = path.lstat()
        except FileNotFoundError:
            return path
        return _follow(path, mark.st_mtime_ns) if stat.S_ISLNK(mark.st_mode) else path

    def _named(self, hash: str) -> Path:
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

    def copy(self, source: Path, *, sync: bool = True) -> Received:
        """Write a copy of the file `source` aside; blocks, so call it in a thread. Raises as `receive` does.

        Without `sync` it outlives a power cut only once `sync` was called.
        """
        with self._part() as part, source.open("rb") as file:
            while block := file.read(_BLOCK):
                part.write(block)
            return part.finish(sync=sync)

    def keep(self, received: Received, *, sync: bool = True, stay: bool = False) -> None:
        """Give a received file its name; where the same is there already, that one stays. Raises StorageFull.

        Its part is to `stay` where the caller removes it, once the file is noted: who is killed before loses nothing.
        """
        path = self._named(received.hash)
        with files.room():
            path.parent.mkdir(exist_ok=True)
            if not path.is_file() or path.is_symlink():
                _name(received.part, path)
                if sync:
                    files.sync_folder(path.parent)
            if not stay:
                received.part.unlink(missing_ok=True)

    def sync(self) -> None:
        """Have everything that was written here outlive a power cut: one step for many files; blocks."""
        files.sync_disk(self._folder)

    def link(self, hash: str, file: Path, modified: int) -> None:
        """Let the file at `file`, last changed at `modified` (ns), be the original of that hash where there is none.

        Raises Unusable where the disk of the data folder cannot hold links.
        """
        path = self._named(hash)
        if path.is_file() and not path.is_symlink():
            return
        aside = files.aside(path)
        try:
            path.parent.mkdir(exist_ok=True)
            aside.symlink_to(file.absolute())
            os.utime(aside, ns=(modified, modified), follow_symlinks=False)
            aside.replace(path)
        except (OSError, NotImplementedError):
            raise Unusable(
                f"The disk of {self._folder} cannot hold links to files. Import without --in-place, which copies them."
            ) from None
        finally:
            aside.unlink(missing_ok=True)

    def is_linked(self, hash: str) -> bool:
        """Tell whether that original is a file that stays where its owner has it."""
        return self._named(hash).is_symlink()

    def hash(self, source: Path) -> str:
        """Return the name that a copy of the file `source` would have; blocks."""
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def everything(self) -> Iterator[str]:
        """Yield the hashes of all files that are kept."""
        return (path.name for path in self._folder.glob("??/*") if not path.name.endswith(files.PART))

    def drop(self, hash: str) -> None:
        """Remove an original that nothing stands on."""
        self._named(hash).unlink(missing_ok=True)

    @contextmanager
    def _part(self) -> Iterator[_Part]:
        path = files.aside(self._folder / "receiving")
        try:
            with files.room(), path.open("xb") as file:
                yield _Part(file, path, self._limit)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _name(part: Path, path: Path) -> None:
    """Let a file stand at `path` as well, or instead on a disk that knows no second names."""
    second = files.aside(path)
    try:
        second.hardlink_to(part)
    except OSError:
        part.replace(path)
    else:
        second.replace(path)


def _follow(link: Path, modified: int) -> Path:
    """Return the file that a link leads to, if it is as it was when the link was made."""
    try:
        target = link.readlink()
        now = target.stat().st_mtime_ns
    except OSError:
        raise NotFound("The file of this recording is not where it was; it plays again when that is back.") from None
    if now != modified:
        raise NotFound("The file of this recording was changed, and is yet to be read again. Please come back soon.")
    return target


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
