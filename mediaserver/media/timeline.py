"""Where a track is cut: the bounds of its segments, exact to the sample.

Pure arithmetic, so that a playlist, a segment and a player always agree. It opens no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mediaserver.base.errors import NotFound
from mediaserver.media.renditions import FIRST_SECONDS, LATER_SECONDS, UNIT, Rendition


@dataclass(frozen=True, slots=True)
class Original:
    """A recording as it was given: its file, sample rate (Hz), channels and exact length (samples at that rate)."""

    path: Path
    rate: int
    channels: int
    samples: int


class Span(NamedTuple):
    """Samples from `start` up to, and without, `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stream of `samples` samples at `rate` Hz, cut into segments at multiples of `UNIT` samples.

    The first is about `FIRST_SECONDS` long and the others about `LATER_SECONDS`. A rest shorter than one unit is played
    with the segment before it, so that none is too short for a player to notice.
    """

    rate: int
    samples: int
    frame: int = 1024

    @property
    def first(self) -> int:
        """Length of the first segment (samples)."""
        return units(FIRST_SECONDS * self.rate)

    @property
    def later(self) -> int:
        """Length of every segment but the first and the last (samples)."""
        return units(LATER_SECONDS * self.rate)

    @property
    def count(self) -> int:
        """How many segments there are: at least one."""
        after_first = self.samples - self.first - UNIT
        return 1 if after_first < 0 else 2 + max(0, after_first) // self.later

    def bound(self, n: int) -> int:
        """Where segment `n` would begin if the track never ended (samples)."""
        return 0 if n == 0 else self.first + (n - 1) * self.later

    def span(self, n: int) -> Span:
        """The samples that segment `n` plays; raises NotFound past the end."""
        if not 0 <= n < self.count:
            raise NotFound(f"The track has {self.count} segments, counted from 0; there is no segment {n}.")
        return Span(self.bound(n), self.samples if n == self.count - 1 else self.bound(n + 1))

    def durations(self) -> list[int]:
        """Length of each segment (samples); they add up to `samples`."""
        count, first, later = self.count, self.first, self.later
        if count == 1:
            return [self.samples]
        return [first, *[later] * (count - 2), self.samples - first - (count - 2) * later]


def units(samples: int) -> int:
    """The nearest multiple of `UNIT`, at least one."""
    return max(1, round(samples / UNIT)) * UNIT


def of(original: Original, rendition: Rendition) -> Timeline:
    """The timeline of that original in that rendition."""
    rate = rendition.rate(original.rate)
    return Timeline(rate, -(-original.samples * rate // original.rate), rendition.frame)
