"""Colours in OKLCH (lightness, chroma, hue), in which a step looks equally large everywhere, and their way to sRGB.

Source: Björn Ottosson, A perceptual color space for image processing, 2020; IEC 61966-2-1 for the transfer curve.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
"""One value for each pixel, shape (height, width)."""

Picture = npt.NDArray[np.float32]
"""OKLab values for each pixel, shape (height, width, 3)."""

Pixels = npt.NDArray[np.uint8]
"""sRGB, shape (height, width, 3)."""

_TO_CONES = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def oklch(lightness: float, chroma: float, hue: float) -> Plane:
    """Return a colour as OKLab, shape (3,): lightness to 1, chroma to about 0.3, hue in degrees (30 red, 265 blue)."""
    angle = np.radians(hue)
    return np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], dtype=np.float32)


def plane(values: npt.NDArray[np.floating]) -> Plane:
    """Return `values` in single precision, in which pictures are kept."""
    return values.astype(np.float32, copy=False)


def lighter(colour: Plane, step: float) -> Plane:
    """Return an OKLab colour with `step` added to its lightness."""
    return colour + np.array([step, 0.0, 0.0], dtype=np.float32)


def blend(below: Picture, above: Picture, cover: Plane) -> Picture:
    """Return `above` laid over `below`, where `cover` goes from 0 (nothing of it) to 1. The result is a new picture."""
    return below + (above - below) * cover[..., None]


def ramp(colours: tuple[Plane, ...], place: Plane) -> Picture:
    """Return the colours in even steps from place 0 to 1, smooth between them."""
    stops = np.linspace(0.0, 1.0, len(colours))
    return np.stack(
        [np.interp(place, stops, [colour[axis] for colour in colours]).astype(np.float32) for axis in range(3)], axis=-1
    )


def to_srgb(picture: Picture) -> Pixels:
    """Return the picture as sRGB bytes; what lies outside of the gamut is cut."""
    linear = np.clip((picture @ _TO_CONES.T.astype(np.float32)) ** 3 @ _TO_LINEAR.T.astype(np.float32), 0.0, 1.0)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return np.asarray(np.round(255.0 * curved), dtype=np.uint8)
