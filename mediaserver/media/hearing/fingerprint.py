"""What a recording sounds like in a few bytes a second: so it is known again in another format or at another level.

Each word of 32 bits tells how, over one second, the balance of neighbouring bands shifts (after Haitsma and Kalker,
"A Highly Robust Audio Fingerprinting System", ISMIR 2002, with a far longer view). What is slower, faster, higher or
lower than it was is another sound to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mediaserver.media.hearing import spectra
from mediaserver.media.planes import Floats

VERSION = 1
"""Fingerprints of different versions cannot be compared."""
SECONDS = spectra.LONG_SECONDS
"""From one word to the next."""
BITS, WORD = 32, 4
"""Bits and bytes of a word."""
LOW, HIGH = 200.0, 3800.0
"""Hz: what even the worst encoders leave alone."""
LIMITS = spectra.edges(LOW, HIGH, BITS + 1, spectra.LONG)
HALF = 4
"""Spectra in each half of the second that a word looks at."""
FLOOR = 1e-10
"""Power that is nothing: noise of that height decides no bit."""
QUIET = 1e-9
"""Mean power below which there is silence: about -75 dB."""
SILENT = 0
"""The word for silence."""

Words = NDArray[np.uint32]

SKETCHED = 96
"""Words of a fingerprint by which it is looked up."""
KEPT = np.uint32(0xFFFFFF)
"""The bits of such a word: the lower bands', of which more stay as they were."""
SCRAMBLE = np.uint32(0x9E3779B1)
"""An odd number: multiplied with it, words are in an order that has nothing to do with music (Knuth, 6.4)."""

SAME, ENOUGH = 0.45, 0.5
"""From which similarity on, and over which part of the longer one, two recordings are of the same sound."""
SHORTEST = 24
"""Words that two fingerprints must share to be compared: about three seconds."""
OFFSETS = 8
"""The most promising offsets are looked at."""
COMMON = 16
"""A word that occurs more often tells nothing."""
HALVES = (np.uint32(0xFFFF), np.uint32(0xFFFF0000))


class Printer:
    """Makes a fingerprint of the stretches that it is fed."""

    def __init__(self) -> None:
        self._levels = np.zeros((0, BITS + 1), np.float32)
        self._loud = np.zeros(0, np.float32)
        self._words = bytearray()

    def feed(self, stretch: spectra.Stretch) -> None:
        """Take the next stretch."""
        energies = banded(stretch.long)
        self._levels = np.concatenate((self._levels, np.log(energies + FLOOR)))
        self._loud = np.concatenate((self._loud, energies.mean(axis=1)))
        count = len(self._levels) - 2 * HALF + 1
        if count > 0:
            self._words += words(self._levels, self._loud).astype("<u4").tobytes()
            self._levels, self._loud = self._levels[count:], self._loud[count:]

    def end(self) -> bytes:
        """The fingerprint: words, little-endian; none of what is shorter than a second."""
        return bytes(self._words)


def banded(powers: Floats) -> Floats:
    """The mean power in each band of long spectra: shape (n, BITS + 1)."""
    sums: Floats = np.add.reduceat(powers[:, : LIMITS[-1]], LIMITS[:-1], axis=1)
    return np.asarray(sums / np.diff(LIMITS), np.float32)


def words(levels: Floats, loud: Floats) -> Words:
    """The words of so many spectra: `levels` of shape (n, BITS + 1) are logarithms, `loud` mean powers."""
    sums = np.cumsum(levels, axis=0, dtype=np.float64)
    sums = np.concatenate((np.zeros((1, levels.shape[1])), sums))
    means = sums[HALF:] - sums[:-HALF]
    shift = means[HALF:] - means[:-HALF]
    bits = shift[:, :-1] > shift[:, 1:]
    found: Words = np.packbits(bits, axis=1, bitorder="little").view("<u4").ravel().astype(np.uint32)
    reach = np.lib.stride_tricks.sliding_window_view(loud, 2 * HALF).max(axis=1)
    return np.where(reach < QUIET, np.uint32(SILENT), found)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two recordings sound: `similarity` is 1 for the same words and about 0 for unrelated ones.

    `offset` is how much later (seconds) the same is heard in the second one; `shared` how many seconds of both were
    compared, and `coverage` which part that is of the longer one's sound.
    """

    similarity: float
    offset: float
    shared: float
    coverage: float

    @property
    def same(self) -> bool:
        """Whether it is one and the same sound, though perhaps trimmed, at another level or in another format."""
        return self.similarity >= SAME and self.coverage >= ENOUGH


NOTHING_ALIKE = Likeness(0.0, 0.0, 0.0, 0.0)


def sketch(fingerprint: bytes) -> list[int]:
    """At most SKETCHED of its words, cut to the bits of KEPT and chosen by nothing but themselves.

    Of two recordings of the same sound many are the same, of two others hardly one.
    """
    words = read(fingerprint)
    known = np.unique(words[words != SILENT] & KEPT)
    return [int(word) for word in known[np.argsort(known * SCRAMBLE)][:SKETCHED]]


def seconds(fingerprint: bytes) -> float:
    """About how long the recording is."""
    return len(fingerprint) // WORD * SECONDS


def is_telling(fingerprint: bytes) -> bool:
    """Tell whether there is enough in a fingerprint to know its sound by."""
    return int((read(fingerprint) != SILENT).sum()) >= SHORTEST


def compare(one: bytes, other: bytes) -> Likeness:
    """Tell how alike two fingerprints are where they fit best, and where that is."""
    first, second = read(one), read(other)
    return max(
        (alike(first, second, offset) for offset in likely_offsets(first, second)),
        key=lambda found: found.similarity * found.shared,
        default=NOTHING_ALIKE,
    )


def likely_offsets(first: Words, second: Words) -> Iterable[int]:
    """Offsets (words) at which many half-words of the two are the same."""
    votes = np.zeros(len(first) + len(second), np.int64)
    for half in HALVES:
        votes += agreements(first, second, half)
    best = np.argsort(-votes)[:OFFSETS]
    return (int(place) - len(first) for place in best if votes[place])


def agreements(first: Words, second: Words, half: np.uint32) -> NDArray[np.int64]:
    """How often the masked words are the same, for each offset counted from -len(first).

    A word that comes again and again in the second says nothing of the place, and is left out.
    """
    places = np.flatnonzero(second != SILENT)
    places = places[np.argsort(second[places] & half, kind="stable")]
    known = second[places] & half
    mine = np.flatnonzero(first != SILENT)
    low, high = (np.searchsorted(known, first[mine] & half, side) for side in ("left", "right"))
    counts = np.where(high - low <= COMMON, high - low, 0)
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    offsets = places[np.repeat(low, counts) + nth] - np.repeat(mine, counts)
    return np.bincount(offsets + len(first), minlength=len(first) + len(second))


def alike(first: Words, second: Words, offset: int) -> Likeness:
    """Compare where word n of the first meets word n + `offset` of the second."""
    begin, end = max(0, -offset), min(len(first), len(second) - offset)
    here, there = first[begin:end], second[begin + offset : end + offset]
    heard = (here != SILENT) & (there != SILENT)
    count = int(heard.sum())
    if count < SHORTEST:
        return NOTHING_ALIKE
    wrong = float(np.bitwise_count(here ^ there)[heard].mean()) / BITS
    longer = max(int((first != SILENT).sum()), int((second != SILENT).sum()))
    return Likeness(max(0.0, 1 - 2 * wrong), offset * SECONDS, count * SECONDS, count / longer)


def read(fingerprint: bytes) -> Words:
    """The words of a fingerprint."""
    return np.frombuffer(fingerprint, "<u4").astype(np.uint32)
