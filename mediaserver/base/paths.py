"""The data folder: one place on disk that holds everything an instance owns, and where in it each thing is."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mediaserver.base.errors import Unusable


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Addresses of an instance's files. Only `cache` may be deleted without loss."""

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "mediaserver.db"

    @property
    def secret(self) -> Path:
        """The key that signs tickets."""
        return self.root / "secret.key"

    @property
    def originals(self) -> Path:
        """Recordings as they were received, named by their hash."""
        return self.root / "originals"

    @property
    def artwork(self) -> Path:
        """Pictures as they were received, named by their hash."""
        return self.root / "artwork"

    @property
    def waveforms(self) -> Path:
        """One waveform for each original."""
        return self.root / "waveforms"

    @property
    def cache(self) -> Path:
        """What can be made again: segments and resized pictures."""
        return self.root / "cache"

    @property
    def runner_lock(self) -> Path:
        """Held by the process that works the jobs off."""
        return self.root / "runner.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the one server on this folder."""
        return self.root / "server.lock"

    @property
    def watch_lock(self) -> Path:
        """Held by the process that watches folders."""
        return self.root / "watch.lock"

    @property
    def import_lock(self) -> Path:
        """Shared by imports that are under way; whoever has it alone may sweep half-received files."""
        return self.root / "import.lock"


def prepare(root: Path) -> DataFolder:
    """Make the folders of an instance where they are missing.

    Raises Unusable when the place cannot be written.
    """
    folder = DataFolder(_whole(root))
    try:
        folder.root.mkdir(mode=0o700, parents=True, exist_ok=True)  # private recordings and password hashes
        for path in (folder.originals, folder.artwork, folder.waveforms, folder.cache):
            path.mkdir(parents=True, exist_ok=True)
        probe = folder.root / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink(missing_ok=True)  # in another container a process of the same number may try it too
        _refuse_foreign_root(folder)
    except OSError as error:
        raise _unwritable(folder.root, error) from None
    return folder


def _refuse_foreign_root(folder: DataFolder) -> None:
    """Keep root from making files here that the account which the server runs as could not change."""
    if os.geteuid() or not folder.database.exists():
        return
    if owner := folder.database.stat().st_uid:
        raise Unusable(
            f"The data in {folder.root} belongs to another account (its number is {owner}). Please run this as that"
            f" one: sudo -u '#{owner}' mediaserver and so on."
        )


def _unwritable(root: Path, error: OSError) -> Unusable:
    return Unusable(f"The data folder {root} cannot be written: {error.strerror}. Choose another by --data.")


def require(root: Path) -> None:
    """Raise Unusable where no instance has begun yet: a mistyped folder is not to become one."""
    folder = DataFolder(_whole(root))
    try:
        folder.database.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise Unusable(
            f"There is no mediaserver in {folder.root} yet. Name its --data, or begin one there:"
            " `mediaserver serve`, or `mediaserver user add NAME --role admin`."
        ) from None
    except OSError as error:
        raise _unwritable(folder.root, error) from None


def _whole(root: Path) -> Path:
    try:
        return root.expanduser().absolute()
    except RuntimeError as error:
        raise Unusable(f"The data folder {root} cannot be found: {error} Choose another by --data.") from None


class Lock:
    """An advisory lock on a file (flock), which the kernel drops when its process ends, however it ends."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        """Make a lock that is not held yet; any number of `shared` ones can be held at a time."""
        self._path = path
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; tell whether it is ours now."""
        if self._file is None:
            try:
                file = self._path.open("w")
            except OSError as error:
                raise Unusable(
                    f"{self._path} cannot be written: {error.strerror}. Run as the owner of its folder."
                ) from None
            try:
                fcntl.flock(file, self._kind | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
