"""Things with a plug: electric piano, bass and bleeps, by phase modulation (Chowning, JAES 21, 1973)."""

from __future__ import annotations

import numpy as np

from mediaserver.demo.instruments.shapes import decay, let_go, rise
from mediaserver.demo.signal import Mono, frames, hertz, single, times

_TURN = np.float32(2.0 * np.pi)


def electric_piano(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a tine piano: a warm body that growls when hit hard, and a short bright tine above it."""
    count = frames(seconds + 0.25)
    darker = 2.0 ** ((60.0 - pitch) / 24.0)
    body = _modulated(pitch, 1.0, 1.0, (0.25 + 1.25 * velocity**2) * darker, decay(count, 2.2))
    tine = _modulated(pitch, 1.0, 14.0, 0.32 * velocity * darker, decay(count, 0.35))
    second = _sine(pitch + 0.03, 1.0, count)
    sound = (0.55 * body + 0.30 * tine + 0.25 * second) * decay(count, 5.5 * darker)
    return let_go(single(sound) * rise(count, 0.002) * np.float32(0.5 * velocity), seconds, 0.25)


def bass(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a round electric bass: the fundamental, an octave for small loudspeakers, a finger's edge at the start."""
    count = frames(seconds + 0.06)
    string = _modulated(pitch, 1.0, 1.0, 0.5 + 0.9 * velocity, decay(count, 0.9))
    octave = _sine(pitch + 12.0, 1.0, count) * decay(count, 1.6)
    sound = np.tanh(1.3 * (string + 0.22 * octave)) * decay(count, 4.5)
    return let_go(single(sound) * rise(count, 0.004) * np.float32(0.6 * velocity), seconds, 0.06)


def bleep(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a short hollow tone for arpeggios: odd partials that close quickly, like a filter with an envelope."""
    count = frames(seconds + 0.2)
    tone = _modulated(pitch, 1.0, 2.0, 0.35 + 1.2 * velocity, decay(count, 0.45))
    return let_go(tone * decay(count, 1.1) * rise(count, 0.002) * np.float32(0.4 * velocity), seconds, 0.2)


def lead(pitch: float, seconds: float, velocity: float) -> Mono:
    """Return a singing tone with a late, slow vibrato."""
    count = frames(seconds + 0.4)
    clock = times(count)
    vibrato = single(np.sin(2.0 * np.pi * 4.8 * clock)) * rise(count, 0.9) * np.float32(0.002 * hertz(pitch) / 4.8)
    carrier = _phase(pitch, 1.0, count) + vibrato
    sound = np.sin(_TURN * carrier + np.float32(0.7 * velocity) * np.sin(_TURN * carrier))
    return let_go(single(sound) * rise(count, 0.05) * np.float32(0.4 * velocity), seconds, 0.4)


def _phase(pitch: float, ratio: float, count: int) -> Mono:
    """Return the phase in turns, wrapped to one turn in double precision so that long notes stay clean."""
    return single((hertz(pitch) * ratio * times(count)) % 1.0)


def _sine(pitch: float, ratio: float, count: int) -> Mono:
    """Return a sine wave at `ratio` times the pitch."""
    return single(np.sin(_TURN * _phase(pitch, ratio, count)))


def _modulated(pitch: float, carrier: float, modulator: float, index: float, course: Mono) -> Mono:
    """Return a carrier whose phase is moved by a modulator, `index` radians at first and then following `course`."""
    bend = np.float32(index) * course * _sine(pitch, modulator, course.size)
    return single(np.sin(_TURN * _phase(pitch, carrier, course.size) + bend))
