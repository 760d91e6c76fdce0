"""Things that are struck or plucked: strings, felt piano, vibraphone, glass.

Each note is a sum of damped sine waves, its modes. What differs is where the modes lie, how strongly the hand excites
them and how fast they die away (Fletcher and Rossing, The Physics of Musical Instruments, 1998).
"""

from __future__ import annotations

import numpy as np

from mediaserver.demo.instruments.shapes import decay, let_go, noise, rise
from mediaserver.demo.signal import RATE, Curve, Mono, frames, hertz, single

_BLOCK = 512
_HIGHEST = 15_000.0
_SIXTY_DECIBELS = float(np.log(1000.0))


def ring(frequency: Curve, strength: Curve, fall: Curve, seconds: float) -> Mono:
    """Return the sum of sine waves of `frequency` Hz and amplitude `strength`, each falling by 60 dB in `fall` seconds.

    A damped wave is a power of a complex number, and z^(row·block + column) = z^(row·block) · z^column: so the whole
    bank is one matrix product, exact, and many times faster than a sine for every sample.
    """
    count = frames(seconds)
    exponent = (2j * np.pi * frequency - _SIXTY_DECIBELS / fall) / RATE
    columns = np.exp(np.outer(exponent, np.arange(_BLOCK)))
    rows = -1j * strength * np.exp(np.outer(np.arange(0, count, _BLOCK), exponent))
    left = single(np.hstack((rows.real, -rows.imag)))
    right = single(np.vstack((columns.real, columns.imag)))
    return single((left @ right).ravel()[:count])


def harmonics(pitch: float, stiffness: float, most: int) -> tuple[Curve, Curve]:
    """Return the numbers and the frequencies (Hz) of a string's partials; `stiffness` stretches the upper ones."""
    base = hertz(pitch)
    number = np.arange(1.0, max(2.0, min(most, _HIGHEST / base)))
    return number, base * number * np.sqrt(1.0 + stiffness * number**2)


def plucked(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a nylon string plucked a fifth of its length from the bridge."""
    number, frequency = harmonics(pitch, 4e-5, 36)
    strength = np.sin(np.pi * number * 0.21) / number**1.05 * np.exp(-number * (0.20 - 0.13 * velocity))
    fall = 5.5 * 2.0 ** ((52.0 - pitch) / 20.0) / (1.0 + 0.10 * number + 0.012 * number**2)
    sound = _doubled(frequency, strength, fall, spread=0.0007, length=seconds + 0.3)
    sound += _knock(sound.size, pitch, velocity)
    return let_go(sound * rise(sound.size, 0.0015) * np.float32(0.5 * velocity), seconds, 0.3)


def harp(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a harp string: plucked near its middle, rounder and longer than a guitar's."""
    number, frequency = harmonics(pitch, 2e-5, 24)
    strength = np.sin(np.pi * number * 0.42) / number**1.3 * np.exp(-number * (0.30 - 0.16 * velocity))
    fall = 6.5 * 2.0 ** ((60.0 - pitch) / 24.0) / (1.0 + 0.22 * number)
    sound = _doubled(frequency, strength, fall, spread=0.0005, length=seconds + 0.6)
    return let_go(sound * rise(sound.size, 0.003) * np.float32(0.55 * velocity), seconds, 0.6)


def piano(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return an upright piano with a felt strip before the strings: little brightness, a soft knock of the hammer."""
    number, frequency = harmonics(pitch, 1.2e-4 * 2.0 ** ((pitch - 48.0) / 14.0), 26)
    strength = (0.4 + np.abs(np.sin(np.pi * number / 8.0))) * np.exp(-number * (0.62 - 0.36 * velocity)) * 1.9
    fall = 10.0 * 2.0 ** ((48.0 - pitch) / 16.0) / (1.0 + 0.28 * number)
    sound = _doubled(frequency, strength, fall, spread=0.0004, length=seconds + 0.35)
    thud = noise(sound.size, 70.0, 520.0, seed=round(pitch)) * decay(sound.size, 0.09)
    sound += thud * np.float32(0.05 + 0.06 * velocity)
    return let_go(sound * rise(sound.size, 0.004) * np.float32(0.42 * velocity), seconds, 0.35)


def vibraphone(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a bar of aluminium over a tube: the tuned modes 1 : 4 : 10, soft mallets, the slow beat of the fans."""
    ratio = np.array([1.0, 1.0017, 3.984, 9.7])
    strength = np.array([0.72, 0.30, 0.16 * velocity, 0.06 * velocity**2])
    fall = np.array([4.2, 5.0, 1.1, 0.25]) * 2.0 ** ((65.0 - pitch) / 30.0)
    sound = ring(hertz(pitch) * ratio, strength, fall, seconds + 0.5)
    return let_go(sound * rise(sound.size, 0.002) * np.float32(0.6 * velocity), seconds, 0.5)


def glass(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a small glass bell: inharmonic modes, nearly all of it in the first two, ringing long."""
    ratio = np.array([1.0, 1.0012, 2.32, 4.25, 6.63])
    strength = np.array([0.5, 0.4, 0.13, 0.10 * velocity, 0.05 * velocity])
    fall = np.array([6.0, 5.0, 2.6, 1.2, 0.6]) * 2.0 ** ((76.0 - pitch) / 36.0)
    sound = ring(hertz(pitch) * ratio, strength, fall, seconds + 1.5)
    return let_go(sound * rise(sound.size, 0.004) * np.float32(0.5 * velocity), seconds, 1.5)


def _doubled(frequency: Curve, strength: Curve, fall: Curve, spread: float, length: float) -> Mono:
    """Return strings that swing in two ways: a prompt sound, and a fainter, slightly detuned one that outlives it."""
    return ring(
        np.concatenate((frequency * (1.0 - spread), frequency * (1.0 + spread))),
        np.concatenate((0.72 * strength, 0.28 * strength)),
        np.concatenate((0.8 * fall, 1.5 * fall)),
        length,
    )


def _knock(count: int, pitch: float, velocity: float) -> Mono:
    """Return what the guitar's body adds: a breath of wood at the touch of the string."""
    wood = ring(np.array([104.0, 208.0, 372.0]), np.array([0.10, 0.07, 0.03]), np.array([0.20, 0.14, 0.09]), 0.3)
    body = np.zeros(count, dtype=np.float32)
    body[: wood.size] = wood[:count]
    nail = noise(frames(0.03), 900.0, 5_000.0, seed=round(pitch)) * decay(frames(0.03), 0.02)
    body[: nail.size] += nail * np.float32(0.05 * velocity)
    return body
