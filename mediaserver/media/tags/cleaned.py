"""From what people write into tags to what can be relied on: clean text, numbers, dates of any precision, genres.

Every function takes a value as it was found and returns its normal form, or None where it makes no sense.
"""

from __future__ import annotations

import math
import re
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import date

from mutagen.id3 import TCON

LINE, TEXT, LYRICS = 500, 10_000, 100_000
"""Characters that are kept of a name, of a comment, of lyrics: nothing honest is longer."""
HIGHEST_NUMBER = 9999
EARLIEST, LATEST = 1000, 2999

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]")
"""Controls, marks that turn the direction of writing, and halves of characters: they hide or forge what is shown."""
NUMBER = re.compile(r"(?:(?:no\.?|#|track|disc|cd)\s*)?(\d{1,9})(?:\s*(?:/|of|:)\s*(\d{1,9}))?(?:\.0)?", re.IGNORECASE)
TRUTHS = {"1", "true", "yes", "y", "on"}

YEAR_FIRST = re.compile(r"(\d{4})(?:[-./_:](\d{1,2})(?:[-./_:](\d{1,2}))?)?(?:[t ]\d{1,2}:.*|z)?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
YEAR_LAST = re.compile(r"(\d{1,2})([-./ ])(\d{1,2})\2(\d{4})(?!\d)")
WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+)?"  # 21st
    r"([a-z]{3,9})\.?\s*"  # May
    r"(?:(\d{1,2})(?:st|nd|rd|th)?)?,?\s+"  # or the day here
    r"(\d{4})(?!\d)"  # 1997
)
INSTRUMENT = re.compile(r"(.*\S)\s*\(([^()]*)\)")
EXPLICIT = {"1": True, "4": True, "explicit": True, "true": True, "2": False, "clean": False}
"""What Apple's programs write; 0 says nothing."""
REFERENCE = 5.0
"""How much louder (dB) ReplayGain's level (-18 LUFS) is than the one of Opus's own gains (-23 LUFS)."""
LOUDEST, HIGHEST_PEAK = 60.0, 100.0
LONE_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def line(value: str, longest: int = LINE) -> str | None:
    """Text of one line: spaces made single, what cannot be seen taken out; None when nothing is left."""
    shown = unicodedata.normalize("NFC", UNSEEN.sub("", value.replace("\r", " ")))
    return clip(" ".join(shown.split()), longest)


def text(value: str, longest: int = TEXT) -> str | None:
    """Text of several lines: their breaks made alike, what cannot be seen taken out; None when nothing is left."""
    breaks = value.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return clip(unicodedata.normalize("NFC", UNSEEN.sub("", breaks)).strip(), longest)


def lyrics(value: str) -> str | None:
    """The words of a song."""
    return text(value, LYRICS)


def clip(value: str, longest: int) -> str | None:
    """At most `longest` characters, the last an ellipsis where some are missing; None for an empty text."""
    return (value if len(value) <= longest else value[: longest - 1].rstrip() + "…") or None


def apart(values: Iterable[str]) -> list[str]:
    """The values, and what a value holds behind a NUL: ID3v2.4 keeps several values so, and they stray from there."""
    return [part for value in values for part in value.split("\0")]


def lines(values: Iterable[str]) -> tuple[str, ...]:
    """All values as clean lines, each once, in their order."""
    clean = (line(value) for value in values)
    return tuple({each.casefold(): each for each in clean if each}.values())


def number(value: str) -> tuple[int | None, int | None] | None:
    """A number and what it is out of: "5/12" and "05 of 12" give (5, 12), "5" gives (5, None), "B2" gives nothing."""
    found = NUMBER.fullmatch(value.strip())
    if not found:
        return None
    return sensible(int(found[1])), sensible(int(found[2] or 0))


def sensible(count: int) -> int | None:
    """Numbers count from one; nothing has ten thousand parts."""
    return count if 0 < count <= HIGHEST_NUMBER else None


def tempo(value: str) -> float | None:
    """Beats a minute, also with a decimal comma; None beyond 10 to 1,000."""
    beats = real(value)
    return beats if beats is not None and 10 <= beats <= 1000 else None


def gain(value: str) -> float | None:
    """ReplayGain in dB to two places, as in "-7.03 dB"; None beyond 60 either way."""
    decibels = real(re.sub(r"(?i)\s*db\s*$", "", value))
    return round(decibels, 2) if decibels is not None and abs(decibels) <= LOUDEST else None


def opus_gain(value: str) -> float | None:
    """ReplayGain in dB from a gain of RFC 7845, section 5.2.1: 256ths of a dB, towards a level that is 5 dB lower."""
    steps = real(value)
    return None if steps is None else gain(str(steps / 256 + REFERENCE))


def peak(value: str) -> float | None:
    """The highest sample to six places, where 1.0 is full scale; None for what is no such thing."""
    highest = real(value)
    return round(highest, 6) if highest is not None and 0 <= highest <= HIGHEST_PEAK else None


def real(value: str) -> float | None:
    """A number, also with a decimal comma and a plus sign; None for what is none, or not finite."""
    try:
        found = float(value.strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def explicit(value: str) -> bool | None:
    """Whether it is marked as explicit (True) or as made clean (False); None where neither is said."""
    return EXPLICIT.get(value.strip().casefold())


def language(value: str) -> str | None:
    """A language as it is written, unless that says that it is not told (ISO 639-2 "und", ID3's "XXX")."""
    return None if value.strip().casefold() in {"und", "xxx"} else line(value)


def barcode(value: str) -> str | None:
    """A barcode's 8 to 14 digits, without spaces and hyphens."""
    digits = re.sub(r"[\s-]", "", value)
    return digits if re.fullmatch(r"[0-9]{8,14}", digits) else None


def release_types(values: Iterable[str]) -> tuple[str, ...]:
    """Types of a release in lower case; "Album; Live" are two."""
    return lines(part.lower() for value in values for part in re.split(r"[;,+]|\s/\s", value))


def performer(value: str) -> tuple[str, str | None] | None:
    """Name and instrument of "Ann (violin)", as Vorbis comments have it; the brackets may be empty or not there."""
    clean = line(value)
    found = INSTRUMENT.fullmatch(clean or "")
    return (found[1], line(found[2])) if found else (clean, None) if clean else None


def performance(name: str, instrument: str | None) -> str:
    """The text that `performer` takes apart again."""
    return f"{name} ({instrument or ''})" if instrument or name.endswith(")") else name


def truth(value: str) -> bool:
    """Whether a flag is set."""
    return value.strip().casefold() in TRUTHS


def identifier(value: str) -> str | None:
    """A MusicBrainz identifier (a UUID) in its usual spelling."""
    try:
        return str(uuid.UUID(value.strip()))
    except ValueError:
        return None


def identifiers(values: Iterable[str]) -> tuple[str, ...]:
    """Several identifiers of MusicBrainz, which some programs put into one text with a stroke or semicolon between."""
    known = (identifier(part) for value in values for part in re.split(r"[/;]", value))
    return tuple(dict.fromkeys(each for each in known if each))


def isrc(value: str) -> str | None:
    """An International Standard Recording Code (ISO 3901) without its hyphens: "DE-A12-97-12345" is DEA129712345."""
    code = re.sub(r"[\s-]", "", value).upper()
    return code if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", code) else None


def genres(values: Iterable[str]) -> tuple[str, ...]:
    """Genres by name: the numbers of ID3v1, as "17" or "(17)", are looked up; "Rock; Pop" are two."""
    named = TCON(encoding=3, text=[value for value in values if value.strip()]).genres
    return lines(part for genre in named if genre != "Unknown" for part in genre.split(";"))


def day(value: str) -> str | None:
    """A date as ISO 8601 of the precision that is certain: "1997", "1997-05", "1997-05-21".

    Takes the orders and month names that occur; "03/04/1997" may be March or April, so only its year is certain.
    """
    written = value.strip().casefold()
    if found := COMPACT.match(written) or YEAR_FIRST.fullmatch(written):
        return certain(*found.groups())
    if found := YEAR_LAST.match(written):
        return year_last(*found.groups())
    if (found := WORDS.match(written)) and found[2][:3] in MONTHS:
        return certain(found[4], str(MONTHS.index(found[2][:3]) + 1), found[1] or found[3])
    years = set(LONE_YEAR.findall(written))
    return certain(years.pop()) if len(years) == 1 else None


def year_last(first: str, mark: str, second: str, year: str) -> str | None:
    """A date that ends with its year: with dots the day comes first; else whichever cannot be a month is the day."""
    if mark == "." or int(first) > 12:
        return certain(year, second, first)
    if int(second) > 12 or first == second:
        return certain(year, first, second)
    return certain(year)


def certain(year: str, month: str | None = None, day_of_month: str | None = None) -> str | None:
    """The parts of a date that exist, up to the first that does not: "1997-00-00" is 1997."""
    if not EARLIEST <= int(year) <= LATEST:
        return None
    try:
        first_day = date(int(year), int(month or 0), 1)
    except ValueError:
        return f"{int(year)}"  # in our digits, whichever they were
    try:
        return first_day.replace(day=int(day_of_month or 0)).isoformat()
    except ValueError:
        return first_day.isoformat()[:7]
