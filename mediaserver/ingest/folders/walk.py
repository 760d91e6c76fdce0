"""Walking through a folder: every recording in it, some at a time, so that no list of all of them is ever held."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mediaserver.base.errors import Invalid, Unusable

ENDINGS = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "wave", "rf64", "w64", "bwf", "aif", "aiff", "aifc", "au", "snd", "caf"),
        *("flac", "wv", "ape", "tta", "tak", "ofr", "dsf", "dff", "shn"),
        *("mp3", "mp2", "aac", "m4a", "m4b", "mp4", "mov", "ogg", "oga", "opus", "spx", "mpc"),
        *("wma", "asf", "mka", "mkv", "webm", "ac3", "eac3", "dts", "thd", "mlp"),
        *("avi", "flv", "wmv", "mpg", "mpeg", "ts", "m4v", "3gp"),
    )
)
_INODE = 2**63 - 1  # what a database's whole number holds


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is now: bytes, time of its last change in nanoseconds, and number on its disk.

    `problem` says why it cannot be taken, where that is plain already.
    """

    path: Path
    bytes: int = 0
    modified: int = 0
    inode: int = 0
    problem: str | None = None


class Walk:
    """A walk through files and folders; `skipped` are the folders that could not be read."""

    def __init__(self, places: Iterable[Path], besides: Path | None = None) -> None:
        """Go through `places`, but not into `besides`, by whatever path it is reached."""
        self._besides = besides
        self._found = self._go(iter(places))
        self.skipped: list[Path] = []

    def some(self, count: int) -> list[Found]:
        """Return the next `count` recordings at most, none at the end; blocks."""
        return list(islice(self._found, count))

    def _go(self, places: Iterator[Path]) -> Iterator[Found]:
        for place in places:
            if os.path.isdir(place):  # noqa: PTH112 - Path's raises where a folder above may not be entered
                yield from self._below(place)
            else:
                yield look_at(place)

    def _below(self, folder: Path) -> Iterator[Found]:
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            if _is(here, self._besides):
                continue
            try:
                with os.scandir(here) as listed:
                    entries = sorted(listed, key=lambda entry: entry.name)
            except OSError:
                self.skipped.append(here)
                continue
            waiting += [Path(entry.path) for entry in reversed(entries) if entry.is_dir(follow_symlinks=False)]
            yield from (look_at(Path(entry.path)) for entry in entries if is_recording(entry))


def _is(here: Path, besides: Path | None) -> bool:
    """Tell whether a folder is the one that is left out; few have its name, so that few are asked of the disk."""
    if besides is None or here.name != besides.name:
        return False
    with suppress(OSError):
        return here.samefile(besides)
    return False


def is_recording(entry: os.DirEntry[str]) -> bool:
    """Tell whether a name in a folder is one of a recording."""
    return is_recordings_name(entry.name) and not entry.is_dir(follow_symlinks=False)


def is_recordings_name(name: str) -> bool:
    """Tell whether a file of that name is taken for a recording: by its ending, and not where it is hidden."""
    return os.path.splitext(name)[1].lower() in ENDINGS and not name.startswith(".")  # noqa: PTH122 - of thousands


def look_at(path: Path) -> Found:
    """Return a file as it is now; blocks."""
    try:
        now = path.stat()
    except OSError as error:
        return Found(path, problem=f"It cannot be read: {error.strerror}.")
    if not stat.S_ISREG(now.st_mode):  # reading a pipe would never end
        return Found(path, problem="It is no file that could be read to its end.")
    return Found(path, now.st_size, now.st_mtime_ns, now.st_ino & _INODE)


def count(folder: Path, besides: Path | None = None) -> int:
    """Return how many recordings lie below a folder; blocks."""
    total = 0
    for root, folders, names in os.walk(folder):
        if _is(Path(root), besides):
            folders.clear()
            continue
        total += sum(map(is_recordings_name, names))
    return total


def named_folder(text: str) -> Path:
    """Return the folder that somebody names from afar. Raises Invalid, or Unusable for one that is not there."""
    if "\0" in text or not text.startswith("/"):
        raise Invalid("Please give the whole path of a folder on the server's machine, such as /srv/music.")
    place = Path(os.path.normpath(text))
    try:
        check([place])
    except Unusable as problem:
        raise Invalid(str(problem)) from None
    if not place.is_dir():
        raise Invalid(f"{text} is no folder. Please name one, or upload single files.")
    return place


def check(places: Iterable[Path]) -> None:
    """Raise Unusable for a place that is not there or cannot be read."""
    for place in places:
        try:
            if stat.S_ISDIR(place.stat().st_mode):
                os.scandir(place).close()
        except OSError as error:
            raise Unusable(
                f"{place} cannot be read: {error.strerror}. Please name files or folders that can."
            ) from None
