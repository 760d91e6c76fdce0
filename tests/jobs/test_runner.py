from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base import clock
from mediaserver.base.db import Database, Tx, open_database
from mediaserver.base.errors import NotFound, StorageFull, TooBusy
from mediaserver.base.paths import DataFolder, Lock
from mediaserver.jobs import jobs, runner
from mediaserver.jobs.jobs import ATTEMPTS, Listener
from mediaserver.jobs.runner import Runner
from tests.jobs.counting import count_open
from tests.running import PATIENCE

WORK_UNTIL_KILLED = """
import asyncio, sys
from dataclasses import dataclass
from pathlib import Path
from mediaserver.base.db import open_database
from mediaserver.base.paths import Lock
from mediaserver.jobs.jobs import Listener
from mediaserver.jobs.runner import Runner

@dataclass
class Came:
    id: str

async def handle(fact):
    print(fact.id, flush=True)
    await asyncio.Event().wait()

async def main():
    db = await open_database(Path(sys.argv[1]))
    Runner(db, Lock(Path(sys.argv[2])), [Listener("a", Came, handle)], 2).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""
ANNOUNCE = """
import asyncio, sys
from dataclasses import dataclass
from pathlib import Path
from mediaserver.base.db import open_database
from mediaserver.jobs import jobs, runner

@dataclass
class Came:
    id: str

async def main():
    db = await open_database(Path(sys.argv[1]))
    db.announce_through(jobs.announcer([jobs.Listener("a", Came, None)]))
    await db.write(lambda tx: tx.announce(Came("from elsewhere")))
    await db.close()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Came:
    id: str


class Worker:
    """A handler that writes down what it is given, and does with it what the test says."""

    def __init__(self, act: Callable[[str], Awaitable[None]] | None = None) -> None:
        self.seen: list[str] = []
        self.given_up: list[str] = []
        self._act = act

    async def __call__(self, fact: Came) -> None:
        self.seen.append(fact.id)
        if self._act:
            await self._act(fact.id)

    async def give_up(self, fact: Came) -> None:
        self.given_up.append(fact.id)

    @property
    def listener(self) -> Listener:
        return Listener("a", Came, self, give_up=self.give_up)


@asynccontextmanager
async def running(db: Database, folder: DataFolder, *workers: Worker, width: int = 2) -> AsyncIterator[Runner]:
    runner = Runner(db, Lock(folder.runner_lock), [worker.listener for worker in workers], width)
    runner.start()
    try:
        yield runner
    finally:
        await runner.stop()


async def announce(db: Database, *names: str) -> None:
    db.announce_through(jobs.announcer([Worker().listener]))
    await db.write(lambda tx: [tx.announce(Came(name)) for name in names])


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass: what failed is not due again before the test says so."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)


async def until(condition: Callable[[], Any]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def until_open(db: Database, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await db.read(count_open) != count:
            await asyncio.sleep(0.01)


async def states(db: Database) -> list[str]:
    return await db.read(lambda r: r.column("SELECT state FROM jobs"))


async def make_due(db: Database) -> None:
    """Make every job due, and wake the runner."""
    db.announce_through(lambda tx, facts: None)
    await db.write(lambda tx: (tx.run("UPDATE jobs SET due_at = 0"), tx.announce(Came("due"))))


def is_free(path: Path) -> bool:
    lock = Lock(path)
    free = lock.acquire()
    lock.release()
    return free


async def forever(name: str) -> None:
    await asyncio.Event().wait()


async def test_facts_become_jobs_and_jobs_are_done(db: Database, folder: DataFolder) -> None:
    worker = Worker()
    await announce(db, "before")
    async with running(db, folder, worker):
        await until(lambda: worker.seen == ["before"])
        await announce(db, *"abcdefgh")
        await until_open(db, 0)
    assert sorted(worker.seen) == sorted([*"abcdefgh", "before"])


async def test_no_more_than_its_width_at_a_time(db: Database, folder: DataFolder) -> None:
    go, now, most = asyncio.Event(), 0, 0

    async def act(name: str) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await go.wait()
        now -= 1

    worker = Worker(act)
    await announce(db, *"abcdefgh")
    async with running(db, folder, worker, width=3):
        await until(lambda: len(worker.seen) == 3)
        go.set()
        await until_open(db, 0)
    assert most == 3
    assert sorted(worker.seen) == [*"abcdefgh"]


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("error", [NotFound("not there"), ValueError("odd"), StopAsyncIteration()])
async def test_a_failing_handler_is_tried_again_then_dead_and_the_others_go_on(
    db: Database, folder: DataFolder, error: Exception
) -> None:
    async def act(name: str) -> None:
        if name == "bad":
            raise error

    worker = Worker(act)
    async with running(db, folder, worker):
        await announce(db, "bad", "good")
        for attempt in range(1, ATTEMPTS + 1):
            await until(lambda attempt=attempt: worker.seen.count("bad") == attempt)
            await until_open(db, 1 if attempt < ATTEMPTS else 0)
            async with asyncio.timeout(PATIENCE):
                while await db.read(lambda r: r.value("SELECT 1 FROM jobs WHERE state = 'running'")):
                    await asyncio.sleep(0.01)
            await make_due(db)
        await until(lambda: worker.given_up == ["bad"])
    assert worker.seen.count("good") == 1
    assert worker.seen.count("bad") == ATTEMPTS
    kept = await db.read(lambda r: r.all(dict, "SELECT state, error FROM jobs"))
    assert kept == [{"state": "dead", "error": f"{type(error).__name__}: {error}"}]


@pytest.mark.usefixtures("still")
async def test_a_job_that_nobody_here_knows_does_not_stop_the_rest(db: Database, folder: DataFolder) -> None:
    worker = Worker()
    await announce(db, "unknown", "broken", "good")
    await db.write(lambda tx: tx.run("UPDATE jobs SET listener = 'gone' WHERE fact LIKE '%unknown%'"))
    await db.write(lambda tx: tx.run("UPDATE jobs SET fact = '{' WHERE fact LIKE '%broken%'"))
    async with running(db, folder, worker):
        await until(lambda: worker.seen == ["good"])
        for attempts in range(1, ATTEMPTS + 1):
            failed = "SELECT COUNT(*) FROM jobs WHERE error IS NOT NULL AND state <> 'running' AND attempts = :a"
            async with asyncio.timeout(PATIENCE):
                while await db.read(lambda r, a=attempts, sql=failed: r.value(sql, a=a)) != 2:
                    await asyncio.sleep(0.01)
            await make_due(db)
        await announce(db, "last")
        await until(lambda: worker.seen == ["good", "last"])
    assert await states(db) == ["dead", "dead"]


async def test_only_one_of_two_runners_works_and_the_other_takes_over(db: Database, folder: DataFolder) -> None:
    first, second = Worker(), Worker()
    other = await open_database(folder.database)
    async with running(other, folder, second):
        await announce(db, "0")
        await until(lambda: second.seen == ["0"])
        async with running(db, folder, first):
            await announce(db, *"abcd")
            await until(lambda: len(second.seen) == 5)
            assert first.seen == []
    await other.close()
    async with running(db, folder, first):
        await announce(db, "late")
        await until(lambda: first.seen == ["late"])


async def test_a_waiting_runner_takes_its_turn(db: Database, folder: DataFolder) -> None:
    worker, lock = Worker(), Lock(folder.runner_lock)
    assert lock.acquire()
    async with running(db, folder, worker):
        await announce(db, "x")
        await asyncio.sleep(0)
        assert worker.seen == []
        lock.release()
        await until(lambda: worker.seen == ["x"])


async def test_stop_gives_a_running_job_back(db: Database, folder: DataFolder) -> None:
    stuck, next_one = Worker(forever), Worker()
    await announce(db, "x")
    async with running(db, folder, stuck) as runner:
        await until(lambda: stuck.seen == ["x"])
        async with asyncio.timeout(PATIENCE):
            await runner.stop()
        assert is_free(folder.runner_lock)
    async with running(db, folder, next_one):
        await until(lambda: next_one.seen == ["x"])
        await until_open(db, 0)


async def test_stop_is_not_lost_when_a_fact_comes_at_the_same_moment(db: Database, folder: DataFolder) -> None:
    for _ in range(5):
        worker = Worker()
        async with running(db, folder, worker) as runner:
            await announce(db, "x")
            await until(lambda worker=worker: worker.seen == ["x"])
            await until_open(db, 0)
            await asyncio.sleep(0.01)
            runner._notice(Came("at once"))
            async with asyncio.timeout(PATIENCE):
                await runner.stop()


async def test_what_a_killed_runner_was_at_is_done_by_the_next(db: Database, folder: DataFolder) -> None:
    await announce(db, "x")
    command = [sys.executable, "-c", WORK_UNTIL_KILLED, str(folder.database), str(folder.runner_lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "x\n"
        worker = Worker()
        async with running(db, folder, worker):
            assert worker.seen == []
            os.kill(process.pid, signal.SIGKILL)
            await until(lambda: worker.seen == ["x"])
            await until_open(db, 0)


async def test_jobs_that_another_process_adds_are_seen(db: Database, folder: DataFolder) -> None:
    worker = Worker()
    async with running(db, folder, worker):
        command = [sys.executable, "-c", ANNOUNCE, str(folder.database)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        await until(lambda: worker.seen == ["from elsewhere"])


async def test_a_locked_database_at_the_start_is_waited_out(db: Database, folder: DataFolder) -> None:
    worker = Worker()
    await announce(db, "x")
    await db.write(lambda tx: tx.value("PRAGMA busy_timeout=10"))
    other = await open_database(folder.database)
    go = asyncio.Event()
    loop = asyncio.get_running_loop()
    held = asyncio.Event()

    def hold(tx: Any) -> None:
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result(PATIENCE)

    holding = asyncio.create_task(other.write(hold))
    await held.wait()
    async with running(db, folder, worker):
        try:
            await until(lambda: not is_free(folder.runner_lock))
            # The runner's write and ours wait in one queue: once ours is refused, so is its.
            with pytest.raises(TooBusy):
                await db.write(lambda tx: None)
        finally:
            go.set()
        await holding
        await until(lambda: worker.seen == ["x"])
    await other.close()


async def test_what_kills_every_process_is_given_up(db: Database, folder: DataFolder) -> None:
    worker = Worker()
    await announce(db, "deadly", "good")
    deadly = "UPDATE jobs SET attempts = :attempts WHERE fact LIKE '%deadly%'"
    await db.write(lambda tx: tx.run(deadly, attempts=jobs.DEADLY))
    async with running(db, folder, worker):
        await until(lambda: worker.given_up == ["deadly"] and worker.seen == ["good"])
    assert await states(db) == ["dead"]


async def test_what_the_server_cannot_do_now_is_put_off_and_not_given_up(
    db: Database, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, full = clock.now(), True

    async def act(name: str) -> None:
        if full:
            raise StorageFull

    monkeypatch.setattr(clock, "now", lambda: moment)
    worker = Worker(act)
    async with running(db, folder, worker):
        await announce(db, "x")
        for attempt in range(1, ATTEMPTS + 3):
            await until(lambda: len(worker.seen) == attempt)  # noqa: B023 - is waited for at once
            await until_waiting(db)
            moment += 301 * clock.SECOND
        full = False
        await until_open(db, 0)
    assert worker.given_up == []
    assert await db.read(lambda r: r.column("SELECT state FROM jobs")) == []


async def until_waiting(db: Database) -> None:
    async with asyncio.timeout(PATIENCE):
        while await db.read(lambda r: r.value("SELECT state FROM jobs WHERE state = 'running'")) is not None:
            await asyncio.sleep(0.01)


async def test_a_failure_is_written_down_as_soon_as_that_can_be(
    db: Database, folder: DataFolder, still: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full for a while leaves no job marked as running for good."""
    monkeypatch.setattr(runner, "_AGAIN", 0.01)
    failures, fail = [], jobs.fail

    def fail_late(tx: Tx, job: jobs.Job, error: str) -> None:
        failures.append(error)
        if len(failures) < 3:
            raise StorageFull
        fail(tx, job, error)

    async def act(name: str) -> None:
        raise ValueError(name)

    monkeypatch.setattr(jobs, "fail", fail_late)
    async with running(db, folder, Worker(act)):
        await announce(db, "x")
        await until(lambda: len(failures) == 3)
        await until_waiting(db)
        assert await db.read(lambda r: r.value("SELECT attempts FROM jobs WHERE state = 'waiting'")) == 1
