"""Filters: fixed equalisers as short symmetric impulses, and a low-pass that moves.

All of them have no phase: they change how strong a frequency is, not when it comes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mediaserver.demo.effects.convolution import convolve
from mediaserver.demo.signal import RATE, Curve, Stereo, silence, single

_TAPS = 4095
_WINDOW = 2048
_BATCH = 256

Gains = Callable[[Curve], Curve]
"""From frequencies in Hz to factors of amplitude."""


def low_cut(cutoff: float) -> Gains:
    """Return a high-pass of 24 dB an octave, -6 dB at `cutoff` Hz."""
    return lambda frequency: 1.0 / (1.0 + (cutoff / np.maximum(frequency, 1e-3)) ** 4)


def high_cut(cutoff: float) -> Gains:
    """Return a low-pass of 12 dB an octave, -6 dB at `cutoff` Hz."""
    return lambda frequency: 1.0 / (1.0 + (frequency / cutoff) ** 2)


def shelf(corner: float, decibels: float) -> Gains:
    """Return a high shelf: nothing below `corner` Hz, `decibels` well above it."""
    factor = 10.0 ** (decibels / 20.0)
    return lambda frequency: 1.0 + (factor - 1.0) / (1.0 + (corner / np.maximum(frequency, 1e-3)) ** 2)


def equalise(sound: Stereo, *curves: Gains) -> Stereo:
    """Return the sound with the product of all `curves` applied, in time with the original."""
    frequency = np.arange(_TAPS // 2 + 2) * (RATE / (_TAPS + 1))
    gains = np.prod([curve(frequency) for curve in curves], axis=0)
    taps = np.roll(np.fft.irfft(gains), _TAPS // 2 + 1)[1:] * np.hanning(_TAPS)
    delay = _TAPS // 2
    padded = silence(sound.shape[1] + delay)
    convolve(np.pad(sound, ((0, 0), (0, delay))), single(np.tile(taps, (2, 1))), into=padded)
    return padded[:, delay:]


def sweep(sound: Stereo, cutoff: Curve, resonance: float = 1.0) -> Stereo:
    """Return the sound through a low-pass whose cutoff moves along `cutoff` (Hz, spread evenly over the whole sound).

    `resonance` is the factor at the cutoff itself. Short windows are filtered one by one and overlap by half.
    """
    half = _WINDOW // 2
    count = sound.shape[1]
    hops = count // half + 2
    course = np.exp(np.interp(np.linspace(0.0, 1.0, hops), np.linspace(0.0, 1.0, len(cutoff)), np.log(cutoff)))
    window = single(np.sin(np.pi * (np.arange(_WINDOW) + 0.5) / _WINDOW))
    padded = np.pad(sound, ((0, 0), (half, 2 * half + _WINDOW)))
    swept = np.zeros_like(padded)
    for first in range(0, hops, _BATCH):
        _sweep_windows(padded, swept, window, course[first : first + _BATCH], first * half, resonance)
    return swept[:, half : half + count]


def _sweep_windows(source: Stereo, target: Stereo, window: Stereo, cutoff: Curve, start: int, resonance: float) -> None:
    """Filter one window for each value of `cutoff`, half a window apart from `start` on, and add it to `target`."""
    half = _WINDOW // 2
    hops = len(cutoff)
    stretch = source[:, start : start + (hops + 1) * half]
    windows = np.lib.stride_tricks.sliding_window_view(stretch, _WINDOW, axis=1)[:, ::half] * window
    spectrum = np.fft.rfft(windows) * _resonant(np.arange(half + 1) * (RATE / _WINDOW), cutoff, resonance)
    filtered = np.fft.irfft(spectrum, _WINDOW) * window
    body = target[:, start : start + (hops + 1) * half].reshape(2, hops + 1, half)
    body[:, :-1] += filtered[:, :, :half]
    body[:, 1:] += filtered[:, :, half:]


def _resonant(frequency: Curve, cutoff: Curve, resonance: float) -> Stereo:
    """Return the gains (windows, bins) of a low-pass of 24 dB an octave with a peak of `resonance` at the cutoff."""
    ratio = single(frequency)[None, :] / single(cutoff)[:, None]
    slope = 1.0 / (1.0 + np.square(np.square(ratio)))
    peak = (resonance - 0.5) * np.exp(-np.square(3.0 * (ratio - 1.0)))
    return single(slope + np.maximum(peak, 0.0))
