"""Deflate that changes nothing: blocks in which bytes stay as they are (RFC 1951, section 3.2.4).

Unlike bytes without any coding they tell where they end, so that a reader of a pipe finds what follows them. How long
they become is known from the number of bytes alone. It reads and keeps no files.
"""

from __future__ import annotations

from struct import Struct

FULL = 1 << 14
"""Bytes in each block but the last ones: a block is sent once it is full."""
_HEAD = Struct("<BHH")  # whether it is the last, how many bytes follow, and their number inverted
BLOCK = _HEAD.size + FULL
"""Bytes that a full block takes."""
_END = _HEAD.pack(1, 0, 0xFFFF)  # an empty block is the last: until then nobody needs to know where the end is


def size(count: int) -> int:
    """Bytes that `count` bytes become."""
    return count + _HEAD.size * -(-count // FULL) + len(_END)


class Blocks:
    """Cuts what it is fed into blocks, the same whatever the pieces are in which it comes."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """The blocks that are full now."""
        data = self._rest + data
        full = len(data) - len(data) % FULL
        self._rest = data[full:]
        return b"".join(_block(data[place : place + FULL]) for place in range(0, full, FULL))

    def end(self) -> bytes:
        """What is left over, and the end."""
        return (_block(self._rest) if self._rest else b"") + _END


def _block(data: bytes) -> bytes:
    return _HEAD.pack(0, len(data), len(data) ^ 0xFFFF) + data
