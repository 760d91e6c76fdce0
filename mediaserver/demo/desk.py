"""The mixing desk: notes become sound at their place in time and between the ears, and all sound becomes one recording.

A desk has two buses: what is heard directly, and what is sent into the room. It knows nothing of any piece.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mediaserver.demo.effects.convolution import convolve
from mediaserver.demo.effects.dynamics import fade, limit, warm
from mediaserver.demo.effects.filters import equalise, low_cut, shelf
from mediaserver.demo.notation import Part, Tempo
from mediaserver.demo.signal import Mono, Stereo, frames, gain, silence

Instrument = Callable[[float, float, float], Mono]
"""From pitch, seconds and velocity to one note, mono or stereo."""

_CEILING = -1.6
"""Highest sample in decibels: low enough that the curve between two samples stays below -1 dBTP."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a player sits and how steadily they play.

    `place` is -1 (left) to 1 (right); `spread` moves it by that much for each octave above middle C, as along a
    keyboard; `loose` is the unsteadiness of time in seconds, and with it of force.
    """

    place: float = 0.0
    spread: float = 0.0
    loose: float = 0.004


def perform(part: Part, instrument: Instrument, tempo: Tempo, count: int, seat: Seat, seed: int) -> Stereo:
    """Return `count` frames of a part played on an instrument. Equal notes are made once and set in many places."""
    stage = silence(count)
    random = np.random.default_rng(seed)
    places: defaultdict[tuple[float, float, float], list[tuple[int, float]]] = defaultdict(list)
    for note in part:
        early, hard = random.normal(0.0, seat.loose), 1.0 + 12.0 * random.normal(0.0, seat.loose)
        start = tempo.seconds(note.start)
        held = round(tempo.seconds(note.start + note.length) - start, 2)
        places[note.pitch, held, round(note.velocity, 2)].append((frames(max(0.0, start + early)), hard))
    for (pitch, held, velocity), starts in places.items():
        sound = _between_ears(instrument(pitch, held, velocity), seat.place + seat.spread * (pitch - 60.0) / 12.0)
        for start, force in starts:
            spot = stage[:, start : start + sound.shape[1]]
            spot += sound[:, : spot.shape[1]] * np.float32(force)
    return stage


def _between_ears(sound: Mono, place: float) -> Stereo:
    """Return the sound at a place from -1 to 1, with the same power everywhere."""
    angle = 0.25 * np.pi * (1.0 + min(1.0, max(-1.0, place)))
    ears = np.array([[np.cos(angle)], [np.sin(angle)]], dtype=np.float32) * np.float32(np.sqrt(2.0))
    return ears * sound


class Desk:
    """A mix in the making: two buses of the same length, to which parts are added one after another."""

    def __init__(self, seconds: float) -> None:
        self.count = frames(seconds)
        self._direct = silence(self.count)
        self._sent = silence(self.count)

    def add(self, sound: Stereo, level: float, send: float | None = None, at: float = 0.0) -> None:
        """Add a performance at `level` decibels, and send it into the room at `send` decibels above or below that.

        It begins `at` seconds, and is cut where the recording ends. The array is used up.
        """
        start = frames(at)
        span = slice(start, start + sound.shape[1])
        sound = sound[:, : max(0, self.count - start)]
        sound *= gain(level)
        self._direct[:, span] += sound
        if send is not None:
            sound *= gain(send)
            self._sent[:, span] += sound

    def echo(self, sound: Stereo, response: Stereo, level: float, at: float = 0.0) -> None:
        """Add only what `response` makes of the sound, at `level` decibels, half of it into the room too."""
        wet = silence(sound.shape[1] + response.shape[1])
        convolve(sound, response, into=wet)
        self.add(wet, level, -6.0, at)

    def print(self, room: Stereo, level: float, fades: tuple[float, float] = (0.01, 3.0)) -> Stereo:
        """Return the finished recording: room added, raised by `level` decibels, warmed, limited, faded.

        The desk is empty afterwards.
        """
        convolve(self._sent, room, into=self._direct)
        del self._sent
        master = equalise(self._direct, low_cut(26.0), shelf(9_000.0, 1.5))
        del self._direct
        master *= gain(level)
        warm(master, 0.7)
        limit(master, float(gain(_CEILING)))
        fade(master, *fades)
        return master
