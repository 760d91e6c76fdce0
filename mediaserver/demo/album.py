"""The demo album: what it is called, what is on it, and how its pieces become sound or WAV files."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mediaserver.demo import recordings
from mediaserver.demo.signal import RATE, Stereo, frames

Sound = npt.NDArray[np.float32]
"""Samples of a finished piece, shape (samples, 2), 44,100 a second, full scale ±1."""

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Piece:
    """One track: what is printed about it, and from which second to which (None: the end) of what it is cut."""

    number: int
    title: str
    genres: tuple[str, ...]
    words: str
    recording: recordings.Recording
    begin: float = 0.0
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Album:
    """A release and its pieces in order. `words` is a paragraph of Markdown."""

    artist: str
    title: str
    date: date
    label: str
    words: str
    pieces: tuple[Piece, ...]


_JOIN = recordings.lamps_begin()

ALBUM = Album(
    artist="Sine & Daughters",
    title="Music for an Empty House",
    date=date(2026, 11, 1),
    label="Nobody Home Recordings",
    words=(
        "Five rooms between breakfast and midnight. There is no one on this record: every string, bell and drum on it "
        "was **calculated by this server** when it was started for the first time, and so was the cover. *The Long "
        "Corridor* and *Every Lamp On* were made in one take and belong together; there should be no gap between them. "
        "When you have music of your own to put here, the house is yours."
    ),
    pieces=(
        Piece(
            1,
            "Kettle, Before Eight",
            ("Folk", "Instrumental"),
            "A picked guitar whose bass walks down the stairs, and a harp that is already awake. D major.",
            recordings.kettle_before_eight,
        ),
        Piece(
            2,
            "Thirteen Stairs",
            ("Jazz", "Downtempo"),
            "Electric piano and vibraphone over a beat that takes its time. C minor, and it never quite lands.",
            recordings.thirteen_stairs,
        ),
        Piece(
            3,
            "The Long Corridor",
            ("Ambient",),
            "Eight wide chords, some glass, and a draught. Something at the far end begins to tick.",
            recordings.corridor_and_lamps,
            end=_JOIN,
        ),
        Piece(
            4,
            "Every Lamp On",
            ("House", "Electronic"),
            "The door opens, and there the kick drum is. Follows from the corridor without a break.",
            recordings.corridor_and_lamps,
            begin=_JOIN,
        ),
        Piece(
            5,
            "Last One Up",
            ("Classical", "Piano"),
            "A waltz for a piano with felt on its strings, slower towards the end, like everybody.",
            recordings.last_one_up,
        ),
    ),
)


def render(piece: Piece) -> Sound:
    """Return the sound of one piece. Its whole recording is made for it: for all of them take `rendered`."""
    return _cut(piece, piece.recording())


def rendered(album: Album = ALBUM) -> Iterator[tuple[Piece, Sound]]:
    """Yield each piece with its sound, in order; pieces that share a recording are cut from one and the same."""
    for recording, pieces in groupby(album.pieces, key=lambda piece: piece.recording):
        whole = recording()
        for piece in pieces:
            yield piece, _cut(piece, whole)
        del whole  # before the next one is made: each may hold 60 MB


def save(sound: Sound, path: Path) -> None:
    """Write a sound as a WAV file of 16 bits, with triangular dither of two steps (Lipshitz et al., JAES 40, 1992)."""
    random = np.random.default_rng(16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for start in range(0, len(sound), _CHUNK):
            chunk = sound[start : start + _CHUNK]
            dither = random.random(chunk.shape, dtype=np.float32) - random.random(chunk.shape, dtype=np.float32)
            file.writeframes(np.clip(np.round(chunk * 32_767.0 + dither), -32_768, 32_767).astype("<i2").tobytes())


def _cut(piece: Piece, whole: Stereo) -> Sound:
    """Return the part of a recording that is the piece, samples first."""
    end = None if piece.end is None else frames(piece.end)
    return np.ascontiguousarray(whole[:, frames(piece.begin) : end].T)
