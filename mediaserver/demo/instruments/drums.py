"""A small drum kit. Pitch chooses between takes of the same stroke, so that two in a row are not copies."""

from __future__ import annotations

import numpy as np

from mediaserver.demo.instruments.shapes import decay, noise, rise
from mediaserver.demo.signal import Mono, frames, single, times


def kick(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a bass drum: a sine that falls from 190 to 48 Hz within a moment, and the click of the beater."""
    count = frames(0.42)
    return _falling(count, 190.0, 48.0, 0.028) * decay(count, 0.55) * np.float32(0.95 * velocity) + _click(
        count, velocity, round(pitch)
    )


def soft_kick(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a bass drum with a blanket in it."""
    count = frames(0.3)
    return _falling(count, 120.0, 52.0, 0.022) * decay(count, 0.34) * rise(count, 0.002) * np.float32(0.8 * velocity)


def clap(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return hands: three quick bursts and a short room."""
    count = frames(0.32)
    body = noise(count, 900.0, 4_200.0, seed=round(pitch))
    clock = times(count)
    bursts = sum(np.exp(-np.maximum(clock - late, 0.0) / 0.006) * (clock >= late) for late in (0.0, 0.011, 0.023))
    course = 0.5 * bursts + 0.55 * np.exp(-np.maximum(clock - 0.03, 0.0) / 0.055) * (clock >= 0.03)
    return single(body * course * (0.16 * velocity)) * rise(count, 0.001) * _tail(count)


def rim(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a stick across the rim of a snare drum: a woody tick over a hint of wires."""
    count = frames(0.18)
    wood = _falling(count, 520.0, 410.0, 0.01) * decay(count, 0.07)
    wires = noise(count, 1_400.0, 6_500.0, seed=round(pitch)) * decay(count, 0.13)
    return (
        (np.float32(0.55) * wood + np.float32(0.12) * wires) * rise(count, 0.0008) * np.float32(velocity) * _tail(count)
    )


def brush(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a brush drawn over the skin."""
    count = frames(0.28)
    return (
        noise(count, 1_800.0, 7_000.0, seed=round(pitch))
        * rise(count, 0.03)
        * decay(count, 0.3)
        * np.float32(0.12 * velocity)
    )


def hat(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a closed hi-hat."""
    count = frames(0.09)
    return (
        noise(count, 6_500.0, 15_000.0, seed=round(pitch))
        * decay(count, 0.075)
        * rise(count, 0.0008)
        * np.float32(0.16 * velocity)
        * _tail(count)
    )


def open_hat(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return an open hi-hat that closes by itself."""
    count = frames(0.34)
    return (
        noise(count, 5_500.0, 14_000.0, seed=round(pitch))
        * decay(count, 0.4)
        * rise(count, 0.001)
        * np.float32(0.12 * velocity)
        * _tail(count)
    )


def _falling(count: int, first: float, last: float, seconds: float) -> Mono:
    """Return a sine whose frequency falls from `first` to `last` Hz with a time constant of `seconds`."""
    clock = times(count)
    turns = last * clock + (first - last) * seconds * (1.0 - np.exp(-clock / seconds))
    return single(np.sin(2.0 * np.pi * turns)) * _tail(count)


def _click(count: int, velocity: float, seed: int) -> Mono:
    """Return the touch of a felt beater, in silence of the drum's length."""
    touch = np.zeros(count, dtype=np.float32)
    size = frames(0.012)
    touch[:size] = noise(size, 1_200.0, 5_000.0, seed) * decay(size, 0.012) * rise(size, 0.0008) * _tail(size)
    return touch * np.float32(0.06 * velocity)


def _tail(count: int) -> Mono:
    """Return a fade over the last fifth, so that no stroke ends in a step."""
    return single(np.minimum(1.0, np.arange(count, 0, -1) / (0.2 * count)))
