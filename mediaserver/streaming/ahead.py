"""Reading ahead: what a listener will want next is made before it is asked for, and dropped when it will not be.

It only ever uses threads that no listener waits for, and asks nobody to wait.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from mediaserver.base.cache import Made
from mediaserver.base.errors import NotFound, TooBusy
from mediaserver.base.pool import Priority, Work
from mediaserver.media import timeline
from mediaserver.streaming import offers
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
        return all(self._segments.has(title, rendition, following) for following in _following(title, rendition, name))

    def follow(self, listener: str, title: Title, rendition: str, name: str) -> None:
        """Somebody was given a piece: make what comes after it, and drop what was made ready for another way on."""
        key = (listener, title.version)
        before = self._leave(key)
        works: list[Work[Made]] = []
        for following in _following(title, rendition, name) if len(self._listenings) < _MOST else []:
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


def _following(title: Title, rendition: str, name: str) -> list[str]:
    """The names of the next segments; none after an initialisation, which tells nothing of the place."""
    stem, _, kind = name.partition(".")
    if kind != "m4s":
        return []
    line = timeline.of(title.original, offers.find(title.source, rendition))
    return [f"{n}.m4s" for n in range(int(stem) + 1, min(int(stem) + 1 + DEPTH, line.count))]
