"""Sleeves: the picture that lies beside recordings in their folder, where people and programs put artwork."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from mediaserver.media.artwork import LARGEST

NAMES = ("cover", "folder", "front", "album", "albumart", "albumartsmall", "artwork")
"""What such a picture is called, the best first; upper case is the same."""
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif")


def beside(recording: Path) -> bytes | None:
    """Return the file of the picture in a recording's folder, if there is one that can be read."""
    folder = recording.parent
    with suppress(OSError):
        name = _best(folder, folder.stat().st_mtime_ns)
        if name is not None and 0 < (folder / name).stat().st_size <= LARGEST:
            return (folder / name).read_bytes()
    return None


@lru_cache(maxsize=64)
def _best(folder: Path, modified: int) -> str | None:
    """Return the best name for a sleeve in a folder as it is since `modified`: its many recordings ask in a row."""
    found = [entry.name for entry in os.scandir(folder) if _is_sleeve(entry.name) and entry.is_file()]
    return min(found, key=lambda name: (NAMES.index(_parts(name)[0]), name), default=None)


def _is_sleeve(name: str) -> bool:
    stem, ending = _parts(name)
    return stem in NAMES and ending in ENDINGS


def _parts(name: str) -> tuple[str, str]:
    path = Path(name.casefold())
    return path.stem, path.suffix
