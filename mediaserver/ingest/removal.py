"""Removal: the way out. What was deleted and kept long enough goes for good, with the files that nothing stands on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mediaserver.base.db import Database, Tx
from mediaserver.catalog import deleted, history
from mediaserver.catalog.deleted import Deleted, Left
from mediaserver.catalog.originals import Originals
from mediaserver.ingest import uploads
from mediaserver.ingest.analyse import waveform_path
from mediaserver.ingest.leavings import drop_picture
from mediaserver.ingest.pictures import Pictures

_SOME = 100  # things that go in one look


class Removal:
    """Removes things and files, in that order: a crash between leaves files that `leavings` finds."""

    def __init__(self, db: Database, originals: Originals, pictures: Pictures, waveforms: Path) -> None:
        self._db = db
        self._originals = originals
        self._pictures = pictures
        self._waveforms = waveforms

    async def sweep(self) -> None:
        """Remove what was kept long enough."""
        while found := await self._db.read(deleted.over, _SOME):
            for thing in found:
                await self.drop(await self._db.write(remove_late, thing))

    async def drop(self, left: Left) -> None:
        """Remove those files that nothing stands on any more, with their waveforms and what was heard in them."""
        for original in left.originals:
            await self._db.write(self._drop, original)
        for picture in left.pictures:
            await self._db.write(partial(drop_picture, self._pictures), picture)

    def _drop(self, tx: Tx, original: str) -> None:
        """All of it in one unit: the same file may come in again right after, and gets another waveform then."""
        if uploads.drop_unused(tx, self._originals, original):
            waveform_path(self._waveforms, original).unlink(missing_ok=True)


def remove_late(tx: Tx, thing: Deleted) -> Left:
    """Take away what was kept long enough, unless somebody had it back, or took it away, since that was found."""
    return remove(tx, thing, None) if deleted.is_over(tx, thing) else Left(set(), set())


def remove(tx: Tx, thing: Deleted, account_id: str | None) -> Left:
    """Take a deleted thing away for good, as an account wishes or (None) by itself; return what it stood on."""
    history.note(tx, account_id, history.REMOVE, thing.kind, thing.id)
    return deleted.remove(tx, thing.kind, thing.id)
