"""Kind and size of a picture from the first bytes of its file, so that nothing is decoded that is too large.

JPEG (ITU-T T.81, annex B), PNG (ISO/IEC 15948), GIF89a, WebP (RFC 9649).
"""

from __future__ import annotations

import struct

from mediaserver.base.errors import Invalid, Unsupported

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of a frame's header."""
BARE = frozenset(range(0xD0, 0xD9)) | {0x01}
"""JPEG's markers without content."""


def kind(data: bytes) -> str | None:
    """The media type by the first bytes; None for anything that is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def dimensions(data: bytes, mime: str) -> tuple[int, int]:
    """Width and height in pixels; Invalid when the header is cut off or makes no sense."""
    try:
        return READERS[mime](data)
    except (struct.error, IndexError) as error:
        raise Invalid("The picture is cut off within its header; please save it again.") from error


def jpeg(data: bytes) -> tuple[int, int]:
    """From the frame header, which follows any number of other segments."""
    place = 2
    while True:
        while data[place] == 0xFF and data[place + 1] == 0xFF:
            place += 1
        marker = data[place + 1]
        if data[place] != 0xFF or marker == 0xDA:
            raise Invalid("The picture is broken: its size is missing. Please save it again.")
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        place += 2 if marker in BARE else 2 + max(2, struct.unpack_from(">H", data, place + 2)[0])


def png(data: bytes) -> tuple[int, int]:
    """From IHDR, which is always the first chunk."""
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def gif(data: bytes) -> tuple[int, int]:
    """From the logical screen descriptor."""
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def webp(data: bytes) -> tuple[int, int]:
    """From the first chunk: lossy, lossless or extended. Moving pictures are not taken."""
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if data[20] & 0x02:
            raise Unsupported("Moving WebP pictures are not taken; please choose a still one.")
        case b"VP8X":
            width, height = (int.from_bytes(data[place : place + 3], "little") + 1 for place in (24, 27))
            return width, height
    raise Invalid("The picture is broken: its size is missing. Please save it again.")


READERS = {"image/jpeg": jpeg, "image/png": png, "image/gif": gif, "image/webp": webp}
