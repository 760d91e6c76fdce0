"""Removal: the way out. What was deleted and kept long enough goes for good, with the files that nothing stands on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from mediaserver.base.db import Database, Tx
from mediaserver.catalog import deleted, history
from mediaserver.catalog.deleted import Deleted
from mediaserver.catalog.originals import Originals
from mediaserver.ingest import uploads
from mediaserver.ingest.analyse import waveform_path

_SOME = 100  # things that go in one look


class Removal:
    """Removes things and files, in that order: a crash between leaves files that the next start sweeps up."""

    def __init__(self, db: Database, originals: Originals, waveforms: Path) -> None:
        self._db = db
        self._originals = originals
        self._waveforms = waveforms

    async def sweep(self) -> None:
        """Remove what was kept long enough."""
        while found := await self._db.read(deleted.over, _SOME):
            for thing in found:
                await self.drop(await self._db.write(remove, thing, None))

    async def drop(self, originals: Iterable[str]) -> None:
        """Remove those of the originals that nothing stands on any more, with their waveforms and what was heard."""
        for original in originals:
            if await self._db.write(uploads.drop_unused, self._originals, original):
                path = waveform_path(self._waveforms, original)
                await asyncio.to_thread(path.unlink, missing_ok=True)


def remove(tx: Tx, thing: Deleted, account_id: str | None) -> set[str]:
    """Take a deleted thing away for good, as an account wishes or (None) by itself; return what it stood on."""
    history.note(tx, account_id, history.REMOVE, thing.kind, thing.id)
    return deleted.remove(tx, thing.kind, thing.id)
