"""Rooms and echoes as impulse responses, made of decaying noise (Moorer, About This Reverberation Business, 1979)."""

from __future__ import annotations

import numpy as np

from mediaserver.demo.signal import RATE, Stereo, frames, silence, single, times

_SIXTY_DECIBELS = float(np.log(1000.0))
_BANDS = ((0.0, 250.0), (250.0, 1_000.0), (1_000.0, 3_500.0), (3_500.0, 11_000.0))
_FADING = (1.0, 1.0, 0.72, 0.38)


def room(seconds: float, before: float = 0.02, brightness: float = 1.0, seed: int = 1) -> Stereo:
    """Return the response of a room: 60 dB in `seconds` at low frequencies, sooner at high ones; energy 1 in each ear.

    `before` is the pause in seconds until the first reflection, `brightness` the weight of the bands above 1 kHz.
    """
    count = frames(seconds)
    size = 1 << (count - 1).bit_length()
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((2, size), dtype=np.float32))
    frequency = np.fft.rfftfreq(size, 1.0 / RATE)
    clock = times(count)
    tail = silence(count)
    for number, ((low, high), fading) in enumerate(zip(_BANDS, _FADING, strict=True)):
        within = (frequency >= low) & (frequency < high)
        weight = brightness if number >= 2 else 1.0
        tail += np.fft.irfft(spectrum * within, size)[:, :count] * single(
            weight * np.exp(-_SIXTY_DECIBELS * clock / (seconds * fading))
        )
    tail *= single(np.minimum(clock / 0.012, 1.0) * np.cos(0.5 * np.pi * clock / seconds))
    tail /= np.sqrt(np.sum(np.square(tail), axis=1, keepdims=True))
    return np.pad(tail, ((0, 0), (frames(before), 0)))


def ping_pong(delay: float, feedback: float, repeats: int, darkening: float = 0.6) -> Stereo:
    """Return echoes `delay` seconds apart, from ear to ear, each `feedback` times the last and a little darker."""
    step = frames(delay)
    response = silence(step * (repeats + 1) + 1024)
    width = 1
    for number in range(1, repeats + 1):
        strong, weak = (0, 1) if number % 2 else (1, 0)
        blur = np.hanning(width + 2)[1:-1]
        start = number * step
        response[strong, start : start + width] += single(feedback**number * blur / blur.sum())
        response[weak, start : start + width] += single(0.25 * feedback**number * blur / blur.sum())
        width = min(width + max(2, round(4 * darkening)), 900)
    return response


def middle(sound: Stereo) -> Stereo:
    """Return both ears with the same sound, the mean of the two: what an echo that wanders should be fed with."""
    return np.broadcast_to(sound.mean(axis=0, keepdims=True), sound.shape)
