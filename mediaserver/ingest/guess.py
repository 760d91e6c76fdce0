"""Guessing: what a recording is called where its tags do not say, from the name of its file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from mediaserver.media.tags import encodings

_NUMBER = re.compile(r"(?:(?P<disc>[1-9])-)?(?P<number>\d{1,3})(?:\s*[.)_-]+\s*|\s+)(?=\S*[^\W\d])")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file's name tells."""

    title: str
    disc: int | None
    number: int | None


def clean_name(name: str) -> str:
    """Return the last part of a name that a stranger gave to a file, good to be shown; never a path."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    printable = "".join(mark for mark in last if mark.isprintable()).strip()
    return printable[-_LONGEST:] if printable.strip(".") else "untitled"


def name_of(path: Path) -> str:
    """Return the name of a file on this machine, good to be shown, whatever the encoding that it is in."""
    return clean_name(encodings.decode(os.fsencode(path.name)))


def from_filename(name: str) -> Guess:
    """Read "03 - Some_Title.flac" as the third track, "Some Title"."""
    stem = PurePosixPath(name).stem.strip()
    match = _NUMBER.match(stem)
    rest = stem[match.end() :] if match else stem
    title = " ".join(rest.replace("_", " ").split())
    return Guess(
        title=title or "Untitled",
        disc=int(match["disc"]) if match and match["disc"] else None,
        number=int(match["number"]) if match else None,
    )
