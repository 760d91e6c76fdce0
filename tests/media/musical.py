"""Sounds of which tempo and key are known: a drum kit's patterns, and progressions of chords with a tune."""

from __future__ import annotations

import av
import numpy as np

from mediaserver.media.hearing.listeners import Ear, Heard
from mediaserver.media.planes import Blocks
from tests import sounds

RATE = 44100
PATTERNS = (  # eighths of a bar: kick, snare, hat
    ("X...X...", "..X...X.", "xxxxxxxx"),
    ("X..X..X.", "..X...X.", "x.x.x.x."),
    ("X.X.X.X.", "..X...X.", ".x.x.x.x"),
)
MAJOR = ([0, 4, 7], [5, 9, 12], [7, 11, 14], [0, 4, 7], [9, 12, 16], [2, 5, 9], [7, 11, 14], [0, 4, 7])
MINOR = ([0, 3, 7], [5, 8, 12], [7, 11, 14], [0, 3, 7], [8, 12, 15], [5, 8, 12], [7, 10, 14], [0, 3, 7])
SCALES = ([0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10])


def heard(sound: np.ndarray, rate: int = RATE) -> Heard:
    """What an ear makes of a sound of shape (samples, channels)."""
    ear, blocks = Ear(), Blocks()
    for piece in sounds.pieces(sound, rate):
        for block in blocks.feed(piece):
            ear.feed(untimed(block))
    for block in blocks.end():
        ear.feed(untimed(block))
    return ear.end()


def untimed(block: av.AudioFrame) -> av.AudioFrame:
    block.pts = None
    return block


def drums(tempo: float, seconds: float = 20, pattern: int = 0) -> np.ndarray:
    """A drum kit at so many beats a minute, hit by a hand that is 4 ms unsteady."""
    chance = np.random.default_rng(pattern)
    t = np.arange(int(0.3 * RATE)) / RATE
    hits = (
        np.sin(2 * np.pi * 55 * t) * np.exp(-t * 14),
        0.8 * chance.normal(0, 0.5, len(t)) * np.exp(-t * 25),
        0.5 * np.diff(chance.normal(0, 0.3, len(t) + 1)) * np.exp(-t * 80),
    )
    sound = np.zeros(int((seconds + 1) * RATE))
    for eighth in range(int(seconds * tempo / 30)):
        start = int(max(0.0, eighth * 30 / tempo + chance.normal(0, 0.004)) * RATE)
        for lane, hit in zip(PATTERNS[pattern], hits, strict=True):
            if lane[eighth % 8] != ".":
                sound[start : start + len(hit)] += 0.5 * hit
    return sounds.spread(sound[: int(seconds * RATE)], 2)


def song(root: int, *, minor: bool, tempo: float = 100, seconds: float = 15, detune: float = 0.0) -> np.ndarray:
    """Eight chords and a tune in the key `root` semitones above C, out of tune by `detune` semitones."""
    chance = np.random.default_rng(root)
    sound = np.zeros(int((seconds + 3) * RATE))
    beat = 60 / tempo

    def play(note: int, at: float, length: float, level: float) -> None:
        t = np.arange(int(length * RATE)) / RATE
        pitch = 440 * 2 ** ((note + root + detune - 69) / 12)
        tone = sum(np.sin(2 * np.pi * pitch * k * t) * np.exp(-t * 2 * k) / k for k in range(1, 7))
        sound[int(at * RATE) :][: len(t)] += level * tone

    for number in range(int(seconds / (2 * beat))):
        at, chord = 2 * beat * number, (MINOR if minor else MAJOR)[number % 8]
        play(36 + chord[0] % 12, at, 2 * beat, 0.2)
        for note in chord:
            play(60 + note, at, 2 * beat, 0.12)
        for place in range(4):
            note = chance.choice(SCALES[minor] if place % 2 else [note % 12 for note in chord])
            play(72 + int(note), at + place * beat / 2, 0.6 * beat, 0.12)
    return sounds.spread(sound[: int(seconds * RATE)], 2)
