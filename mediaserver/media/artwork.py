"""Pictures that belong to music: looked at with suspicion, brought to the sizes that pages need, reduced to a colour.

It works on bytes in memory, never on files. A picture's header is read before anything is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from mediaserver.base.errors import Invalid, TooLarge, Unsupported
from mediaserver.media import orientation, picture_headers

SIZES = (96, 300, 600, 1200)
"""Largest width and height (pixels) of the sizes in which artwork is delivered."""
LARGEST = 20_000_000
"""Bytes of a picture's file."""
MOST_PIXELS = 50_000_000
QUALITY = 82
"""Of WebP, from 0 to 100: at this one, covers show no blocks."""
EMBEDDED = 1_000_000
"""Bytes of a picture that goes into sound files as it is."""
JPEG = {"flags": "+qscale", "global_quality": str(3 * 118)}
"""FFmpeg's quality 3 of 2 to 31, in its unit."""
PAPER = 255
"""What is seen through transparent places: white."""

DECODERS = {"image/jpeg": "mjpeg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}

Pixels = NDArray[np.uint8]
"""Red, green and blue of every pixel: shape (height, width, 3)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture is; `width` and `height` in pixels."""

    mime: str
    width: int
    height: int


def inspect(data: bytes) -> Picture:
    """What the picture is when it stands upright, once it is certain that it can be shown.

    Raises Unsupported for what is no JPEG, PNG, WebP or GIF, TooLarge for too many bytes or pixels, Invalid for a
    broken one.
    """
    picture = glance(data)
    decoded(data, picture)
    if orientation.of_picture(data, picture.mime) in orientation.LYING:
        return Picture(picture.mime, picture.height, picture.width)
    return picture


def resize(data: bytes, size: int) -> bytes:
    """The picture as WebP, whole and upright, within `size` by `size` pixels, never enlarged.

    Raises what `inspect` raises.
    """
    return encode(upright(data, glance(data), size), "libwebp", "yuv420p", {"quality": str(QUALITY)})


def embeddable(data: bytes) -> bytes:
    """A picture that players show in a file: as it is where it is a JPEG or PNG of a modest size, else an upright JPEG.

    Raises what `inspect` raises.
    """
    picture = glance(data)
    if picture.mime in {"image/jpeg", "image/png"} and len(data) <= EMBEDDED:
        return data
    return encode(upright(data, picture, SIZES[-1]), "mjpeg", "yuvj420p", JPEG)


def upright(data: bytes, picture: Picture, size: int) -> Pixels:
    """The picture's pixels as they are to be seen, within `size` by `size`, never enlarged."""
    scale = min(1, size / max(picture.width, picture.height))
    width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = pixels(decoded(data, picture), width, height)
    return orientation.turned(small, orientation.of_picture(data, picture.mime))


def encode_png(pixels: Pixels) -> bytes:
    """The pixels as a PNG file."""
    return encode(pixels, "png", "rgb24", {})


def glance(data: bytes) -> Picture:
    """What the picture's header says, with nothing decoded; raises as `inspect` does."""
    if len(data) > LARGEST:
        raise TooLarge(f"The picture has {len(data) / 1e6:.0f} MB; at most {LARGEST // 1_000_000} MB are taken.")
    mime = picture_headers.kind(data)
    if mime is None:
        raise Unsupported("This is not a picture that can be shown; please choose a JPEG, PNG, WebP or GIF file.")
    width, height = picture_headers.dimensions(data, mime)
    if width * height > MOST_PIXELS:
        raise TooLarge(f"The picture has {width} x {height} pixels; at most 50 million are taken.")
    if not width or not height:
        raise Invalid("The picture is broken: it has no width or no height. Please save it again.")
    return Picture(mime, width, height)


def decoded(data: bytes, picture: Picture) -> av.VideoFrame:
    """The picture, or the first of several that move; Invalid when it is broken or other than its header says."""
    decoder = cast(VideoCodecContext, VideoCodecContext.create(DECODERS[picture.mime], "r"))
    decoder.thread_count = 1
    try:
        frames = decoder.decode(av.Packet(data)) or decoder.decode(None)
    except (av.error.FFmpegError, ValueError) as error:
        raise Invalid("The picture is broken and cannot be shown; please save it again, as JPEG or PNG.") from error
    if not frames or (frames[0].width, frames[0].height) != (picture.width, picture.height):
        raise Invalid("The picture is cut off or broken; please save it again, as JPEG or PNG.")
    return frames[0]


def pixels(frame: av.VideoFrame, width: int, height: int) -> Pixels:
    """The frame's pixels at another size, laid on white where they are transparent."""
    if frame.format.name.startswith("yuv"):  # scaled as it is: on the way to another format, much scaling darkens it
        frame = frame.reformat(width, height, interpolation="LANCZOS")
    scaled = frame.reformat(width, height, "rgba", interpolation="LANCZOS").to_ndarray()
    colours, opacity = scaled[..., :3], scaled[..., 3:]
    if opacity.min() == 255:
        return np.ascontiguousarray(colours)
    share = opacity / np.float32(255)
    laid: Pixels = np.rint(colours * share + PAPER * (1 - share)).astype(np.uint8)
    return laid


def encode(pixels: Pixels, codec: str, pixel_format: str, options: dict[str, str]) -> bytes:
    """The pixels as a file of one picture."""
    encoder = cast(VideoCodecContext, VideoCodecContext.create(codec, "w"))
    encoder.height, encoder.width = pixels.shape[:2]
    encoder.pix_fmt = pixel_format
    encoder.time_base = Fraction(1)
    encoder.thread_count = 1
    encoder.options = options
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24").reformat(format=pixel_format)
    return b"".join(bytes(packet) for step in (frame, None) for packet in encoder.encode(step))


def colour(data: bytes) -> str:
    """The colour that the picture is remembered by, as "#rrggbb": good while it loads, and to tint what is around it.

    It is the mean of the strongest hue; of all pixels when hardly any has a hue. Raises what `inspect` raises.
    """
    small = pixels(decoded(data, glance(data)), 64, 64).reshape(-1, 3) / 255
    strength = small.max(axis=1) - small.min(axis=1)
    colourful = strength > VIVID
    weight = np.where(colourful, strength, 0)
    if colourful.mean() < ENOUGH:
        weight = np.ones(len(small))
    else:
        weight *= near(hues(small), strongest(hues(small), weight))
    mean = np.rint(255 * np.average(small, axis=0, weights=weight)).astype(int)
    return "#" + "".join(f"{part:02x}" for part in mean)


VIVID = 0.15
"""Difference between a pixel's highest and lowest part (0 to 1) from which it counts as coloured."""
ENOUGH = 0.02
"""Share of coloured pixels from which the picture counts as coloured."""
SECTORS = 24
"""Parts of the circle of hues."""


def hues(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles of the colours on the circle of hues, from 0 to 1; greys have none and get 0."""
    red, green, blue = colours.T
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) / (2 * np.pi)
    return np.asarray(angle % 1)


def strongest(hue: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """The hue around which most weight lies."""
    amounts = np.bincount((hue * SECTORS).astype(int) % SECTORS, weight, SECTORS)
    around = amounts + (np.roll(amounts, 1) + np.roll(amounts, -1)) / 2
    return (float(np.argmax(around)) + 0.5) / SECTORS


def near(hue: NDArray[np.float64], centre: float) -> NDArray[np.bool_]:
    """Which hues lie within a sector and a half of the centre."""
    apart = np.abs((hue - centre + 0.5) % 1 - 0.5)
    return apart <= 1.5 / SECTORS
