"""How the library stands: every folder with its last run, and what is still to be heard. For who looks after it."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base.db import Reader
from mediaserver.ingest import uploads
from mediaserver.ingest.folders import files, folders, runs
from mediaserver.ingest.folders.folders import Folder
from mediaserver.ingest.folders.runs import Run


@dataclass(frozen=True, slots=True)
class Standing:
    """A folder, how many files of it are known and there, and the run that began last."""

    folder: Folder
    files: int
    run: Run | None

    @property
    def is_running(self) -> bool:
        """Whether it is being looked through just now."""
        return self.run is not None and self.run.is_running

    @property
    def was_cut_off(self) -> bool:
        """Whether its last run ended without a word: its process was killed."""
        return self.run is not None and self.run.state == runs.State.RUNNING and not self.run.is_running


@dataclass(frozen=True, slots=True)
class Overview:
    """All folders, and how many recordings from them are yet to be heard."""

    folders: list[Standing]
    unheard: int


def overview(r: Reader) -> Overview:
    """Return how everything stands now."""
    return Overview([standing(r, folder) for folder in folders.everyone(r)], uploads.count_unheard(r))


def standing(r: Reader, folder: Folder) -> Standing:
    """Return how one folder stands."""
    return Standing(folder, files.count(r, folder.id), runs.latest(r, folder.id))
