"""What stands in for a picture that is missing: a colour of its own for every name."""

from __future__ import annotations

from zlib import crc32


def of_name(name: str) -> int:
    """Return a hue in degrees that is this name's own, for a sleeve without artwork."""
    return crc32(name.encode()) % 360
