"""A run: one look through a folder, and how far it has come. Any process can see it, and ask it to stop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.ingest.folders import files

ALIVE = 30 * clock.SECOND
"""For how long a run that gives no sign of life is believed to go on."""
_BUSY = 3 * clock.SECOND  # for which a run counts as busy that took in several files since its last sign of life
_MANY = 2
_COUNTS = ("known", "added", "moved", "changed", "refused", "missing", "returned")
_COLUMNS = f"id, folder_id, state, total, {', '.join(_COUNTS)}, problem, began_at, told_at, ended_at"


class State(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(slots=True)
class Run:
    """What was found so far: `known` as they were, `returned` after they were missing. Times in milliseconds.

    Without `folder_id` it is of files that were named one by one, and is nowhere kept.
    """

    id: str
    folder_id: str | None
    state: str = State.RUNNING
    total: int | None = None
    known: int = 0
    added: int = 0
    moved: int = 0
    changed: int = 0
    refused: int = 0
    missing: int = 0
    returned: int = 0
    problem: str | None = None
    began_at: int = 0
    told_at: int = 0
    ended_at: int | None = None

    @property
    def done(self) -> int:
        """How many files were looked at."""
        return self.known + self.added + self.moved + self.changed + self.refused + self.returned

    @property
    def is_running(self) -> bool:
        """Whether it goes on, as far as one can tell."""
        return self.state == State.RUNNING and abs(clock.now() - self.told_at) < ALIVE

    @property
    def rate(self) -> float:
        """Files a second."""
        return self.done * clock.SECOND / max(1, (self.ended_at or self.told_at) - self.began_at)

    @property
    def seconds_left(self) -> float | None:
        """About how long it will go on; None while that cannot be told."""
        if self.total is None or not self.rate:
            return None
        return max(0, self.total - self.done) / self.rate


def begin(tx: Tx, folder_id: str) -> Run:
    """Keep a new run of a folder. Raises NotFound for one that was forgotten."""
    files.require_folder(tx, folder_id)
    run = new(folder_id)
    tx.run(
        "INSERT INTO folder_runs (id, folder_id, state, began_at, told_at)"
        " VALUES (:id, :folder_id, :state, :now, :now)",
        id=run.id,
        folder_id=folder_id,
        state=run.state,
        now=run.began_at,
    )
    return run


def new(folder_id: str | None) -> Run:
    """Return a run that begins now."""
    now = clock.now()
    return Run(ids.new(), folder_id, began_at=now, told_at=now)


def tell(tx: Tx, run: Run) -> bool:
    """Write down how far a run has come; return whether somebody asked it to stop."""
    asked: int | None = tx.value(
        "UPDATE folder_runs SET state = :state, total = :total, known = :known, added = :added, moved = :moved,"
        " changed = :changed, refused = :refused, missing = :missing, returned = :returned, problem = :problem,"
        " told_at = :told_at, ended_at = :ended_at,"
        " busy_until = CASE WHEN :added >= added + :many THEN :soon ELSE busy_until END"
        " WHERE id = :id RETURNING asked_to_stop",
        id=run.id,
        many=_MANY,
        soon=clock.now() + _BUSY,
        state=run.state,
        total=run.total,
        problem=run.problem,
        told_at=run.told_at,
        ended_at=run.ended_at,
        **{name: getattr(run, name) for name in _COUNTS},
    )
    return bool(asked)


def ask_to_stop(tx: Tx, folder_id: str) -> None:
    """Ask what runs of a folder, in whatever process, to stop."""
    tx.run(
        "UPDATE folder_runs SET asked_to_stop = 1 WHERE folder_id = :folder_id AND state = 'running'",
        folder_id=folder_id,
    )


def latest(r: Reader, folder_id: str) -> Run | None:
    """Return the run of a folder that began last."""
    return r.one(
        Run,
        f"SELECT {_COLUMNS} FROM folder_runs WHERE folder_id = :folder_id ORDER BY id DESC LIMIT 1",
        folder_id=folder_id,
    )


def any_busy(r: Reader) -> bool:
    """Tell whether recordings are being taken in by the dozen just now: then what is to follow can wait."""
    now = clock.now()
    return (
        r.value(
            "SELECT 1 FROM folder_runs WHERE state = 'running' AND busy_until > :now AND busy_until <= :latest LIMIT 1",
            now=now,
            latest=now + _BUSY,
        )
        is not None
    )


def forget_old(tx: Tx, folder_id: str, keep: int = 20) -> None:
    """Forget all runs of a folder but the last ones."""
    tx.run(
        "DELETE FROM folder_runs WHERE folder_id = :folder_id AND id NOT IN"
        " (SELECT id FROM folder_runs WHERE folder_id = :folder_id ORDER BY id DESC LIMIT :keep)",
        folder_id=folder_id,
        keep=keep,
    )
