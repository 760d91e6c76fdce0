"""The pictures of the demo album, drawn from distances: a doorway for the album, and one shape for each piece.

A shape is a plane of signed distances in pixels, negative inside; its edge is smoothed over one pixel, so that every
size is as clean as the next. The house is always the same, only the light in it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mediaserver.demo.colour import Picture, Pixels, Plane, blend, lighter, oklch, plane, ramp, to_srgb


@dataclass(frozen=True, slots=True)
class Sheet:
    """An empty sheet: the x and y of each pixel, from -1 (left, top) to 1 (right, bottom), and the width of one."""

    x: Plane
    y: Plane
    pixel: float

    @classmethod
    def of(cls, size: int) -> Sheet:
        """Return a square sheet of `size` pixels a side."""
        line = ((np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(2.0 / size)) - np.float32(1.0)
        x, y = np.meshgrid(line, line)
        return cls(x, y, 2.0 / size)

    def inside(self, distance: Plane) -> Plane:
        """Return how much of each pixel a shape covers, 0 to 1."""
        return plane(np.clip(0.5 - distance / self.pixel, 0.0, 1.0))

    def disc(self, x: float, y: float, radius: float) -> Plane:
        """Return the distances to a circle."""
        return plane(np.hypot(self.x - x, self.y - y) - radius)

    def arch(self, x: float, foot: float, width: float, height: float) -> Plane:
        """Return the distances to a doorway with a round top, `height` from its `foot` to the crown."""
        spring = foot - height + width
        round_top = np.hypot(self.x - x, np.minimum(self.y - spring, 0.0)) - width
        return plane(np.maximum(round_top, self.y - foot))

    def wave(self, level: float, height: float, length: float, phase: float) -> Plane:
        """Return the distances to everything below a swell: two sines, `length` from crest to crest."""
        turn = 2.0 * np.pi / length
        crest = level + height * (np.sin(turn * self.x + phase) + 0.35 * np.sin(2.3 * turn * self.x + 1.7 * phase))
        return plane(crest - self.y)

    def box(self, left: float, top: float, right: float, bottom: float) -> Plane:
        """Return the distances to a rectangle."""
        return plane(np.maximum(np.maximum(left - self.x, self.x - right), np.maximum(top - self.y, self.y - bottom)))


Drawing = Callable[[Sheet], Picture]


def draw(piece: int | None = None, size: int = 1200) -> Pixels:
    """Return the cover of the album, or the picture of the piece with that number: sRGB, shape (size, size, 3).

    Raises KeyError for a number that is not on the album.
    """
    sheet = Sheet.of(size)
    return to_srgb(_grain((_DRAWINGS[piece] if piece is not None else _doorway)(sheet)))


def _grain(picture: Picture) -> Picture:
    """Return the picture with the tooth of paper, which also hides the steps of eight bits."""
    tooth = np.random.default_rng(7).standard_normal(picture.shape[:2], dtype=np.float32)
    picture[..., 0] += np.float32(0.008) * tooth
    return picture


def _glow(distance: Plane, reach: float, strength: float) -> Plane:
    """Return light that leaves a shape and is spent after about `reach`."""
    return plane(np.float32(strength) * np.exp(-np.maximum(distance, 0.0) / np.float32(reach)))


def _doorway(sheet: Sheet) -> Picture:
    """Draw the album's cover: doors within doors, from night outside to a low sun, and its way over the water."""
    walls = (
        oklch(0.22, 0.07, 285),
        oklch(0.30, 0.10, 290),
        oklch(0.38, 0.13, 300),
        oklch(0.47, 0.16, 325),
        oklch(0.57, 0.18, 5),
        oklch(0.67, 0.17, 35),
        oklch(0.77, 0.145, 60),
    )
    picture = ramp((walls[0], oklch(0.26, 0.085, 282)), (sheet.y + 1.0) / 2.0)
    for number, wall in enumerate(walls[1:], start=1):
        door = sheet.arch(0.0, 1.2, 0.98 - 0.115 * number, 2.02 - 0.145 * number)
        picture = blend(
            picture, ramp((oklch(0.1, 0.05, 290), wall), 1.0 - _glow(door, 0.05, 0.5)), sheet.inside(door - 0.02) * 0.55
        )
        lit = ramp((lighter(wall, 0.04), lighter(wall, -0.05)), (sheet.y + 1.0) / 2.0)
        picture = blend(picture, lit, sheet.inside(door))
    inner = sheet.arch(0.0, 1.2, 0.98 - 0.115 * 7, 2.02 - 0.145 * 7)
    sky = ramp((oklch(0.84, 0.12, 75), oklch(0.93, 0.09, 92)), (sheet.y + 0.2) / 0.8)
    sun = sheet.disc(0.0, 0.36, 0.125)
    sky = blend(sky, ramp((oklch(0.99, 0.04, 100),), sheet.y), np.maximum(_glow(sun, 0.1, 0.7), sheet.inside(sun)))
    picture = blend(picture, sky, sheet.inside(inner))
    return _water(sheet, picture)


def _water(sheet: Sheet, picture: Picture) -> Picture:
    """Lay swells over the lower part, each darker than the one behind it, with the sun's path down the middle."""
    for number in range(6):
        near = number / 5.0
        swell = sheet.wave(0.42 + 0.115 * number, 0.010 + 0.012 * number, 0.9 + 0.35 * number, 1.3 * number + 0.6)
        colour = oklch(0.62 - 0.40 * near, 0.15 - 0.07 * near, 20 - 95 * near)
        path = np.exp(-np.square(sheet.x / (0.13 + 0.09 * number))) * (0.75 - 0.11 * number)
        lit = ramp((colour, oklch(0.93, 0.10, 85)), path * np.exp(-np.maximum(-swell, 0.0) / 0.06))
        picture = blend(picture, lit, sheet.inside(swell))
    return picture


def _kettle(sheet: Sheet) -> Picture:
    """Draw the first morning sun over hills of steam."""
    picture = ramp((oklch(0.80, 0.10, 220), oklch(0.90, 0.07, 95), oklch(0.86, 0.12, 70)), (sheet.y + 1.0) / 1.7)
    for ring in range(4, -1, -1):
        sun = sheet.disc(0.12, -0.12, 0.36 + 0.11 * ring)
        picture = blend(
            picture, ramp((oklch(0.94, 0.13, 90),), sheet.y), sheet.inside(sun) * (0.9 if ring == 0 else 0.16)
        )
    for number in range(7):
        near = number / 6.0
        hill = sheet.wave(0.05 + 0.15 * number, 0.055, 1.5 + 0.22 * number, 2.1 * number)
        top = oklch(0.84 - 0.42 * near, 0.12 + 0.03 * near, 62 - 40 * near)
        low = oklch(0.90 - 0.42 * near, 0.09 + 0.03 * near, 70 - 40 * near)
        picture = blend(picture, ramp((top, low), -hill / 0.4), sheet.inside(hill))
    return picture


def _stairs(sheet: Sheet) -> Picture:
    """Draw thirteen steps that climb from the dark to a round window."""
    picture = ramp((oklch(0.82, 0.11, 195), oklch(0.52, 0.10, 205)), plane((sheet.y - 0.5 * sheet.x + 1.5) / 3.0))
    window = sheet.disc(0.38, -0.42, 0.34)
    picture = blend(
        picture, ramp((oklch(0.96, 0.08, 98),), sheet.y), np.maximum(_glow(window, 0.22, 0.55), sheet.inside(window))
    )
    for number in range(13):
        left = -1.0 + number * 2.0 / 13.0
        top = 0.86 - number * 0.1
        near = number / 12.0
        step = sheet.box(left, top, 1.1, 1.1)
        face = ramp(
            (
                oklch(0.36 + 0.36 * near, 0.11 + 0.05 * near, 250 + 155 * near),
                oklch(0.24 + 0.22 * near, 0.09, 255 + 130 * near),
            ),
            (sheet.y - top) / 1.0,
        )
        picture = blend(picture, face, sheet.inside(step))
        edge = sheet.box(left, top, 1.1, top + 0.014)
        picture = blend(picture, ramp((oklch(0.95, 0.07, 90),), sheet.y), sheet.inside(edge) * (0.25 + 0.5 * near))
    return picture


def _corridor(sheet: Sheet) -> Picture:
    """Draw arches that go on for longer than they should."""
    picture = ramp((oklch(0.30, 0.09, 265), oklch(0.20, 0.06, 275)), (sheet.y + 1.0) / 2.0)
    for number in range(1, 12):
        near = 0.80**number
        deep = number / 11.0
        door = sheet.arch(0.10 * (1.0 - near), 0.2 + 0.9 * near, 0.95 * near, 1.9 * near)
        wall = oklch(0.26 + 0.64 * deep**1.15, 0.10 + 0.03 * np.sin(np.pi * deep), 268 - 92 * deep)
        lit = ramp((lighter(wall, 0.04), lighter(wall, -0.07)), (sheet.x + near) / (2.0 * near))
        picture = blend(picture, lit, sheet.inside(door))
    return picture


def _lamps(sheet: Sheet) -> Picture:
    """Draw lamps that shine through one another."""
    picture = ramp((oklch(0.25, 0.12, 300), oklch(0.33, 0.15, 345), oklch(0.42, 0.17, 20)), (sheet.y + 1.0) / 2.0)
    lamps = (
        (-0.48, -0.30, 0.40, 30.0),
        (0.34, -0.46, 0.30, 350.0),
        (0.10, 0.12, 0.46, 62.0),
        (-0.52, 0.52, 0.28, 85.0),
        (0.60, 0.48, 0.34, 15.0),
        (0.74, -0.08, 0.16, 90.0),
        (-0.12, -0.74, 0.15, 75.0),
    )
    for x, y, radius, hue in lamps:
        lamp = sheet.disc(x, y, radius)
        light = ramp(
            (oklch(0.92, 0.12, hue + 15), oklch(0.66 + 0.0022 * (hue % 340), 0.18, hue)),
            sheet.disc(x, y, 0.0) / np.float32(radius),
        )
        picture = blend(picture, light, np.maximum(sheet.inside(lamp) * np.float32(0.72), _glow(lamp, 0.12, 0.35)))
    return picture


def _moon(sheet: Sheet) -> Picture:
    """Draw a moon over still water, and one lit window's worth of warmth on it."""
    picture = ramp((oklch(0.17, 0.05, 280), oklch(0.30, 0.09, 268), oklch(0.48, 0.10, 255)), (sheet.y + 1.0) / 1.5)
    moon = sheet.disc(-0.22, -0.32, 0.30)
    picture = blend(
        picture, ramp((oklch(0.94, 0.05, 95),), sheet.y), np.maximum(_glow(moon, 0.25, 0.38), sheet.inside(moon))
    )
    for number in range(9):
        near = number / 8.0
        swell = sheet.wave(0.28 + 0.09 * number, 0.006 + 0.008 * number, 0.7 + 0.3 * number, 1.9 * number)
        path = np.exp(-np.square((sheet.x + 0.22) / (0.2 + 0.05 * number))) * np.exp(-np.maximum(-swell, 0.0) / 0.03)
        colour = oklch(0.42 - 0.27 * near, 0.10 - 0.05 * near, 258 + 20 * near)
        picture = blend(picture, ramp((colour, oklch(0.90, 0.06, 92)), path * (0.7 - 0.4 * near)), sheet.inside(swell))
    return picture


_DRAWINGS: dict[int, Drawing] = {1: _kettle, 2: _stairs, 3: _corridor, 4: _lamps, 5: _moon}
