"""The segment cache: what was encoded once, on disk up to a limit, the most wanted in memory before it.

A file is written aside and renamed, so a killed process leaves no half of a segment under its name. The least
recently used go first. A key never means anything else than it did, so nothing in here can be stale.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path

from mediaserver.base import files

_SPARE = 0.1  # a full cache is brought this far below its limit, so that not every new segment has to make room


class _Memory:
    """Bytes by key, the least recently used going first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._held: OrderedDict[str, bytes] = OrderedDict()

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


class SegmentCache:
    """Segments by key, a relative path such as "4b/VERSION/aac-128/17.m4s". Belongs to the event loop's thread."""

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
        """Take stock of what an earlier process left, and sweep what it did not finish; blocks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        files.sweep(self._folder)
        found = [(path, path.stat()) for path in self._folder.rglob("*") if path.is_file()]
        for path, stat in sorted(found, key=lambda entry: entry[1].st_mtime_ns):
            if stat.st_size == 0:  # a power cut can leave a name without its bytes
                path.unlink()
                continue
            self._sizes[path.relative_to(self._folder).as_posix()] = stat.st_size
            self._size += stat.st_size
        self._make_room()

    def has(self, key: str) -> bool:
        """Tell whether the segment is here; it counts as no use of it."""
        return key in self._sizes

    def find(self, key: str) -> bytes | None:
        """Return the segment, if it is here."""
        if key not in self._sizes:
            return self._memory.find(key)
        self._sizes.move_to_end(key)
        return self._memory.find(key) or self._read(key)

    def put(self, key: str, data: bytes) -> None:
        """Keep a segment that `store` has written, and let the least recently used go where room is short."""
        self._memory.put(key, data)
        self._size += len(data) - self._sizes.pop(key, 0)
        self._sizes[key] = len(data)
        if self._size > self._limit:
            self._make_room()

    def store(self, key: str, data: bytes) -> None:
        """Write a segment's file; touches nothing else, so call it in a thread. Raises StorageFull."""
        files.write(self._folder / key, data, sync=False)

    def _read(self, key: str) -> bytes | None:
        path = self._folder / key
        try:
            data = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            self._size -= self._sizes.pop(key)
            return None
        self._memory.put(key, data)
        return data

    def _make_room(self) -> None:
        if self._size <= self._limit:
            return
        goal = self._limit * (1 - _SPARE)
        while self._size > goal and self._sizes:
            key, size = self._sizes.popitem(last=False)
            (self._folder / key).unlink(missing_ok=True)
            self._size -= size
