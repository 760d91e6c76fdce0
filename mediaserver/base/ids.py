"""Names for things: text ids that sort by the time they were made, so that pages by key need no second column.

The form is the ULID's (48 bits of milliseconds, 80 random bits, Crockford base 32) in lower case: 26 characters. Of
those that one process makes within the same millisecond each is greater than the one before.
"""

from __future__ import annotations

import re
import secrets
import threading

from mediaserver.base import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FORM = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")
_RANDOM = 80  # bits
_STEP = 64  # bits: so far apart are two of the same millisecond that nobody guesses the one from the other


class _Row:
    """The numbers that were given, of which the last is remembered. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        with self._lock:
            moment = clock.now()  # not before: another thread might be given a later one first
            if self._last >> _RANDOM == moment:
                self._last += 1 + secrets.randbits(_STEP)
            else:
                self._last = (moment << _RANDOM) | secrets.randbits(_RANDOM - 1)  # half of them are left for the rest
            return self._last


_row = _Row()


def new() -> str:
    """Return a fresh id of 26 characters."""
    number = _row.next()
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Tell whether `text` has the form of an id; says nothing of whether such a thing exists."""
    return _FORM.fullmatch(text) is not None
