"""The file of an arrival: bytes are added at its end, block by block, and hashed on the way.

What counts is what has been brought to the disk; whatever a killed process left behind that is cut off before more
comes. All of it blocks, so call it in a thread.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from mediaserver.base import files
from mediaserver.catalog.originals import Received

BLOCK = 2**20
"""Bytes that are read or written in one step."""


class Hash(Protocol):
    """One of hashlib's."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""
        ...

    def digest(self) -> bytes:
        """Return what has become of them."""
        ...


@dataclass(slots=True)
class Hashed:
    """SHA-256 of the first `bytes` bytes of a file. It cannot be written down, so a new process begins anew."""

    sha: hashlib._Hash = field(default_factory=hashlib.sha256)
    bytes: int = 0

    def copy(self) -> Hashed:
        """Return one that goes its own way from here."""
        return Hashed(self.sha.copy(), self.bytes)


class Intake:
    """One request's bytes on their way to the end of a file."""

    def __init__(self, path: Path, start: int, hashed: Hashed, check: Hash | None = None) -> None:
        """Open the file at `path`, of which the first `start` bytes are good.

        `hashed` goes along if it stands just there; `check` is fed with what this request brings alone. Raises
        FileNotFoundError when those bytes are not there any more.
        """
        self._path = path
        with files.room():
            path.parent.mkdir(exist_ok=True)
            self._file: BinaryIO = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
            if os.fstat(self._file.fileno()).st_size < start:
                self._file.close()
                raise FileNotFoundError(path)
            self._file.truncate(start)
        self._file.seek(start)
        self._start = start
        self._check = check
        self._hashed = hashed.copy()
        self.end = start
        self.safe = start

    def write(self, block: bytes, step: int | None = None) -> int:
        """Add a block, and bring all to the disk where `step` bytes have come since that was done; return what is safe.

        Raises StorageFull; then the whole of the block does not count.
        """
        with files.room():
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]
        if self._hashed.bytes == self.end:
            self._hashed.sha.update(block)
            self._hashed.bytes += len(block)
        if self._check is not None:
            self._check.update(block)
        self.end += len(block)
        return self.sync() if step is not None and self.end - self.safe >= step else self.safe

    def sync(self) -> int:
        """Bring all to the disk; return how many bytes of the file are safe now."""
        with files.room():
            os.fdatasync(self._file.fileno())
        self.safe = self.end
        return self.safe

    def close(self, *, keep: bool) -> Hashed | None:
        """Let the file go, without what is not safe, or, unless `keep`, without all that this request brought.

        Return the hash where it stands at the end of what is left.
        """
        left = self.safe if keep else self._start
        with suppress(OSError):
            self._file.truncate(left)
        self._file.close()
        self.safe = left
        return self._hashed if self._hashed.bytes == left else None


def whole(path: Path, size: int, hashed: Hashed) -> Received:
    """Return a file that is here to its last byte, hashing what is not hashed yet."""
    with path.open("rb") as file:
        file.seek(hashed.bytes)
        while block := file.read(BLOCK):
            hashed.sha.update(block)
            hashed.bytes += len(block)
    return Received(path, hashed.sha.hexdigest(), size)


def join(parts: list[Path], path: Path) -> Received:
    """Write files one after the other into a new one at `path`. Raises StorageFull; then nothing of it is left."""
    intake = Intake(path, 0, Hashed())
    try:
        for part in parts:
            with part.open("rb") as file:
                while block := file.read(BLOCK):
                    intake.write(block)
        size = intake.sync()
    except BaseException:
        intake.close(keep=False)
        path.unlink()
        raise
    return whole(path, size, intake.close(keep=True) or Hashed())
