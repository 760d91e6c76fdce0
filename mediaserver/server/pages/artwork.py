"""Where a picture is to be had in which size, and what stands in for one that is missing."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from mediaserver.media.artwork import SIZES


def address(picture: str, size: int) -> str:
    """Return the address of a picture (its hash) as a square of `size` pixels, one of SIZES."""
    return f"/media/artwork/{picture}/{size}.webp"


def describe(picture: str | None, colour: str | None) -> dict[str, Any] | None:
    """Return a picture as scripts know it: hash, dominant colour and the addresses of its sizes."""
    if picture is None:
        return None
    return {"hash": picture, "colour": colour, "sizes": {str(size): address(picture, size) for size in SIZES}}


def hue(name: str) -> int:
    """Return a hue in degrees that is this name's own, for a sleeve without artwork."""
    return crc32(name.encode()) % 360
