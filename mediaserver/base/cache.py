"""A cache of what can be made again: on disk up to a limit, the most wanted of it in memory.

A file is written aside and renamed, so a killed process leaves no half of one under its name. The least
recently used go first. A key never means anything else than it did, so nothing in here can be stale.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mediaserver.base import files
from mediaserver.base.errors import StorageFull, Unusable

_log = logging.getLogger(__name__)
_SMALL = 2**18  # bytes that are read where they are asked for; more would hold up the event loop


class Made(NamedTuple):
    """A piece that was just made, and whether its file is on disk."""

    key: str
    data: bytes
    stored: bool


class _Memory:
    """Bytes by key, the least recently used going first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._held: OrderedDict[str, bytes] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def find(self, key: str) -> bytes | None:
        data = self._held.get(key)
        if data is not None:
            self._held.move_to_end(key)
        return data

    def put(self, key: str, data: bytes) -> None:
        if len(data) > self._limit or key in self._held:
            return
        self._held[key] = data
        self._size += len(data)
        while self._size > self._limit:
            _, oldest = self._held.popitem(last=False)
            self._size -= len(oldest)


class FileCache:
    """Pieces by key, a relative path such as "4b/VERSION/aac-128/17.m4s". Belongs to the event loop's thread.

    A file that somebody else removes is found to be gone when it is asked for, or when its turn to go has come; until
    then it is counted.
    """

    def __init__(self, folder: Path, limit: int, memory_limit: int) -> None:
        """Keep at most `limit` bytes below `folder` and `memory_limit` bytes in memory."""
        self._folder = folder
        self._limit = limit
        self._memory = _Memory(memory_limit)
        self._sizes: OrderedDict[str, int] = OrderedDict()  # the least recently used first
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._size

    def open(self) -> None:
        """Take stock of what an earlier process left; blocks. Raises Unusable where it cannot be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror
            raise Unusable(
                f"The cache {self._folder} cannot be written: {why}. It can be deleted without loss."
            ) from None
        found = [(path, path.stat()) for path in self._folder.rglob("*") if _is_piece(path)]
        for path, stat in sorted(found, key=lambda entry: entry[1].st_mtime_ns):
            if stat.st_size == 0:  # a power cut can leave a name without its bytes
                path.unlink()
                continue
            self._sizes[path.relative_to(self._folder).as_posix()] = stat.st_size
            self._size += stat.st_size
        self._make_room()
        self._remove_empty_folders()

    def has(self, key: str) -> bool:
        """Tell whether the piece is here; it counts as no use of it."""
        return key in self._sizes or key in self._memory

    def at_hand(self, key: str) -> bytes | None:
        """Return the piece, if it is here and can be had without making anybody wait for the disk."""
        if key not in self._sizes or self._sizes[key] > _SMALL:
            return self._memory.find(key)
        self._sizes.move_to_end(key)
        return self._memory.find(key) or self._kept(key, self._read(key))

    async def find(self, key: str) -> bytes | None:
        """Return the piece, if it is here."""
        data = self.at_hand(key)
        if data is not None or key not in self._sizes:
            return data
        self._sizes.move_to_end(key)
        return self._kept(key, await asyncio.to_thread(self._read, key))

    def put(self, made: Made) -> None:
        """Keep a piece that `store` has seen, and let the least recently used go where room is short."""
        self._memory.put(made.key, made.data)
        if not made.stored:
            return
        self._size += len(made.data) - self._sizes.pop(made.key, 0)
        self._sizes[made.key] = len(made.data)
        self._make_room()

    def store(self, key: str, data: bytes) -> Made:
        """Write a piece's file, where the disk takes it; touches nothing else, so call it in a thread."""
        try:
            files.write(self._folder / key, data, sync=False)
        except (StorageFull, OSError) as error:
            _log.warning("the cache cannot be written, everything is made anew each time: %s", error)
            return Made(key, data, stored=False)
        return Made(key, data, stored=True)

    def discard(self, key: str) -> None:
        """Remove the file of a piece that nobody will ask for again; touches nothing else, so call it in a thread."""
        (self._folder / key).unlink(missing_ok=True)

    def _read(self, key: str) -> bytes | None:
        """Return what the file holds, None where it cannot be read; touches nothing else."""
        path = self._folder / key
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def _kept(self, key: str, data: bytes | None) -> bytes | None:
        """Return what was read, and remember it, or that it is not there any more."""
        if data is None:
            self._size -= self._sizes.pop(key, 0)
        else:
            self._memory.put(key, data)
        return data

    def _remove_empty_folders(self) -> None:
        """Remove what old versions and tracks that are gone left. Only before anything is stored."""
        for path in sorted(self._folder.rglob("*"), reverse=True):
            if path.is_dir():
                with suppress(OSError):  # it is not empty
                    path.rmdir()

    def _make_room(self) -> None:
        """Remove no more than must go: each file takes 20 µs, and while many do, the event loop stands still."""
        while self._size > self._limit and self._sizes:
            key, size = self._sizes.popitem(last=False)
            self._size -= size
            with suppress(OSError):  # it is gone, or whoever holds it back will find it at the next start
                (self._folder / key).unlink()


def _is_piece(path: Path) -> bool:
    return path.is_file() and not path.name.endswith(files.PART)
