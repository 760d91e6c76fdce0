"""A file whose sound stays as it is, byte for byte, with other tags before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mediaserver.media.progressive import file
from mediaserver.media.progressive.file import BLOCK
from mediaserver.media.progressive.layout import Layout


@dataclass(frozen=True)
class Retagged(Layout):
    """The bytes from `first` up to `end` of the file at `path`, behind `tags`."""

    is_encoded: ClassVar[bool] = False
    path: Path
    first: int
    end: int
    tags: bytes

    @property
    def parts(self) -> int:
        """Tags, and blocks of the file."""
        return 1 - (-(self.end - self.first) // BLOCK)

    def start(self, n: int) -> int:
        """The place (bytes) of part `n`."""
        return len(self.tags) + self._place(n) - self.first if n else 0

    def make(self, n: int) -> bytes:
        """Part `n`; raises NotFound when the file is gone."""
        if n == 0:
            return self.tags
        return file.read(self.path, self._place(n), self._place(n + 1))

    def _place(self, n: int) -> int:
        """Where part `n`, but the first, begins in the file."""
        return min(self.first + (n - 1) * BLOCK, self.end)
