"""What a stream is: parts of one file, whose places in it are known before any is made wherever that can be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import ClassVar

VERSION = 2
"""To be raised with every change of what any layout's bytes are: it is part of what they are known by."""


class Parts(ABC):
    """One file that nobody has written, cut into parts counted from 0."""

    is_encoded: ClassVar[bool] = True
    """Whether a part costs an encoder's work, so that it is worth keeping."""

    @property
    @abstractmethod
    def parts(self) -> int:
        """How many parts there are."""

    @property
    @abstractmethod
    def most(self) -> int:
        """Bytes that the whole has at most."""

    @abstractmethod
    def make(self, n: int) -> bytes:
        """Part `n`: always the same bytes, whatever was made before. Blocks; raises what `decode` raises."""


class Layout(Parts):
    """Parts whose places in the whole are known before any of them is made."""

    @abstractmethod
    def start(self, n: int) -> int:
        """The place (bytes) at which part `n` starts; `start(parts)` is where the last ends."""

    @property
    def length(self) -> int:
        """Bytes in the whole."""
        return self.start(self.parts)

    @property
    def most(self) -> int:
        """The same: it is known."""
        return self.length

    def part_at(self, place: int) -> int:
        """The number of the part that holds the byte at `place`."""
        return bisect_right(range(self.parts + 1), place, key=self.start) - 1
