"""A short vector of what a recording sounds like: its colour, how that moves, its rhythm and its harmony.

Recordings whose vectors lie near each other sound alike. It knows spectra and no files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mediaserver.media.hearing import spectra
from mediaserver.media.hearing.key import Tonality
from mediaserver.media.hearing.spectra import Numbers
from mediaserver.media.hearing.tempo import USUAL, Rhythm
from mediaserver.media.planes import Floats

VERSION = 1
COLOURS = 12
"""Numbers that tell the shape of a spectrum, from coarse to fine: cosine transforms of its levels."""
LENGTH = 3 * COLOURS + 12
"""Numbers in a vector."""
QUIET = -70.0
"""Level (dB) of the loudest band below which a spectrum is silent."""
WEIGHTS = np.repeat(np.array([1.0, 0.7, 0.7, 0.8, 1.0, 0.8], np.float32), [COLOURS, COLOURS, COLOURS, 2, 4, 6])
"""How much each number counts: the colour, how far it moves, how fast, dynamics, rhythm, harmony."""

Vectors = NDArray[np.float32]


def cosines() -> Floats:
    """The first COLOURS + 1 cosines over the bands (DCT-II, orthonormal): shape (BANDS, COLOURS + 1)."""
    places = (np.arange(spectra.BANDS)[:, None] + 0.5) * np.arange(COLOURS + 1)
    table = np.sqrt(2 / spectra.BANDS) * np.cos(np.pi * places / spectra.BANDS)
    table[:, 0] /= np.sqrt(2)
    return np.asarray(table, np.float32)


COSINES = cosines()


class Timbre:
    """Gathers how the colour of a sound is on average, and how it moves."""

    def __init__(self) -> None:
        self._count = 0
        self._sums = np.zeros(COLOURS + 1)
        self._squares = np.zeros(COLOURS + 1)
        self._moves = np.zeros(COLOURS + 1)

    def feed(self, stretch: spectra.Stretch) -> None:
        """Take the next stretch; what is silent in it is passed over."""
        colours = stretch.levels @ COSINES
        heard = stretch.levels.max(axis=1) > QUIET
        kept = colours[heard]
        self._count += len(kept)
        self._sums += kept.sum(axis=0)
        self._squares += (kept**2).sum(axis=0)
        self._moves += np.abs(np.diff(colours, axis=0))[heard[1:]].sum(axis=0)

    def end(self, rhythm: Rhythm, tonality: Tonality) -> tuple[float, ...]:
        """The vector of everything that was fed, with what others found out about it: LENGTH numbers."""
        count = max(1, self._count)
        means = self._sums / count
        spreads = np.sqrt(np.maximum(self._squares / count - means**2, 0))
        moves = self._moves / count
        beat = (np.log2((rhythm.tempo or USUAL) / USUAL), *rhythm.pattern)
        whole = np.concatenate(
            (means[1:], spreads[1:], moves[1:], (spreads[0], rhythm.activity), beat, harmony(tonality))
        )
        return tuple(round(float(number), 4) for number in whole)


def harmony(tonality: Tonality) -> Numbers:
    """Six numbers that tell how the notes lie to each other, whatever the key."""
    return np.abs(np.fft.rfft(np.array(tonality.notes)))[1:]


def pack(vector: tuple[float, ...]) -> bytes:
    """A vector as bytes: 32-bit floats, little-endian."""
    return np.array(vector, "<f4").tobytes()


def unpack(packed: list[bytes]) -> Vectors:
    """Many vectors that `pack` made: shape (len(packed), LENGTH)."""
    return np.frombuffer(b"".join(packed), "<f4").astype(np.float32).reshape(len(packed), LENGTH)


def comparable(vectors: Vectors) -> Vectors:
    """The same vectors, every number measured by how much it differs among them: so their distances mean something."""
    spreads = vectors.std(axis=0)
    steady: Vectors = (vectors - vectors.mean(axis=0)) / np.where(spreads > 1e-6, spreads, 1)
    return steady * WEIGHTS


def distances(vectors: Vectors, place: int) -> Vectors:
    """How far each of the `comparable` vectors is from the one at `place`: 0 for the same sound."""
    return np.asarray(np.linalg.norm(vectors - vectors[place], axis=1) / np.sqrt((WEIGHTS**2).sum()), np.float32)
