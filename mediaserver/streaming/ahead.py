"""Reading ahead: what a listener will want next is made before it is asked for, and dropped when it will not be.

It only ever uses threads that no listener waits for, and asks nobody to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from mediaserver.base.errors import NotFound, TooBusy
from mediaserver.base.pool import Priority, Work
from mediaserver.media import timeline
from mediaserver.streaming import offers
from mediaserver.streaming.cache import Made
from mediaserver.streaming.segments import Segments
from mediaserver.streaming.shelf import Title

DEPTH = 2
"""Segments made before they are asked for."""
PATIENCE = 20.0
"""Seconds without a request after which a listener has left: three segments' time."""
_MOST = 10_000  # listeners who are read ahead for


@dataclass(frozen=True, slots=True)
class _Listening:
    """What is under way for one listener of one track, and when it is given up."""

    works: list[Work[Made]]
    end: asyncio.TimerHandle


class ReadAhead:
    """Follows listeners from segment to segment. Belongs to the event loop's thread."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._listenings: dict[tuple[str, str], _Listening] = {}

    def is_done(self, title: Title, rendition: str, name: str) -> bool:
        """Tell whether nothing is left to be made for somebody who is at this piece."""
        if self._has_all(title, rendition, _next(name, DEPTH)):
            return True  # without asking where the track ends, which takes longer than all the rest of the answer
        return self._has_all(title, rendition, _following(title, rendition, name))

    def _has_all(self, title: Title, rendition: str, names: Sequence[str]) -> bool:
        return all(self._segments.has(title, rendition, name) for name in names)

    def follow(self, listener: str, title: Title, rendition: str, name: str) -> None:
        """Somebody was given a piece: make what comes after it, and drop what was made ready for another way on."""
        key = (listener, title.version)
        before = self._leave(key)
        works: list[Work[Made]] = []
        for following in _following(title, rendition, name) if len(self._listenings) < _MOST else ():
            if not self._segments.has(title, rendition, following):
                with suppress(TooBusy, NotFound):
                    works.append(self._segments.begin(title, rendition, following, Priority.AHEAD))
        for work in works:
            work.hold()
        for work in before:
            work.release()
        if works:
            end = asyncio.get_running_loop().call_later(PATIENCE, self._give_up, key)
            self._listenings[key] = _Listening(works, end)

    def _leave(self, key: tuple[str, str]) -> list[Work[Made]]:
        """Forget a listener; return what was under way."""
        listening = self._listenings.pop(key, None)
        if listening is None:
            return []
        listening.end.cancel()
        return listening.works

    def _give_up(self, key: tuple[str, str]) -> None:
        for work in self._leave(key):
            work.release()


def _following(title: Title, rendition: str, name: str) -> Sequence[str]:
    """The names of the next segments that there are."""
    names = _next(name, DEPTH)
    if not names:
        return names
    count = timeline.of(title.original, offers.find(title.source, rendition)).count
    return names[: max(0, count - int(name.partition(".")[0]) - 1)]


@lru_cache(maxsize=1024)
def _next(name: str, depth: int) -> Sequence[str]:
    """The names of the next segments of a track that goes on; none after an initialisation, which tells no place."""
    stem, _, kind = name.partition(".")
    return tuple(f"{int(stem) + step}.m4s" for step in range(1, depth + 1)) if kind == "m4s" else ()
