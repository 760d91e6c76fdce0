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


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know of a kind of fact, and what it does then.

    `handle` must be safe to run twice; `give_up` is called when it has failed for the last time.
    """

    name: str
    fact: type
    handle: Callable[[Any], Awaitable[None]]
    priority: int = 5  # lower goes first
    give_up: Callable[[Any], Awaitable[None]] | None = None


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


def some_due(r: Reader) -> bool:
    """Tell whether any job could be claimed now."""
    found = r.value("SELECT 1 FROM jobs WHERE state = 'waiting' AND due_at <= :now LIMIT 1", now=clock.now())
    return found is not None


def claim(tx: Tx) -> Job | None:
    """Take the next due job, if there is one."""
    return tx.one(
        Job,
        "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id ="
        " (SELECT id FROM jobs WHERE state = 'waiting' AND due_at <= :now ORDER BY priority, due_at, id LIMIT 1)"
        " RETURNING id, listener, fact, attempts",
        now=clock.now(),
    )


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


def requeue_orphans(tx: Tx) -> None:
    """Give back what a killed process was at. Only for whoever holds the runner's lock."""
    tx.run("UPDATE jobs SET state = 'waiting' WHERE state = 'running'")


def hand_back(tx: Tx) -> None:
    """Give back what was under way at an orderly end, which counts as no attempt. Only for who holds the lock."""
    tx.run("UPDATE jobs SET state = 'waiting', attempts = attempts - 1 WHERE state = 'running'")
