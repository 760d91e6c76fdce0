"""Broad, slow sounds: many voices at once, made in the spectrum (the PADsynth method of Paul Nasca, 2005).

Every harmonic is a hump of noise instead of a line, wider the higher it lies. One inverse transform gives a stretch of
sound that can be looped without a seam; other random phases for the other ear make it wide.
"""

from __future__ import annotations

import numpy as np

from mediaserver.demo.instruments.shapes import let_go, rise
from mediaserver.demo.signal import RATE, Stereo, frames, hertz, single

_SHORT, _LONG = 1 << 16, 1 << 17
_HIGHEST_PART = 0.64  # of half the sample rate: 14 kHz


def strings(pitch: float, seconds: float, velocity: float) -> Stereo:
    """Return a soft string section that takes a second to arrive."""
    return _held(pitch, seconds, velocity, slope=1.5, cents=22.0, attack=0.9, release=1.4, loop=_SHORT)


def choir(pitch: float, seconds: float, velocity: float) -> Stereo:
    """Return a dark, wide cloud that comes and goes like breath."""
    return _held(pitch, seconds, velocity, slope=1.9, cents=34.0, attack=2.6, release=3.2, loop=_LONG)


def saws(pitch: float, seconds: float, velocity: float) -> Stereo:
    """Return a bright stack of detuned saws, quick to answer: a chord for a filter to work on."""
    return _held(pitch, seconds, velocity, slope=1.0, cents=18.0, attack=0.02, release=0.12, loop=_SHORT)


def _held(
    pitch: float,
    seconds: float,
    velocity: float,
    *,
    slope: float,
    cents: float,
    attack: float,
    release: float,
    loop: int,
) -> Stereo:
    """Return the loop of this pitch for `seconds`, with a smooth start and end. Each pitch enters it elsewhere."""
    count = frames(seconds + release)
    start = round(pitch * 7919) % loop
    sound = np.tile(_loop(pitch, slope, cents, loop), (start + count) // loop + 1)[:, start : start + count]
    return let_go(sound * rise(count, attack) * np.float32(0.22 * velocity), seconds, release)


def _loop(pitch: float, slope: float, cents: float, count: int) -> Stereo:
    """Return `count` frames of the sound for endless repetition, RMS 1 in each ear."""
    size = count // 2 + 1
    random = np.random.default_rng(round(pitch * 100))
    phase = np.exp(np.complex64(2j * np.pi) * random.random((2, size), dtype=np.float32))
    sound = np.fft.irfft(phase * _humps(hertz(pitch) * count / RATE, slope, cents, size), count)
    sound += np.float32(0.25) * sound[::-1]  # enough in common that one loudspeaker loses nothing
    return single(sound / np.sqrt(np.mean(np.square(sound), axis=1, keepdims=True)))


def _humps(base: float, slope: float, cents: float, size: int) -> Stereo:
    """Return the amplitude of each bin: bells `cents` wide round each harmonic of `base` bins, falling by `slope`."""
    spectrum = np.zeros(size, dtype=np.float32)
    width = (2.0 ** (cents / 1200.0) - 1.0) * base
    for number in range(1, int(_HIGHEST_PART * size / base) + 1):
        centre, spread = number * base, max(width * number, 0.6)
        first, last = int(centre - 3.0 * spread), min(int(centre + 3.0 * spread) + 2, size)
        hump = np.exp(-np.square((np.arange(first, last) - centre) / spread))
        spectrum[first:last] += hump / (number**slope * np.sqrt(spread))
    return spectrum
