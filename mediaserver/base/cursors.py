"""A cursor: the place at which a page of a list in order of time ended, as text for an address.

It holds the moment, or the date, as well as the id: the next page begins there whatever becomes of the thing meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from mediaserver.base import ids

_FORM = re.compile(r"([0-9]{1,15})-([0-9a-z]{26})")
_DATED = re.compile(r"([^_]{0,40})_([0-9a-z]{26})")


class Place(NamedTuple):
    """A thing's place in a list, the newest first: its moment (milliseconds) and, among those of one moment, its id."""

    moment: int
    id: str


START = Place(2**62, "")
"""Before everything."""


class Dated(NamedTuple):
    """A place by a date of any precision (ISO 8601; empty where there is none), and among those of one date by id."""

    date: str
    id: str

    @property
    def text(self) -> str:
        """The place as text."""
        return f"{self.date}_{self.id}"


LATEST = Dated("~", "~")
"""Before everything that has a date, or none: it sorts after every date and id."""


def write(place: Place) -> str:
    """Return the place as text."""
    return f"{place.moment}-{place.id}"


class Placed(Protocol):
    """What has a place."""

    @property
    def place(self) -> Place:
        """Its place."""
        ...


def last(page: Sequence[Placed]) -> str | None:
    """Return the place at which a page ends, as text; None for an empty one."""
    return write(page[-1].place) if page else None


def read(text: str) -> Place | None:
    """Return the place that `write` made the text of; None for any other text."""
    found = _FORM.fullmatch(text)
    return Place(int(found[1]), found[2]) if found and ids.is_id(found[2]) else None


def read_dated(text: str) -> Dated | None:
    """Return the place that `Dated.text` is the text of; None for any other text."""
    found = _DATED.fullmatch(text)
    return Dated(found[1], found[2]) if found and ids.is_id(found[2]) else None
