"""Names for things: text ids that sort by the time they were made, so that pages by key need no second column.

The form is the ULID's (48 bits of milliseconds, 80 random bits, Crockford base 32) in lower case: 26 characters.
"""

from __future__ import annotations

import re
import secrets

from mediaserver.base import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FORM = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")


def new() -> str:
    """Return a fresh id of 26 characters."""
    number = (clock.now() << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Tell whether `text` has the form of an id; says nothing of whether such a thing exists."""
    return _FORM.fullmatch(text) is not None
