"""Files that are whole or not there: written aside, synced, then renamed. A full disk becomes one sentence."""

from __future__ import annotations

import ctypes
import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mediaserver.base import ids
from mediaserver.base.errors import StorageFull

_FULL = {errno.ENOSPC, errno.EDQUOT}
PART = ".part"
_FRESH = 3600.0  # seconds


@contextmanager
def room() -> Iterator[None]:
    """Turn "no space left on device" into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull() from error
        raise


def aside(path: Path) -> Path:
    """Return a fresh name beside `path` for a file that is still being written."""
    return path.with_name(f"{path.name}.{ids.new()}{PART}")


def write(path: Path, data: bytes, *, sync: bool = True, mode: int = 0o644) -> None:
    """Put `data` under `path` in one step: readers see the old file, or the new one whole.

    Without `sync` a power cut may lose the file, but never leave half of it under its name on a journalling
    file system; use that for what can be made again. Raises StorageFull.
    """
    part = aside(path)
    try:
        with room():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                if sync:
                    file.flush()
                    os.fsync(descriptor)
            part.replace(path)
            if sync:
                sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_once(path: Path, data: bytes, *, mode: int) -> None:
    """Put `data` under `path` unless something is there, even where two processes try at once."""
    part = aside(path)
    write(part, data, mode=mode)
    try:
        with suppress(FileExistsError):
            os.link(part, path)
            sync_folder(path.parent)
    finally:
        part.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_disk(folder: Path) -> None:
    """Make everything that was written to the disk of `folder` outlive a power cut (syncfs(2), else sync(2))."""
    syncfs = getattr(ctypes.CDLL(None), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        syncfs(descriptor)
    finally:
        os.close(descriptor)


def is_fresh(path: Path) -> bool:
    """Tell whether a file was written a short while ago, so that what stands on it may not be written down yet.

    One from the far future is not: the clock was wrong then. One that is gone by now is.
    """
    try:
        return abs(time.time() - path.stat().st_mtime) < _FRESH
    except FileNotFoundError:
        return True


def sweep(folder: Path) -> int:
    """Remove what an earlier, killed process left half-written below `folder`; return how many files."""
    count = 0
    for part in folder.rglob(f"*{PART}"):
        with suppress(FileNotFoundError):
            part.unlink()
            count += 1
    return count
