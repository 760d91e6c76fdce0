"""Places: a file's path as text that a database can hold, even where its name is in no encoding that is known."""

from __future__ import annotations

import os
from pathlib import Path

_BYTES = "bytes:"  # no absolute path begins so


def to_text(path: Path) -> str:
    """Write a path down."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _BYTES + os.fsencode(text).hex()
    return text


def to_path(text: str) -> Path:
    """Return the path that `to_text` has written down."""
    return Path(os.fsdecode(bytes.fromhex(text.removeprefix(_BYTES)))) if text.startswith(_BYTES) else Path(text)


def shown(path: Path) -> str:
    """Return a path as people can read it, with marks for what is not text."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")


def real(path: Path) -> Path:
    """Return where a path leads, with no link left in it; blocks. A loop of links is left as it is."""
    return Path(os.path.realpath(path))


def is_gone(path: Path) -> bool:
    """Tell whether it is certain that nothing is there: a disk that does not answer is no certainty; blocks."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
