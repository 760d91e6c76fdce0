"""A job: one listener's work for one announced fact. It is kept with the change that caused it, and gone when done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from mediaserver.base import clock, ids
from mediaserver.base.db import Announcer, Reader, Tx

ATTEMPTS = 5
DEADLY = 2 * ATTEMPTS  # what was begun more often than this, and never ended, may be what kills the process
LATEST = 10 * clock.MINUTE
"""For how long a job is put off at most: one that is due later than that was put off by a clock that was wrong."""
_ALL = 2**31  # a priority that every job comes before
_DUE = "state = 'waiting' AND priority < :before AND (due_at <= :now OR due_at > :latest)"


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know of a kind of fact, and what it does then.

    `handle` must be safe to run twice; `give_up` is called when it has failed for the last time. A TooBusy that it
    raises counts as no attempt. While `waits` tells so, it is not begun, nor what is no more urgent.
    """

    name: str
    fact: type
    handle: Callable[[Any], Awaitable[None]]
    priority: int = 5  # lower goes first
    give_up: Callable[[Any], Awaitable[None]] | None = None
    waits: Callable[[Reader], bool] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A listener's turn."""

    id: str
    listener: str
    fact: str
    attempts: int


def announcer(listeners: Iterable[Listener]) -> Announcer:
    """Return the announcer that writes one job for each listener of each fact."""
    listeners = tuple(listeners)

    def announce(tx: Tx, facts: list[object]) -> None:
        for fact in facts:
            for listener in listeners:
                if isinstance(fact, listener.fact):
                    add(tx, listener, fact)

    return announce


def add(tx: Tx, listener: Listener, fact: object) -> None:
    """Keep a job for `listener`, due at once."""
    now = clock.now()
    tx.run(
        "INSERT INTO jobs (id, listener, fact, priority, state, due_at, created_at)"
        " VALUES (:id, :listener, :fact, :priority, 'waiting', :now, :now)",
        id=ids.new(),
        listener=listener.name,
        fact=msgspec.json.encode(fact).decode(),
        priority=listener.priority,
        now=now,
    )


def some_due(r: Reader, listeners: Iterable[Listener] = ()) -> bool:
    """Tell whether any job could be claimed now."""
    return r.value(f"SELECT 1 FROM jobs WHERE {_DUE} LIMIT 1", **_turn(r, listeners)) is not None


def claim(tx: Tx, listeners: Iterable[Listener] = ()) -> Job | None:
    """Take the next due job, if there is one, unless one of the `listeners` has it wait."""
    return tx.one(
        Job,
        "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id ="
        f" (SELECT id FROM jobs WHERE {_DUE} ORDER BY priority, due_at, id LIMIT 1)"
        " RETURNING id, listener, fact, attempts",
        **_turn(tx, listeners),
    )


def _turn(r: Reader, listeners: Iterable[Listener]) -> dict[str, int]:
    """Return what a job must fulfil for its turn to have come."""
    waiting = [listener.priority for listener in listeners if listener.waits is not None and listener.waits(r)]
    now = clock.now()
    return {"before": min(waiting, default=_ALL), "now": now, "latest": now + LATEST}


def finish(tx: Tx, job: Job) -> None:
    """Forget a job that is done."""
    tx.run("DELETE FROM jobs WHERE id = :id", id=job.id)


def fail(tx: Tx, job: Job, error: str) -> None:
    """Put a job back for later, each time twice as late; after ATTEMPTS it is kept as dead, for a person to see."""
    delay = clock.SECOND * 2**job.attempts
    tx.run(
        "UPDATE jobs SET state = :state, error = :error, due_at = :due_at WHERE id = :id",
        state="dead" if job.attempts >= ATTEMPTS else "waiting",
        error=error[:1000],
        due_at=clock.now() + delay,
        id=job.id,
    )


def postpone(tx: Tx, job: Job, seconds: int, reason: str) -> None:
    """Put a job back for so many seconds, as if it had not been begun: the server cannot do it now."""
    tx.run(
        "UPDATE jobs SET state = 'waiting', attempts = attempts - 1, error = :reason, due_at = :due_at WHERE id = :id",
        reason=reason[:1000],
        due_at=clock.now() + min(seconds * clock.SECOND, LATEST),
        id=job.id,
    )


def requeue_orphans(tx: Tx) -> None:
    """Give back what a killed process was at. Only for whoever holds the runner's lock."""
    tx.run("UPDATE jobs SET state = 'waiting' WHERE state = 'running'")


def hand_back(tx: Tx) -> None:
    """Give back what was under way at an orderly end, which counts as no attempt. Only for who holds the lock."""
    tx.run("UPDATE jobs SET state = 'waiting', attempts = attempts - 1 WHERE state = 'running'")
