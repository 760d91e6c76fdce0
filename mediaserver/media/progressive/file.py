"""What is handed out byte for byte: an original as it came, in blocks that are worth a step to the disk, or bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mediaserver.media import decode
from mediaserver.media.progressive.layout import Layout

BLOCK = 1 << 18
"""Bytes in a part."""


@dataclass(frozen=True)
class File(Layout):
    """The file at `path`, of `size` bytes."""

    is_encoded: ClassVar[bool] = False
    path: Path
    size: int

    @property
    def parts(self) -> int:
        """Blocks of the file."""
        return -(-self.size // BLOCK)

    def start(self, n: int) -> int:
        """The place (bytes) of block `n`."""
        return min(n * BLOCK, self.size)

    def make(self, n: int) -> bytes:
        """Block `n`; raises NotFound when the file is gone."""
        return read(self.path, self.start(n), self.start(n + 1))


@dataclass(frozen=True)
class Held(Layout):
    """Bytes that are at hand, as one part."""

    is_encoded: ClassVar[bool] = False
    data: bytes

    @property
    def parts(self) -> int:
        """One."""
        return 1

    def start(self, n: int) -> int:
        """The place (bytes) of part `n`."""
        return len(self.data) if n else 0

    def make(self, n: int) -> bytes:
        """All of it."""
        return self.data


def read(path: Path, first: int, end: int) -> bytes:
    """The bytes of a file from `first` up to `end`; raises NotFound when it is gone, Invalid where it is protected."""
    with decode.translated(decode.ORIGINAL), path.open("rb") as file:
        file.seek(first)
        return file.read(end - first)
