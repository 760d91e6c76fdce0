"""Leavings: files and findings that nothing stands on, left by who was killed between the disk and the database.

They are looked for now and then. Whether something stands on one is asked in the unit that removes it, and originals,
pictures and waveforms are there for certain only in the unit that tells of them: the two never come between each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from itertools import islice
from pathlib import Path

from mediaserver.base.db import Database, Reader, Tx
from mediaserver.catalog import pictures
from mediaserver.catalog.originals import Originals
from mediaserver.ingest import uploads
from mediaserver.ingest.analyse import waveform_path
from mediaserver.ingest.folders import files
from mediaserver.ingest.pictures import Pictures

_SOME = 500  # names that are asked for in one look


class Leavings:
    """Clears up after accidents; safe beside everything else that goes on, in any number of processes."""

    def __init__(self, db: Database, originals: Originals, pictures: Pictures, waveforms: Path) -> None:
        self._db = db
        self._originals = originals
        self._pictures = pictures
        self._waveforms = waveforms

    async def sweep(self) -> None:
        """Remove all that nothing stands on."""
        await self._sweep(self._originals.everything(), uploads.is_used, self._drop_sound)
        await self._sweep(self._waves(), uploads.is_used, self._drop_waveform)
        await self._sweep(self._pictures.everything(), pictures.is_shown, partial(drop_picture, self._pictures))
        await self._forget_sounds()
        await self._db.write(files.forget_payloads)

    async def _sweep(
        self,
        names: Iterable[str],
        is_needed: Callable[[Reader, str], bool],
        drop: Callable[[Tx, str], object],
    ) -> None:
        async for some in _in_pieces(names):
            for name in await self._db.read(_but, is_needed, some):
                await self._db.write(drop, name)

    async def _forget_sounds(self) -> None:
        """Forget what was heard in files that are no more."""
        after = ""
        while some := await self._db.read(_known, after):
            after = some[-1]
            for original in await self._db.read(_but, uploads.is_used, some):
                await self._db.write(self._drop_sound, original)

    def _drop_sound(self, tx: Tx, original: str) -> None:
        uploads.drop_unused(tx, self._originals, original)

    def _waves(self) -> Iterable[str]:
        return (path.stem for path in self._waveforms.glob("??/*.dat"))

    def _drop_waveform(self, tx: Tx, original: str) -> None:
        if not uploads.is_used(tx, original):
            waveform_path(self._waveforms, original).unlink(missing_ok=True)


def drop_picture(folder: Pictures, tx: Tx, picture: str) -> None:
    """Remove a picture that nothing shows, in one unit: nobody shows it in between."""
    if pictures.drop_unused(tx, picture):
        folder.drop(picture)


def _but(r: Reader, is_needed: Callable[[Reader, str], bool], names: list[str]) -> list[str]:
    return [name for name in names if not is_needed(r, name)]


def _known(r: Reader, after: str) -> list[str]:
    """Return some of the originals in which something was found, in the order of their hashes."""
    return r.column(
        "SELECT original FROM sounds WHERE original > :after UNION SELECT original FROM hearings"
        " WHERE original > :after ORDER BY original LIMIT :limit",
        after=after,
        limit=_SOME,
    )


async def _in_pieces(names: Iterable[str]) -> AsyncIterator[list[str]]:
    """Give what stands on the disk some at a time, listed in a thread."""
    rest = iter(names)
    while some := await asyncio.to_thread(lambda: list(islice(rest, _SOME))):
        yield some
