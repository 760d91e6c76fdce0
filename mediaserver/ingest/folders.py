"""Importing: files and folders on this machine, taken in one by one through the same door as uploads."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Database
from mediaserver.base.errors import Problem, Unusable
from mediaserver.ingest import uploads
from mediaserver.ingest.uploads import State, Uploads, Wishes

_LOOK = 0.2  # seconds between looks at how far the analysis has come
_SOME = 1000
_ENDINGS = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "wave", "rf64", "w64", "bwf", "aif", "aiff", "aifc", "au", "snd", "caf"),
        *("flac", "wv", "ape", "tta", "tak", "ofr", "dsf", "dff"),
        *("mp3", "mp2", "aac", "m4a", "m4b", "mp4", "mov", "ogg", "oga", "opus", "spx", "mpc"),
        *("wma", "asf", "mka", "mkv", "webm", "ac3", "eac3", "dts"),
    )
)


@dataclass(slots=True)
class Report:
    """How far an import has come. `refused` pairs a file's name with a sentence."""

    found: int = 0
    known: int = 0
    ready: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many files need nothing more."""
        return self.known + self.ready + len(self.refused)


async def import_paths(
    db: Database,
    taker: Uploads,
    account: Account,
    paths: Iterable[Path],
    wishes: Wishes,
    tell: Callable[[Report], None],
) -> Report:
    """Take in every recording at and below `paths`, and wait until each is ready or refused.

    A file that is a track already is passed over, so an import that was stopped can be run again. `tell` is called
    whenever something has changed. Raises Unusable for a path that is not there.
    """
    report = Report()
    files = await asyncio.to_thread(list, find_recordings(paths))
    report.found = len(files)
    waiting: list[str] = []
    loop = asyncio.get_running_loop()
    looked = loop.time()
    for file in files:
        upload_id = await _take(taker, account, file, wishes, report)
        if upload_id:
            waiting.append(upload_id)
        if loop.time() - looked > _LOOK:
            waiting = await _settle(db, waiting, report)
            looked = loop.time()
        tell(report)
    while waiting:
        await asyncio.sleep(_LOOK)
        waiting = await _settle(db, waiting, report)
        tell(report)
    return report


def find_recordings(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and those in the folders that are named whose ending is a recording's."""
    for path in paths:
        try:
            kind = path.stat().st_mode
        except OSError as error:
            raise Unusable(f"{path} cannot be read: {error.strerror}. Please name files or folders that can.") from None
        if stat.S_ISDIR(kind):
            yield from _walk(path)
        else:
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in _ENDINGS and not name.startswith("."):
                yield Path(root) / name


async def _take(taker: Uploads, account: Account, file: Path, wishes: Wishes, report: Report) -> str | None:
    if not await asyncio.to_thread(file.is_file):  # reading a pipe would never end
        report.refused.append((str(file), "It is no file, or not there any more."))
        return None
    try:
        upload = await taker.take(account, file, wishes)
    except Problem as problem:
        report.refused.append((str(file), str(problem)))
        return None
    except OSError as error:
        report.refused.append((str(file), f"It cannot be read: {error.strerror}."))
        return None
    if upload is None:
        report.known += 1
        return None
    return upload.id


async def _settle(db: Database, waiting: list[str], report: Report) -> list[str]:
    """Count the uploads that have come to an end, the first ones looked at; return those that have not."""
    ended = {upload.id: upload for upload in await db.read(uploads.ended, waiting[:_SOME])}
    for upload in (ended[upload_id] for upload_id in waiting if upload_id in ended):
        if upload.state == State.READY:
            report.ready += 1
        else:
            report.refused.append((upload.filename, upload.problem or ""))
    return [upload_id for upload_id in waiting if upload_id not in ended]
