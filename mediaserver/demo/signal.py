"""Sound as plain arrays: the sample rate, the two shapes in use, and conversions of time, pitch and level.

Everything in this package agrees on them, so that instruments and effects can be put together freely.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 44_100
"""Samples per second of every array in this package."""

Mono = npt.NDArray[np.float32]
"""One channel, shape (frames,), full scale ±1."""

Stereo = npt.NDArray[np.float32]
"""Left and right, shape (2, frames), full scale ±1. Channels first, because filters run along a channel."""

Curve = npt.NDArray[np.floating]
"""Values over time, frequency or harmonics."""


def frames(seconds: float) -> int:
    """Return the number of samples nearest to `seconds`."""
    return round(seconds * RATE)


def times(count: int) -> Curve:
    """Return the time of each of `count` samples, in seconds from the first."""
    return np.arange(count) / RATE


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch (69 is A4, 440 Hz; twelve equal steps an octave)."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def gain(decibels: float) -> np.float32:
    """Return the factor of amplitude for a level in decibels."""
    return np.float32(10.0 ** (decibels / 20.0))


def silence(count: int) -> Stereo:
    """Return `count` frames of stereo silence."""
    return np.zeros((2, count), dtype=np.float32)


def single(values: npt.NDArray[np.floating]) -> Mono:
    """Return `values` in single precision, in which all sound is kept."""
    return values.astype(np.float32, copy=False)
