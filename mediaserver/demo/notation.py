"""Music as values: notes, parts and tempo, and the small text notation in which the scores are written.

A phrase reads `"D4/1.5 E4/.5 | -/2 A3+C4/2"`: pitches joined by `+`, a length in beats after `/` (kept until the next
one), `-` for a rest, `|` for the eye. It knows nothing of sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"#": 1, "b": -1}
_STROKES = {"X": 1.0, "x": 0.7, "o": 0.4, ".": 0.0}


@dataclass(frozen=True, slots=True)
class Note:
    """One note: start and length in beats, pitch as a MIDI number, velocity from 0 (nothing) to 1 (full force)."""

    start: float
    length: float
    pitch: float
    velocity: float


Part = tuple[Note, ...]
"""What one player plays from the first beat to the last."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Beats to seconds: the beats per minute of each bar in turn (the last holds on), and the swing of short notes.

    `swing` moves every second subdivision of length `grain` (in beats) later, by that part of the subdivision.
    """

    bars: tuple[float, ...]
    meter: float = 4.0
    swing: float = 0.0
    grain: float = 0.25

    def seconds(self, beat: float) -> float:
        """Return the time of a beat, in seconds from the start of the music."""
        beat = self._swung(beat)
        lengths = 60.0 * self.meter / np.array(self.bars)
        bar = int(min(beat // self.meter, len(self.bars) - 1))
        return float(lengths[:bar].sum() + (beat / self.meter - bar) * lengths[bar])

    def _swung(self, beat: float) -> float:
        """Return the beat with swing: the time between two strong subdivisions is bent, so that none is torn off."""
        pair = 2.0 * self.grain
        inside = (beat % pair) / pair
        middle = 0.5 * (1.0 + self.swing)
        return beat - inside * pair + pair * float(np.interp(inside, (0.0, 0.5, 1.0), (0.0, middle, 1.0)))


@dataclass(frozen=True, slots=True)
class Score:
    """A piece on paper: its tempo, its length in beats, and its parts by name."""

    tempo: Tempo
    beats: float
    parts: dict[str, Part]


def pitch(name: str) -> int:
    """Return the MIDI number of a note name such as `F#4` or `Bb2` (C4, middle C, is 60)."""
    letter, accidentals, octave = name[0], name[1:-1], int(name[-1])
    return 12 * (octave + 1) + _STEPS[letter] + sum(_ACCIDENTALS[sign] for sign in accidentals)


def chord(names: str) -> tuple[int, ...]:
    """Return the MIDI numbers of note names separated by spaces."""
    return tuple(pitch(name) for name in names.split())


def phrase(text: str, start: float = 0.0, velocity: float = 0.7) -> Part:
    """Return the notes of `text` (see the head of this module), the first at beat `start`."""
    notes: list[Note] = []
    length = 1.0
    for token in text.replace("|", " ").split():
        names, _, written = token.partition("/")
        length = float(written) if written else length
        if names != "-":
            notes += [Note(start, length, pitch(name), velocity) for name in names.split("+")]
        start += length
    return tuple(notes)


def picked(
    chords: Iterable[tuple[int, ...]], pattern: Sequence[int], step: float, ring: float, velocity: float
) -> Part:
    """Return broken chords: the notes of each in the order of `pattern`, one every `step` beats, `ring` beats long."""
    notes = []
    for bar, tones in enumerate(chords):
        for place, tone in enumerate(pattern):
            start = (bar * len(pattern) + place) * step
            notes.append(Note(start, ring, tones[tone % len(tones)], velocity))
    return tuple(notes)


def comped(
    chords: Iterable[tuple[int, ...]], rhythm: Sequence[tuple[float, float]], bar: float, velocity: float
) -> Part:
    """Return chords in a rhythm: in each bar of `bar` beats one whole chord at each (beat, length) of `rhythm`."""
    return tuple(
        Note(number * bar + beat, length, tone, velocity)
        for number, tones in enumerate(chords)
        for beat, length in rhythm
        for tone in tones
    )


def beaten(pattern: str, step: float = 0.25, tone: int = 60) -> Part:
    """Return strokes from a grid such as `"X..o x.o."`, one sign every `step` beats: loud, medium, soft, rest."""
    strokes = pattern.replace(" ", "").replace("|", "")
    return tuple(Note(place * step, step, tone, _STROKES[sign]) for place, sign in enumerate(strokes) if sign != ".")


def later(part: Part, beats: float) -> Part:
    """Return the part moved by `beats`."""
    return tuple(replace(note, start=note.start + beats) for note in part)


def higher(part: Part, semitones: float) -> Part:
    """Return the part transposed by `semitones`."""
    return tuple(replace(note, pitch=note.pitch + semitones) for note in part)


def louder(part: Part, factor: float) -> Part:
    """Return the part with its velocities multiplied by `factor`, at most 1."""
    return tuple(replace(note, velocity=min(1.0, note.velocity * factor)) for note in part)


def repeated(part: Part, every: float, repeats: int) -> Part:
    """Return the part played `repeats` times, once every `every` beats."""
    return tuple(note for turn in range(repeats) for note in later(part, turn * every))


def swelling(part: Part, first: float, last: float) -> Part:
    """Return the part growing or fading: velocities multiplied by `first` at its start, by `last` at its end."""
    begin, end = part[0].start, part[-1].start
    span = max(end - begin, 1e-9)
    return tuple(
        replace(note, velocity=min(1.0, note.velocity * (first + (last - first) * (note.start - begin) / span)))
        for note in part
    )
