"""Names for things: text ids that sort by the time they were made, so that pages by key need no second column.

The form is the ULID's (48 bits of milliseconds, 80 random bits, Crockford base 32) in lower case: 26 characters. Those
that one process makes within a millisecond are in order too, so that what was done is told in the order it was done in.
"""

from __future__ import annotations

import re
import secrets
from threading import Lock

from mediaserver.base import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FORM = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")


class _Numbers:
    """Gives numbers that nobody can guess, each higher than the one before of the same millisecond."""

    def __init__(self) -> None:
        self._latest = 0
        self._turn = Lock()

    def draw(self) -> int:
        number = (clock.now() << 80) | secrets.randbits(80)
        with self._turn:
            if 0 <= self._latest - number < 2 << 80:
                number = self._latest + 1 + secrets.randbits(64)
            self._latest = number
            return number


_numbers = _Numbers()


def new() -> str:
    """Return a fresh id of 26 characters."""
    number = _numbers.draw()
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Tell whether `text` has the form of an id; says nothing of whether such a thing exists."""
    return _FORM.fullmatch(text) is not None
