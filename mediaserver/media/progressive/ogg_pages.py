"""Ogg pages (RFC 3533) and the two headers of an Opus stream (RFC 7845, section 5). It encodes nothing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

CONTINUED, FIRST, LAST = 1, 2, 4
"""Flags of a page that goes on with a packet, and of those with which a stream begins and ends."""
_HEAD = struct.Struct("<4sBBqIII")
_CRC_AT = 22
_SEGMENTS = 255  # of a page, and bytes of a segment
_NO_END = -1  # the granule of a page on which no packet ends
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def lacing(size: int) -> bytes:
    """The segment table's entry for a packet of `size` bytes."""
    return b"\xff" * (size // 255) + bytes((size % 255,))


def size(packets: int, packet: int) -> int:
    """Bytes of a page with `packets` packets of `packet` bytes."""
    return _HEAD.size + 1 + packets * (len(lacing(packet)) + packet)


def page(packets: Sequence[bytes], serial: int, number: int, granule: int, flags: int = 0) -> bytes:
    """A page of whole packets; `granule` is the place in the sound (samples) at which its last packet ends."""
    table = b"".join(lacing(len(packet)) for packet in packets)
    return _sealed(table, b"".join(packets), _HEAD.pack(b"OggS", 0, flags, granule, serial, number, 0))


def long(packet: bytes, serial: int, number: int) -> bytes:
    """As many pages as a header packet takes, from page `number` on."""
    table = lacing(len(packet))
    made = []
    for n, first in enumerate(range(0, len(table), _SEGMENTS)):
        entries = table[first : first + _SEGMENTS]
        flags, granule = (CONTINUED if n else 0), (0 if first + _SEGMENTS >= len(table) else _NO_END)
        held = packet[first * _SEGMENTS : first * _SEGMENTS + sum(entries)]
        made.append(_sealed(entries, held, _HEAD.pack(b"OggS", 0, flags, granule, serial, number + n, 0)))
    return b"".join(made)


def pages(packet: bytes) -> int:
    """How many pages `long` makes of it."""
    return -(-len(lacing(len(packet))) // _SEGMENTS)


def _sealed(table: bytes, body: bytes, head: bytes) -> bytes:
    whole = head + bytes((len(table),)) + table + body
    return whole[:_CRC_AT] + struct.pack("<I", crc32(whole)) + whole[_CRC_AT + 4 :]


def crc32(data: bytes) -> int:
    """CRC-32 by 0x04C11DB7, highest bit first, from 0 (RFC 3533, section 6).

    zlib's takes the lowest bit first and inverts at both ends: bits are turned round before and after it.
    """
    mirrored = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED), "big")


def opus_head(channels: int, skip: int, rate: int) -> bytes:
    """The identification header: `skip` samples at 48 kHz are not heard, `rate` (Hz) is the original's."""
    return struct.pack("<8sBBHIhB", b"OpusHead", 1, channels, skip, rate, 0, 0)


def opus_tags(vendor: str) -> bytes:
    """The comment header, with no comments."""
    name = vendor.encode()
    return struct.pack("<8sI", b"OpusTags", len(name)) + name + struct.pack("<I", 0)
