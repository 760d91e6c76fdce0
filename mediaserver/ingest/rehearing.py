"""Hears again, in the background, what was heard by older algorithms or before there were any.

It goes from file to file and keeps what it finds at once: stopped anywhere, it goes on with the next one.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from mediaserver.base import files
from mediaserver.base.children import Failed
from mediaserver.base.db import Database, Tx
from mediaserver.base.errors import Invalid, Problem, Unsupported
from mediaserver.base.pool import Pool, Priority
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.sounds import hearings, sounds
from mediaserver.catalog.sounds.hearings import Hearing, Twin
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.ingest.analyse import hearing_of, waveform_path
from mediaserver.ingest.first_touch import FirstTouch
from mediaserver.ingest.recognition import Recognition
from mediaserver.media.analysis import Analysis

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SoundsOutdated:
    """A fact: some recordings were heard by older algorithms than there are now."""


class Rehearing:
    """Brings what is known of all sounds up to date."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        first_touch: FirstTouch,
        originals: Originals,
        waveforms: Path,
        recognition: Recognition,
    ) -> None:
        self._db = db
        self._pool = pool
        self._first_touch = first_touch
        self._originals = originals
        self._waveforms = waveforms
        self._recognition = recognition
        self._alone = asyncio.Lock()

    async def call(self) -> None:
        """Announce that there is something to be heard again, where there is."""
        if await self._db.read(hearings.outdated) is not None:
            await self._db.write(_announce)

    async def rehear(self, fact: SoundsOutdated) -> None:
        """Hear every outdated recording again; those that cannot be are noted, and left until the next version."""
        if self._alone.locked():  # every start asks for it: one does it, and none stands in the way of other work
            return
        async with self._alone:
            original = await self._db.read(hearings.outdated)
            while original is not None:
                await self._rehear_one(original)
                original = await self._db.read(hearings.outdated, original)

    async def _rehear_one(self, original: str) -> None:
        sound = await self._db.read(sounds.find, original)
        try:
            heard = await self._pool.run(Priority.ANALYSIS, self._listen, original)
        except (Invalid, Unsupported, Failed) as problem:
            _log.warning("cannot hear %s again: %s", original, problem)
            await self._db.write(hearings.keep, Hearing(original))
            return
        except Problem as problem:  # its disk is away, or full: what is known of it stays until the next start
            _log.warning("cannot hear %s again now: %s", original, problem)
            return
        hearing = hearing_of(original, heard)
        twins = await self._recognition.twins(hearing)
        if sound is not None:
            await self._db.write(_keep, updated(sound, heard), hearing, twins)

    def _listen(self, original: str) -> Analysis:
        try:
            heard = self._first_touch.listen(self._originals.path(original), lambda progress: self._pool.give_way())
        except (Invalid, Unsupported):
            self._originals.path(original)  # a disk that is taken away makes its files look damaged
            raise
        files.write(waveform_path(self._waveforms, original), heard.waveform.to_dat())
        return heard


def updated(sound: Sound, heard: Analysis) -> Sound:
    """What is known of a sound, with its loudness as it was heard now; its length stays what streams are made by."""
    return replace(
        sound,
        loudness=heard.loudness.integrated,
        loudness_range=heard.loudness.range,
        true_peak=heard.loudness.true_peak,
    )


def _announce(tx: Tx) -> None:
    tx.announce(SoundsOutdated())


def _keep(tx: Tx, sound: Sound, hearing: Hearing, twins: list[Twin]) -> None:
    sounds.add(tx, sound)
    hearings.keep(tx, hearing)
    hearings.set_twins(tx, hearing.original, twins)
