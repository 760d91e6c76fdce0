"""The course of a note's loudness, and noise with a chosen spectrum: what all instruments are finished with."""

from __future__ import annotations

import numpy as np

from mediaserver.demo.signal import RATE, Curve, Mono, frames, single, times

_SIXTY_DECIBELS = float(np.log(1000.0))


def decay(count: int, seconds: float) -> Mono:
    """Return an exponential that falls by 60 dB in `seconds`, over `count` samples."""
    return single(np.exp(-_SIXTY_DECIBELS / seconds * times(count)))


def rise(count: int, seconds: float) -> Mono:
    """Return a smooth start: half a cosine from 0 to 1 within `seconds`, then 1, over `count` samples."""
    course = np.ones(count, dtype=np.float32)
    head = min(count, frames(seconds))
    course[:head] = 0.5 - 0.5 * np.cos(np.pi * np.arange(head) / max(head, 1))
    return course


def let_go(sound: Mono, held: float, release: float) -> Mono:
    """Return the sound faded out from `held` seconds on within `release` seconds, and cut. Time is the last axis."""
    fade = frames(release)
    end = min(frames(held) + fade, sound.shape[-1])
    finished = sound[..., :end].copy()
    tail = min(fade, end)
    finished[..., end - tail :] *= single(0.5 + 0.5 * np.cos(np.pi * np.arange(1, tail + 1) / tail))
    return finished


def band(frequency: Curve, low: float, high: float) -> Curve:
    """Return the gains of a gentle band-pass (12 dB an octave on both sides, -6 dB at `low` and `high` Hz)."""
    below = (np.maximum(frequency, 1e-3) / low) ** 2
    above = (frequency / high) ** 2
    return below / (1.0 + below) / (1.0 + above)


def noise(count: int, low: float, high: float, seed: int) -> Mono:
    """Return noise between `low` and `high` Hz with an RMS of 1; the same seed gives the same noise."""
    size = 1 << max(count - 1, 1).bit_length()  # a power of two: other lengths can be many times slower
    white = np.random.default_rng(seed).standard_normal(size, dtype=np.float32)
    spectrum = np.fft.rfft(white) * single(band(single(np.arange(size // 2 + 1) * (RATE / size)), low, high))
    coloured = np.fft.irfft(spectrum, size)[:count]
    return single(coloured / np.sqrt(np.mean(np.square(coloured))))
