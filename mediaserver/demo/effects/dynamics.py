"""Loudness over time: pumping, trembling, warmth, and the limiter at the end of the chain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mediaserver.demo.signal import Curve, Mono, Stereo, frames, single, times

_GRAIN = 64


def duck(sound: Stereo, strokes: Sequence[float], depth: float, recovery: float) -> None:
    """Press the sound down by `depth` (0 to 1) at each of `strokes` (seconds); it is back `recovery` seconds later."""
    count = sound.shape[1]
    shape = single(1.0 - depth * (0.5 + 0.5 * np.cos(np.pi * times(frames(recovery)) / recovery)))
    shape[: frames(0.004)] = np.linspace(1.0, shape[frames(0.004)], frames(0.004))
    for stroke in strokes:
        start = frames(stroke)
        sound[:, start : start + shape.size] *= shape[: max(0, count - start)]


def automate(sound: Stereo, seconds: Sequence[float], levels: Sequence[float]) -> None:
    """Move the fader: the level goes in straight lines through `levels` (factors) at `seconds`."""
    sound *= _at_every_frame(np.interp(times(-(-sound.shape[1] // _GRAIN)) * _GRAIN, seconds, levels), sound.shape[1])


def tremble(sound: Stereo, rate: float, depth: float) -> None:
    """Let the sound wander between the ears `rate` times a second, `depth` 0 (not) to 1 (entirely)."""
    swing = single(depth * np.sin(2.0 * np.pi * rate * times(sound.shape[1])))
    sound[0] *= 1.0 + np.float32(0.5) * (swing - np.float32(depth))
    sound[1] *= 1.0 - np.float32(0.5) * (swing + np.float32(depth))


def warm(sound: Stereo, drive: float) -> None:
    """Bend the peaks as a tape does: nearly nothing at low levels, never more than 1 / `drive` at high ones."""
    sound *= np.float32(drive)
    np.tanh(sound, out=sound)
    sound /= np.float32(drive)


def limit(sound: Stereo, ceiling: float, release: float = 0.08) -> None:
    """Keep every sample within ±`ceiling`, both ears alike, with a gain that starts to move before the peak comes.

    The gain is the lowest that is needed within `release` seconds around, smoothed over the same time: so it is never
    too high at a peak, and never jumps.
    """
    count = sound.shape[1]
    reach = max(1, frames(release) // (2 * _GRAIN))
    peaks = _peaks(sound)
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(needed, 2 * reach + 1, mode="edge"), 2 * reach + 3).min(
        axis=1
    )
    kernel = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(lowest, kernel / kernel.sum(), mode="valid")
    sound *= _at_every_frame(smooth, count)


def _peaks(sound: Stereo) -> Curve:
    """Return the highest magnitude in each grain of 64 frames, both ears together."""
    whole = -(-sound.shape[1] // _GRAIN) * _GRAIN
    loudest = np.maximum(np.abs(sound[0]), np.abs(sound[1]))
    peaks: Curve = np.pad(loudest, (0, whole - loudest.size)).reshape(-1, _GRAIN).max(axis=1).astype(np.float64)
    return peaks


def _at_every_frame(values: Curve, count: int) -> Mono:
    """Return values that were given once a grain, in straight lines for each of `count` frames."""
    start = single(values)[:, None]
    slope = np.diff(start, axis=0, append=start[-1:])
    return (start + slope * np.linspace(0.0, 1.0, _GRAIN, endpoint=False, dtype=np.float32)).ravel()[:count]


def fade(sound: Stereo, seconds_in: float, seconds_out: float) -> None:
    """Fade in and out along a squared sine."""
    first, last = frames(seconds_in), frames(seconds_out)
    if first:
        sound[:, :first] *= single(np.sin(0.5 * np.pi * np.arange(first) / first) ** 2)
    if last:
        sound[:, -last:] *= single(np.cos(0.5 * np.pi * np.arange(1, last + 1) / last) ** 2)
