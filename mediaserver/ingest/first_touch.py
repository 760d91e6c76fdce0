"""The first touch of a stranger's file: all that is read from it is read in a disposable child process.

The functions at the top run in the child and know nothing of the server; `FirstTouch` asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from mediaserver.base.child import Tell
from mediaserver.base.children import Children, Limits, Misbehaved, Misdeed
from mediaserver.base.errors import Invalid, Problem
from mediaserver.media import analysis, artwork, decode, payload, probe
from mediaserver.media.analysis import Analysis
from mediaserver.media.probe import Probe
from mediaserver.media.tags import reading
from mediaserver.media.tags.model import Tags

T = TypeVar("T")

MEMORY = 512 * 2**20
"""Bytes that a child may take beyond the 200 MB of address space that the libraries fill."""
READING = Limits(cpu=30, silence=60)
LONGEST = 3600.0
"""Seconds of CPU time after which no recording is heard any further."""
PATIENCE, PER_MIB = 120.0, 8.0
"""Seconds of CPU time that any recording may take, and those for each MiB of it: 1 MiB of the densest silence, two
hours of it in FLAC, takes half a minute."""

_SENTENCES = {
    Misdeed.CRASHED: "The file is so damaged that the program reading it broke down. Please export it again.",
    Misdeed.ENDLESS: "Reading the file took far longer than any recording should: it is damaged, or goes on for ever. "
    "Please export it again.",
    Misdeed.GREEDY: "Reading the file takes more memory than any recording should: it is damaged. "
    "Please export it again.",
    Misdeed.FLOODING: "What the file says of itself is too much for any recording: it is damaged. "
    "Please export it again.",
}


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture that is fit to be shown, and its `colour` as #rrggbb."""

    data: bytes
    seen: artwork.Picture
    colour: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says of itself before its sound is decoded; the picture stands in `cover` alone."""

    probe: Probe
    tags: Tags
    cover: Cover | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture that came alone is, and its `colour` as #rrggbb."""

    picture: artwork.Picture
    colour: str


def see(data: bytes) -> Seen:
    """Tell what a picture is. Raises what `artwork.inspect` raises."""
    return Seen(artwork.inspect(data), artwork.colour(data))


def read(path: str) -> Reading:
    """Read the head, the tags and the picture of a file. Raises what `probe` raises."""
    probed = probe.probe(Path(path))
    found = reading.read(Path(path))
    return Reading(probed, replace(found, cover=None), look_at(found.cover))


@lru_cache(maxsize=2)  # the tracks of an album have the same one
def look_at(picture: bytes | None) -> Cover | None:
    """Tell what a picture is; a recording does not fail for the one in it."""
    if not picture:
        return None
    try:
        return Cover(picture, artwork.inspect(picture), artwork.colour(picture))
    except Problem:
        return None


def listen(path: str, tell: Tell) -> Analysis:
    """Hear a file through. Raises what `analysis.analyse` raises."""
    return analysis.analyse(Path(path), tell)


def digest(path: str) -> str:
    """Tell a sound apart from its tags. Raises what `payload.digest` raises."""
    return payload.digest(Path(path))


def probe_of(path: str) -> Probe:
    """Read the head of a file. Raises what `probe` raises."""
    return probe.probe(Path(path))


class FirstTouch:
    """Asks children; its methods block, so call them in a thread of the pool."""

    def __init__(self, children: Children) -> None:
        self._children = children

    def read(self, path: Path) -> Reading:
        """Return what a file says of itself. Raises what the reading raises, and Invalid for one that it broke at."""
        return _blaming(lambda: self._children.run(read, str(path), limits=READING))

    def look_at(self, picture: bytes) -> Cover | None:
        """Return what the file of a picture is, None for one that is not fit to be shown."""
        try:
            return self._children.run(look_at, picture, limits=READING)
        except Misbehaved:
            return None

    def see(self, data: bytes) -> Seen:
        """Return what a picture is. Raises what the looking raises, and Invalid for one that it broke at."""
        return _blaming(lambda: self._children.run(see, data, limits=READING))

    def probe(self, path: Path) -> Probe:
        """Return what the head of a file says. Raises as `read` does."""
        return _blaming(lambda: self._children.run(probe_of, str(path), limits=READING))

    def payload(self, path: Path) -> str:
        """Return what tells a file's sound apart from its tags. Raises as `read` does."""
        limits = _to_the_end(path)
        return _blaming(lambda: self._children.run(digest, str(path), limits=limits))

    def listen(self, path: Path, tell: Tell) -> Analysis:
        """Hear a file through; `tell` is given the part that is done and may hold it up. Raises as `read` does."""
        limits = _to_the_end(path)
        return _blaming(lambda: self._children.run(listen, str(path), limits=limits, tell=tell))


def children() -> Children:
    """Return the children that the first touch needs, with the libraries at hand; none is started yet."""
    return Children(MEMORY, (__name__,))


def _to_the_end(path: Path) -> Limits:
    """Return what reading all of a file may take. Raises NotFound."""
    with decode.translated():
        size = path.stat().st_size
    return Limits(cpu=min(LONGEST, PATIENCE + PER_MIB * size / 2**20))


def _blaming(work: Callable[[], T]) -> T:
    try:
        return work()
    except Misbehaved as fault:
        raise Invalid(_SENTENCES[fault.misdeed]) from fault
