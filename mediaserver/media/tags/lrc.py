"""Lyrics whose lines have times: LRC, the text form of players, to and from milliseconds and lines.

LRC has no standard; what is read here is what occurs: several times before a line, an offset, times of single words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from mediaserver.media.tags import cleaned

Synced = tuple[tuple[int, str], ...]

TIMES = re.compile(r"\s*((?:\[\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?\]\s*)+)(.*)")
TIME = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
WORD = re.compile(r"<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>")
"""The time of a single word, which is left out."""
OFFSET = re.compile(r"\[offset:\s*([+-]?\d{1,6})\s*\]", re.IGNORECASE)
"""Milliseconds by which the lines are to come earlier."""
MOST = 5000
"""Lines that are kept."""
LAST = 24 * 3600 * 1000


def parse(text: str) -> Synced:
    """The lines of an LRC text in the order of their times; none where it is no LRC."""
    found = OFFSET.search(text)
    offset = int(found[1]) if found else 0
    timed = [(stamp - offset, words) for line in text.splitlines() for stamp, words in stamped(line)]
    return ordered(timed)


def stamped(line: str) -> list[tuple[int, str]]:
    """A line once for each of its times, in milliseconds."""
    found = TIMES.fullmatch(line)
    if not found:
        return []
    return [(milliseconds(*parts), WORD.sub("", found[2])) for parts in TIME.findall(found[1])]


def milliseconds(minutes: str, seconds: str, fraction: str) -> int:
    """What a time of LRC tells; its last part is a fraction of a second with up to three places."""
    return (int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0") or 0)


def write(lines: Synced) -> str:
    """The lines as LRC, with milliseconds."""
    return "\n".join(f"[{at // 60000:02}:{at // 1000 % 60:02}.{at % 1000:03}]{words}" for at, words in lines)


def plain(lines: Synced) -> str | None:
    """The words alone, or None where there are none."""
    return cleaned.lyrics("\n".join(words for _, words in lines))


def from_syllables(timed: Sequence[tuple[str, int]]) -> Synced:
    """The lines of a SYLT frame (text, milliseconds): where newlines mark them, what lies between is one line."""
    if not any("\n" in text for text, _ in timed[1:]):
        return ordered((at, text) for text, at in timed)
    starts = 0
    numbered = []
    for n, (text, at) in enumerate(timed):
        starts += n > 0 and (text.startswith("\n") or timed[n - 1][0].endswith("\n"))
        numbered.append((starts, at, text))
    lines = [list(line) for _, line in groupby(numbered, key=lambda each: each[0])]
    return ordered((line[0][1], "".join(text for _, _, text in line)) for line in lines)


def ordered(timed: Iterable[tuple[int, str]]) -> Synced:
    """Clean lines by their times, those that make sense."""
    clean = ((max(0, at), cleaned.line(words) or "") for at, words in timed if at <= LAST)
    return tuple(sorted(clean, key=lambda line: line[0])[:MOST])
