"""Where a piece of sound lies in a recording, and how far it is from it."""

from __future__ import annotations

import numpy as np
from numpy.fft import irfft, rfft

BLOCK = 0.1  # seconds over which the worst error is looked for


def place(heard: np.ndarray, sound: np.ndarray) -> int:
    """The sample of `sound` at which `heard` begins: where the two agree most. Negative if it begins earlier."""
    size = 1 << (len(heard) + len(sound)).bit_length()
    likeness = irfft(rfft(sound[:, 0], size) * np.conj(rfft(heard[:, 0], size)), size)
    best = int(np.argmax(likeness))
    return best if best < len(sound) else best - size


def error(heard: np.ndarray, sound: np.ndarray) -> float:
    """Power of the difference in dB against that of the sound; a difference of nothing is -200."""
    return float(10 * np.log10(np.mean((heard - sound) ** 2) / np.mean(sound**2) + 1e-20))


def worst(heard: np.ndarray, sound: np.ndarray, rate: int) -> float:
    """The worst error of any tenth of a second: what is missing or doubled shows here."""
    step = round(BLOCK * rate)
    starts = range(0, max(1, len(sound) - step + 1), step)
    return max(error(heard[start : start + step], sound[start : start + step]) for start in starts)
