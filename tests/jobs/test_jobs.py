from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mediaserver.base import clock
from mediaserver.base.db import Database
from mediaserver.base.errors import NotFound
from mediaserver.jobs import jobs
from mediaserver.jobs.jobs import ATTEMPTS, Job, Listener
from tests.jobs.counting import count_open


@dataclass(frozen=True)
class Came:
    id: str


@dataclass(frozen=True)
class Went:
    id: str


async def nothing(fact: Any) -> None:
    raise AssertionError("nobody works here")


def listen(db: Database, *listeners: Listener) -> None:
    db.announce_through(jobs.announcer(listeners))


async def announce(db: Database, *facts: object) -> None:
    await db.write(lambda tx: [tx.announce(fact) for fact in facts])


async def claim(db: Database) -> Job:
    job = await db.write(jobs.claim)
    assert job is not None
    return job


async def states(db: Database) -> list[str]:
    return await db.read(lambda r: r.column("SELECT state FROM jobs ORDER BY id"))


async def test_each_listener_of_a_fact_gets_a_job(db: Database) -> None:
    listen(
        db,
        Listener("a", Came, nothing),
        Listener("b", Came, nothing),
        Listener("c", Went, nothing),
    )
    await announce(db, Came("x"), "a fact that nobody listens to")
    kept = [await claim(db), await claim(db)]
    assert sorted(job.listener for job in kept) == ["a", "b"]
    assert {job.fact for job in kept} == {'{"id":"x"}'}
    assert await db.write(jobs.claim) is None


async def test_jobs_are_lost_together_with_their_change(db: Database) -> None:
    listen(db, Listener("a", Came, nothing))

    def fail(tx: Any) -> None:
        tx.announce(Came("x"))
        raise NotFound("no")

    with pytest.raises(NotFound):
        await db.write(fail)
    assert await db.read(count_open) == 0


async def test_lower_priorities_go_first(db: Database) -> None:
    listen(
        db,
        Listener("late", Came, nothing, 9),
        Listener("soon", Came, nothing, 1),
        Listener("then", Came, nothing),
    )
    await announce(db, Came("x"))
    assert [(await claim(db)).listener for _ in range(3)] == ["soon", "then", "late"]


async def test_a_job_is_claimed_once_and_forgotten_when_done(db: Database) -> None:
    listen(db, Listener("a", Came, nothing))
    assert not await db.read(jobs.some_due)
    await announce(db, Came("x"))
    assert await db.read(jobs.some_due)
    job = await claim(db)
    assert job.attempts == 1
    assert not await db.read(jobs.some_due)
    assert await db.read(count_open) == 1
    await db.write(jobs.finish, job)
    assert await db.read(count_open) == 0
    assert await states(db) == []


async def test_a_failing_job_comes_later_each_time_and_is_dead_in_the_end(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(db, Listener("a", Came, nothing))
    await announce(db, Came("x"))
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    waits = []
    for attempt in range(1, ATTEMPTS + 1):
        job = await claim(db)
        assert job.attempts == attempt
        await db.write(jobs.fail, job, "x" * 5000)
        assert await db.write(jobs.claim) is None
        assert not await db.read(jobs.some_due)
        due = await db.read(lambda r: r.value("SELECT due_at FROM jobs"))
        waits.append(due - moment)
        moment = due
    assert waits == [2 * clock.SECOND * 2**n for n in range(ATTEMPTS)]
    assert await db.write(jobs.claim) is None
    assert await states(db) == ["dead"]
    assert await db.read(count_open) == 0
    assert await db.read(lambda r: r.value("SELECT error FROM jobs")) == "x" * 1000


async def test_orphans_go_back_as_attempts_and_what_is_handed_back_in_order_does_not_count(db: Database) -> None:
    listen(db, Listener("a", Came, nothing))
    await announce(db, Came("x"))
    assert (await claim(db)).attempts == 1
    await db.write(jobs.requeue_orphans)
    assert (await claim(db)).attempts == 2
    await db.write(jobs.hand_back)
    assert (await claim(db)).attempts == 2


async def test_while_a_listener_waits_only_what_is_more_urgent_has_its_turn(db: Database) -> None:
    waits = True
    listeners = [
        Listener("soon", Came, nothing, 4),
        Listener("held", Came, nothing, 7, waits=lambda r: waits),
        Listener("late", Came, nothing, 9),
    ]
    listen(db, *listeners)
    await announce(db, Came("x"))
    job = await db.write(jobs.claim, listeners)
    assert job is not None
    assert job.listener == "soon"
    assert await db.write(jobs.claim, listeners) is None
    assert not await db.read(jobs.some_due, listeners)
    waits = False
    assert await db.read(jobs.some_due, listeners)
    claimed = [await db.write(jobs.claim, listeners) for _ in range(2)]
    assert [each and each.listener for each in claimed] == ["held", "late"]


async def test_a_clock_that_was_ahead_holds_no_job_up(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    listen(db, Listener("a", Came, nothing))
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment + 365 * clock.DAY)
    await announce(db, Came("x"))
    monkeypatch.setattr(clock, "now", lambda: moment)
    await claim(db)


async def test_a_job_that_is_put_off_counts_as_not_begun(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    listen(db, Listener("a", Came, nothing))
    await announce(db, Came("x"))
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for _ in range(3 * ATTEMPTS):
        job = await claim(db)
        assert job.attempts == 1
        await db.write(jobs.postpone, job, 300, "The disk is full.")
        assert await db.write(jobs.claim) is None
        moment += 300 * clock.SECOND
