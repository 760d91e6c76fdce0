"""Which way up a photograph is: cameras store it as the sensor lay, and note in Exif how it was held.

Exif 2.32, section 4.6.4 (tag 0x0112), in JPEG's APP1 segment. A note that cannot be read is as good as none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mediaserver.media.picture_headers import BARE

UPRIGHT = 1
ORIENTATION = 0x0112
SHORT = 3
"""Exif's type of a number of two bytes."""
LYING = frozenset({5, 6, 7, 8})
"""Orientations in which width and height change places."""


def of_picture(data: bytes, mime: str) -> int:
    """The orientation, 1 to 8 as Exif counts; 1 where nothing is noted."""
    if mime != "image/jpeg":
        return UPRIGHT
    try:
        notes = (content[6:] for marker, content in segments(data) if marker == 0xE1 and content[:6] == b"Exif\0\0")
        noted = next((orientation(note) for note in notes), UPRIGHT)
    except (struct.error, IndexError):
        return UPRIGHT
    return noted if 1 <= noted <= 8 else UPRIGHT


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker and the content of each segment of a JPEG before its pixels (ITU-T T.81, annex B)."""
    place = 2
    while data[place] == 0xFF and (marker := data[place + 1]) != 0xDA:
        if marker == 0xFF:  # a filling byte
            place += 1
            continue
        length = 0 if marker in BARE else struct.unpack_from(">H", data, place + 2)[0]
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + length


def orientation(note: bytes) -> int:
    """What the first directory of an Exif note (TIFF 6.0, section 2) says of the orientation."""
    order = {b"II": "<", b"MM": ">"}.get(note[:2])
    if order is None:
        return UPRIGHT
    start = struct.unpack_from(order + "I", note, 4)[0]
    count = struct.unpack_from(order + "H", note, start)[0]
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", note, place)
        if (tag, kind) == (ORIENTATION, SHORT):
            return int(value)
    return UPRIGHT


def turned(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The pixels, shaped (height, width, ...), as they are to be seen."""
    if orientation in LYING:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
