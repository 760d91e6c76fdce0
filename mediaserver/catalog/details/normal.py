"""What people say of music, in its normal form; what makes no sense is refused with a sentence that says what would.

The forms are those of tags, so that what is typed and what is read from a file are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from mediaserver.base.errors import Invalid
from mediaserver.media.tags import cleaned

Form = Callable[[str, Any], Any]
"""From a field's name and what was said to its normal form; None for an empty text. Raises Invalid."""
LONGEST_TITLE = 300
_LONGEST_WORDS = 20_000
_LONGEST_ADDRESS = 1000


def title(kind: str, value: str) -> str:
    """The title of a thing of that kind, such as a track. Raises Invalid for an empty one."""
    normal = cleaned.line(value, LONGEST_TITLE)
    if not normal:
        raise Invalid(f"A {kind} needs a title.")
    return normal


def words(value: str) -> str:
    """What is said of a thing in its own words (Markdown)."""
    return cleaned.text(value, _LONGEST_WORDS) or ""


def line(name: str, value: str) -> str | None:
    """Text of one line."""
    return cleaned.line(value)


def text(name: str, value: str) -> str | None:
    """Text of several lines."""
    return cleaned.text(value)


def lyrics(name: str, value: str) -> str | None:
    """The words of a song."""
    return cleaned.lyrics(value)


def day(name: str, value: str) -> str | None:
    """A date of any precision, as ISO 8601."""
    return _known(name, value, cleaned.day, "a date, such as 2024, 2024-05 or 2024-05-21")


def isrc(name: str, value: str) -> str | None:
    """An International Standard Recording Code (ISO 3901)."""
    return _known(name, value, cleaned.isrc, "an ISRC: two letters, three letters or digits, seven digits")


def identifier(name: str, value: str) -> str | None:
    """A MusicBrainz identifier."""
    return _known(name, value, cleaned.identifier, "an identifier of MusicBrainz, such as those in its addresses")


def barcode(name: str, value: str) -> str | None:
    """A barcode: digits, with or without spaces and hyphens between them."""
    return _known(name, value, _barcode, "a barcode: 8 to 18 digits")


def web_address(name: str, value: str) -> str:
    """An address of the web (RFC 3986): http or https with a host, and nobody's name or password in it."""
    normal = cleaned.line(value, _LONGEST_ADDRESS + 1) or ""
    if len(normal) > _LONGEST_ADDRESS or " " in normal or not _is_web(_split(normal)):
        raise Invalid(f'{_shown(name)}: "{normal[:60]}" is not an address of the web, such as https://example.org/.')
    return normal


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None  # reading the port tells whether it is a number
    except ValueError:
        return None


def _is_web(parts: SplitResult | None) -> bool:
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def count(name: str, value: int) -> int:
    """A number that counts from one, as of tracks and discs."""
    if not 1 <= value <= cleaned.HIGHEST_NUMBER:
        raise Invalid(f"{_shown(name)} is a number from 1 to {cleaned.HIGHEST_NUMBER}, not {value}.")
    return value


def tempo(name: str, value: float) -> float:
    """Beats a minute."""
    if not 10 <= value <= 1000:
        raise Invalid(f"{_shown(name)} is from 10 to 1000 beats a minute, not {value:g}.")
    return value


def gain(name: str, value: float) -> float:
    """A difference of loudness in dB."""
    if not -100 <= value <= 100:
        raise Invalid(f"{_shown(name)} is from -100 to 100 dB, not {value:g}.")
    return value


def peak(name: str, value: float) -> float:
    """A highest sample, 1.0 at full scale."""
    if not 0 <= value <= 100:
        raise Invalid(f"{_shown(name)} is from 0 to 100, where 1 is full scale, not {value:g}.")
    return value


def flag(name: str, value: bool) -> int:
    """Yes or no, as it is kept."""
    return int(value)


def _known(name: str, value: str, form: Callable[[str], str | None], wanted: str) -> str | None:
    if not value.strip():
        return None
    normal = form(value)
    if normal is None:
        raise Invalid(f'{_shown(name)}: "{cleaned.line(value, 60) or ""}" is not {wanted}.')
    return normal


def _barcode(value: str) -> str | None:
    digits = re.sub(r"[\s-]", "", value)
    return digits if re.fullmatch(r"[0-9]{8,18}", digits) else None


def _shown(name: str) -> str:
    """Return a field's name as it begins a sentence."""
    return name.replace("_", " ").capitalize()
