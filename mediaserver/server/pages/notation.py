"""How fields of several parts are written in a form's text, and read again: lists, credits, timed lines.

What people type is read generously; what cannot be read is refused with a sentence that shows how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mediaserver.base.errors import Invalid
from mediaserver.catalog.links import Link
from mediaserver.media.tags.model import Credit

_TIMED = re.compile(r"\[(\d{1,3}):([0-5]?\d(?:[.:]\d{1,3})?)\]\s*(.*)")
_CREDIT = re.compile(r"(?P<role>[\w-]+)\s*:\s*(?P<name>.+?)(?:\s*\((?P<detail>[^()]+)\))?\s*")


def commas(values: Iterable[str]) -> str:
    """Write a list in one line."""
    return ", ".join(values)


def read_commas(text: str) -> list[str]:
    """Read "Dub, Folk"."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_lines(text: str) -> list[str]:
    """Read one value a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def credits_text(credits: Iterable[Credit]) -> str:
    """Write "performer: Ann (violin)", one credit a line."""
    return "\n".join(f"{each.role}: {each.name}" + (f" ({each.detail})" if each.detail else "") for each in credits)


def read_credits(text: str) -> list[dict[str, str | None]]:
    """Read what `credits_text` writes. Raises Invalid."""
    found = []
    for line in read_lines(text):
        match = _CREDIT.fullmatch(line)
        if match is None:
            raise Invalid(
                f'"{line[:60]}" is not a credit. Write one a line: "composer: Ann", "performer: Bo (violin)".'
            )
        found.append(match.groupdict() | {"role": match["role"].lower()})
    return found


def links_text(links: Iterable[Link]) -> str:
    """Write "Ann's shop https://shop.example/", one link a line."""
    return "\n".join(f"{link.label} {link.url}".strip() for link in links)


def read_links(text: str) -> list[dict[str, str]]:
    """Read what `links_text` writes; whether an address is one is looked at where it is kept."""
    split = [line.rpartition(" ") for line in read_lines(text.replace("\t", " "))]
    return [{"label": label.strip(), "url": url} for label, _, url in split]


def timed_text(lines: Sequence[tuple[int, str]]) -> str:
    """Write lines of lyrics with their times as LRC does: "[01:02.50] la"."""
    return "\n".join(
        f"[{time // 60_000:02}:{time // 1000 % 60:02}.{time % 1000:03}] {words}".rstrip() for time, words in lines
    )


def read_timed(text: str) -> list[tuple[int, str]]:
    """Read what `timed_text` writes, and LRC of other programs. Raises Invalid."""
    found = []
    for line in read_lines(text):
        match = _TIMED.fullmatch(line)
        if match is None:
            raise Invalid(f'"{line[:60]}" has no time. Write one line of lyrics a line: "[01:02.50] la la".')
        seconds = float(match[2].replace(":", "."))
        found.append((round((int(match[1]) * 60 + seconds) * 1000), match[3].strip()))
    return found
