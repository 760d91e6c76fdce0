"""The runner: works the jobs off, several at a time, in the one process that holds the folder's lock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Concatenate, ParamSpec

from mediaserver.base import decoders
from mediaserver.base.db import Database, Tx
from mediaserver.base.errors import Problem, TooBusy
from mediaserver.base.paths import Lock
from mediaserver.jobs import jobs
from mediaserver.jobs.jobs import Job, Listener

P = ParamSpec("P")

_log = logging.getLogger(__name__)
_AGAIN = 5.0  # seconds between attempts to write down what became of a job
_LOOK = 0.5  # seconds between looks for what another process has put into the table


class Runner:
    """Runs from `start` to `stop`. While another process holds the lock it waits for its turn."""

    def __init__(self, db: Database, lock: Lock, listeners: Iterable[Listener], width: int) -> None:
        """Take at most `width` jobs at a time."""
        self._db = db
        self._lock = lock
        self._listeners = {listener.name: listener for listener in listeners}
        self._width = width
        self._slots = asyncio.Semaphore(width)
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        for listener in self._listeners.values():
            db.watch(listener.fact, self._notice)

    def start(self) -> None:
        """Begin to work, on the running event loop."""
        self._slots = asyncio.Semaphore(self._width)  # who was stopped while looking for a job held a place
        self._loop = asyncio.create_task(self._work(), name="job-runner")

    async def stop(self) -> None:
        """Take no more jobs, give those that run up (they are run again at the next start), release the lock."""
        tasks = [task for task in (self._loop, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._lock.held:
            await self._hand_back()
            self._lock.release()

    async def _hand_back(self) -> None:
        try:
            await self._db.write(jobs.hand_back)
        except Problem as problem:  # the next runner takes them for a killed process's, which costs them an attempt
            _log.warning("cannot hand jobs back: %s", problem)

    def _notice(self, fact: object) -> None:
        self._wake.set()

    async def _work(self) -> None:
        while not self._lock.acquire():  # noqa: ASYNC110 - the lock is another process's: no event tells of it
            await asyncio.sleep(_LOOK)
        await self._take_over()
        while True:
            await self._slots.acquire()
            job = await self._next()
            task = asyncio.create_task(self._run(job), name=f"job-{job.listener}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _take_over(self) -> None:
        while True:
            try:
                return await self._db.write(jobs.requeue_orphans)
            except Exception as error:  # noqa: BLE001 - whatever it is, background work must not end with it
                _log.warning("cannot take jobs over", exc_info=error)
                await asyncio.sleep(_LOOK)

    async def _next(self) -> Job:
        while True:
            self._wake.clear()
            try:
                listeners = self._listeners.values()
                if await self._db.read(jobs.some_due, listeners) and (
                    job := await self._db.write(jobs.claim, listeners)
                ):
                    return job
            except Exception as error:  # noqa: BLE001 - whatever it is, background work must not end with it
                _log.warning("cannot look for jobs", exc_info=error)
            # Not wait_for: up to Python 3.11 it loses a cancellation that comes together with the wake.
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._wake.wait()

    async def _run(self, job: Job) -> None:
        try:
            await self._handle(job)
            await self._db.write(jobs.finish, job)
        except TooBusy as problem:
            _log.warning("job %s is put off for %d seconds: %s", job.listener, problem.retry_after, problem)
            await self._insist(jobs.postpone, job, problem.retry_after, str(problem))
        except Exception as error:  # noqa: BLE001 - a job's failure is written down with the job, and tried again
            _log.warning("job %s failed at attempt %d", job.listener, job.attempts, exc_info=error)
            await self._give_back(job, error)
        finally:
            self._slots.release()

    async def _give_back(self, job: Job, error: Exception) -> None:
        if job.attempts >= jobs.ATTEMPTS:  # first, for a process killed after that does not come back to a dead job
            await self._give_up(job)
        await self._insist(jobs.fail, job, f"{type(error).__name__}: {error}")

    async def _insist(self, unit: Callable[Concatenate[Tx, P], None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Write down what became of a job, however long the disk is full: else it would be marked as running."""
        while True:
            try:
                return await self._db.write(unit, *args, **kwargs)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the next time may go well
                _log.error("cannot put a job back", exc_info=failure)
                await asyncio.sleep(_AGAIN)

    async def _give_up(self, job: Job) -> None:
        listener = self._listeners.get(job.listener)
        if listener is None or listener.give_up is None:
            return
        try:
            await listener.give_up(decoders.from_json(job.fact, listener.fact))
        except Exception as error:  # noqa: BLE001 - the job is as good as dead, and the runner goes on
            _log.error("job %s could not be given up in order", job.listener, exc_info=error)

    async def _handle(self, job: Job) -> None:
        if job.attempts > jobs.DEADLY:
            raise RuntimeError(f"begun {job.attempts} times and never ended")
        listener = self._listeners[job.listener]
        await listener.handle(decoders.from_json(job.fact, listener.fact))
