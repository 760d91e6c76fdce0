from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from mediaserver.base.errors import NotFound, TooBusy
from mediaserver.base.pool import Closing, Pool, Priority, SingleFlight
from tests.running import PATIENCE

LISTENER, AHEAD, WARM, READING, ANALYSIS = Priority


class Narrow:
    """A pool of one thread a lane, kept busy until it is opened; writes down what it does, in order."""

    def __init__(self, limit: int = 256) -> None:
        self.pool = Pool(1, limit)
        self.done: list[Any] = []
        self.gate = threading.Event()
        self.started = threading.Semaphore(0)
        self.tasks: list[asyncio.Task[Any]] = []

    async def block(self, *priorities: Priority) -> None:
        for priority in sorted(priorities, reverse=True):  # what is less urgent would not begin after the others
            self.ask(priority, self._wait)
        await asyncio.sleep(0)
        for _ in priorities:
            assert await asyncio.to_thread(self.started.acquire, timeout=PATIENCE)

    def ask(self, priority: Priority, function: Callable[..., Any], *args: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.pool.run(priority, function, *args))
        self.tasks.append(task)
        return task

    def note(self, word: Any) -> None:
        self.done.append(word)

    async def finish(self) -> None:
        self.gate.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _wait(self) -> None:
        self.started.release()
        assert self.gate.wait(PATIENCE)


@pytest.fixture
async def narrow() -> AsyncIterator[Narrow]:
    narrow = Narrow(limit=8)
    yield narrow
    narrow.gate.set()
    narrow.pool.close()


def fail(error: BaseException) -> None:
    raise error


async def test_work_gives_its_result(pool: Pool) -> None:
    assert await asyncio.gather(*(pool.run(priority, pow, 2, priority) for priority in Priority)) == [1, 2, 4, 8, 16]


async def test_work_runs_off_the_event_loop(pool: Pool) -> None:
    threads = [await pool.run(priority, threading.get_native_id) for priority in (LISTENER, AHEAD, ANALYSIS)]
    assert len({threading.get_native_id(), *threads}) == 4


async def test_background_work_goes_by_priority_and_then_by_turn(narrow: Narrow) -> None:
    await narrow.block(AHEAD)
    for word, priority in enumerate([WARM, AHEAD, AHEAD, WARM]):
        narrow.ask(priority, narrow.note, word)
    await asyncio.sleep(0)
    await narrow.finish()
    assert narrow.done == [1, 2, 0, 3]


async def test_a_listener_does_not_wait_for_background_work(narrow: Narrow) -> None:
    await narrow.block(ANALYSIS, AHEAD)
    narrow.ask(AHEAD, narrow.note, "ahead")
    await asyncio.wait_for(narrow.pool.run(LISTENER, narrow.note, "listener"), PATIENCE)
    assert narrow.done == ["listener"]
    await narrow.finish()
    assert narrow.done == ["listener", "ahead"]


async def test_reading_ahead_does_not_wait_for_analysis(narrow: Narrow) -> None:
    await narrow.block(ANALYSIS)
    await asyncio.wait_for(narrow.pool.run(WARM, narrow.note, "warm"), PATIENCE)
    assert narrow.done == ["warm"]


async def test_nothing_is_begun_in_the_background_while_listeners_take_all_cores(narrow: Narrow) -> None:
    await narrow.block(LISTENER)
    for priority in (ANALYSIS, AHEAD):
        narrow.ask(priority, narrow.note, priority)
    await asyncio.sleep(0.05)
    assert narrow.done == []
    await narrow.finish()
    assert narrow.done == [AHEAD, ANALYSIS]


async def test_analysis_stands_still_while_listeners_take_all_cores(narrow: Narrow) -> None:
    steps, stepped = threading.Semaphore(0), threading.Semaphore(0)

    def analyse() -> None:
        for _ in range(3):
            assert steps.acquire(timeout=PATIENCE)
            narrow.pool.give_way()
            stepped.release()

    analysis = asyncio.create_task(narrow.pool.run(ANALYSIS, analyse))
    steps.release()
    assert await asyncio.to_thread(stepped.acquire, timeout=PATIENCE)
    await narrow.block(LISTENER)
    steps.release(2)
    assert not await asyncio.to_thread(stepped.acquire, timeout=0.1)
    await narrow.finish()
    await asyncio.wait_for(analysis, PATIENCE)


async def test_close_wakes_what_stands_still() -> None:
    narrow = Narrow()

    def analyse() -> None:
        narrow.started.release()
        while True:
            narrow.pool.give_way()

    analysis = asyncio.create_task(narrow.pool.run(ANALYSIS, analyse))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(narrow.started.acquire, timeout=PATIENCE)
    await narrow.block(LISTENER)
    threading.Timer(0.1, narrow.gate.set).start()
    narrow.pool.close()
    with pytest.raises(Closing):
        await analysis
    await narrow.finish()


async def test_hurried_work_is_done_once_and_by_the_listeners_threads(narrow: Narrow) -> None:
    await narrow.block(AHEAD)
    work = narrow.pool.begin(AHEAD, narrow.note, "hurried")
    narrow.pool.hurry(work, LISTENER)
    await asyncio.wait_for(work.future, PATIENCE)
    await narrow.finish()
    await narrow.pool.run(AHEAD, narrow.note, "after")
    assert narrow.done == ["hurried", "after"]


async def test_work_is_never_slowed_down_and_a_full_queue_does_not_lose_it(narrow: Narrow) -> None:
    await narrow.block(LISTENER, AHEAD)
    for word in range(8):
        narrow.ask(LISTENER, narrow.note, word)
    await asyncio.sleep(0)
    work = narrow.pool.begin(AHEAD, narrow.note, "ahead")
    with pytest.raises(TooBusy):
        narrow.pool.hurry(work, LISTENER)
    narrow.pool.hurry(work, ANALYSIS)
    narrow.gate.set()
    await asyncio.wait_for(work.future, PATIENCE)


async def test_dropped_work_is_never_begun_and_what_is_begun_is_not_dropped(narrow: Narrow) -> None:
    await narrow.block(AHEAD)
    dropped, stayed = [narrow.pool.begin(AHEAD, narrow.note, word) for word in ("dropped", "stayed")]
    dropped.drop()
    narrow.gate.set()
    await asyncio.wait_for(stayed.future, PATIENCE)
    stayed.drop()
    assert dropped.future.cancelled()
    assert stayed.future.done()
    assert narrow.done == ["stayed"]


async def test_a_full_queue_refuses_at_once_and_each_lane_has_its_own(narrow: Narrow) -> None:
    await narrow.block(LISTENER, ANALYSIS)
    for word in range(8):
        narrow.ask(LISTENER, narrow.note, word)
    await asyncio.sleep(0)
    with pytest.raises(TooBusy) as refused:
        await narrow.pool.run(LISTENER, narrow.note, "refused")
    assert refused.value.retry_after > 0
    narrow.ask(WARM, narrow.note, "warm")
    await narrow.finish()
    assert sorted(map(str, narrow.done)) == [*map(str, range(8)), "warm"]
    await narrow.pool.run(LISTENER, narrow.note, "again")


async def test_work_that_nobody_waits_for_is_dropped_and_takes_no_place(narrow: Narrow) -> None:
    await narrow.block(LISTENER)
    left = [narrow.ask(LISTENER, narrow.note, word) for word in range(8)]
    await asyncio.sleep(0)
    for task in left[:7]:
        task.cancel()
    await asyncio.sleep(0)
    for word in "abc":
        narrow.ask(LISTENER, narrow.note, word)
    await asyncio.sleep(0)
    await narrow.finish()
    assert narrow.done == [7, "a", "b", "c"]


async def test_work_that_nobody_waits_for_is_never_begun(narrow: Narrow) -> None:
    await narrow.block(LISTENER, AHEAD, ANALYSIS)
    for priority in (LISTENER, WARM, ANALYSIS):
        left, _ = narrow.ask(priority, narrow.note, "left"), narrow.ask(priority, narrow.note, "stayed")
        await asyncio.sleep(0)
        left.cancel()
    await asyncio.sleep(0)
    await narrow.finish()
    assert narrow.done == ["stayed", "stayed", "stayed"]


async def test_an_asker_who_leaves_while_it_runs_frees_the_thread_afterwards(narrow: Narrow) -> None:
    await narrow.block(LISTENER)
    narrow.tasks[0].cancel()
    await asyncio.gather(*narrow.tasks, return_exceptions=True)
    narrow.gate.set()
    await asyncio.wait_for(narrow.pool.run(LISTENER, narrow.note, "next"), PATIENCE)
    assert narrow.done == ["next"]


@pytest.mark.parametrize("error", [NotFound("gone"), ValueError("odd"), StopIteration(1), Closing()])
async def test_exceptions_come_back_and_the_threads_stay(pool: Pool, error: Exception) -> None:
    for _ in range(2 * pool.workers):
        async with asyncio.timeout(PATIENCE):
            with pytest.raises((type(error), RuntimeError)) as raised:
                await pool.run(LISTENER, fail, error)
        assert error in (raised.value, raised.value.__cause__)
    assert await asyncio.wait_for(pool.run(LISTENER, pow, 2, 2), PATIENCE) == 4


async def test_close_ends_what_runs_and_drops_what_waits() -> None:
    narrow = Narrow()

    def work() -> None:
        narrow.started.release()
        while True:
            narrow.pool.give_way()

    running = asyncio.create_task(narrow.pool.run(ANALYSIS, work))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(narrow.started.acquire, timeout=PATIENCE)
    waiting = asyncio.create_task(narrow.pool.run(ANALYSIS, narrow.note, "waiting"))
    await asyncio.sleep(0)
    narrow.pool.close()
    with pytest.raises(Closing):
        await running
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert narrow.done == []
    for priority in Priority:
        with pytest.raises(Closing):
            await narrow.pool.run(priority, narrow.note, "late")


# Single flight


class Flights:
    """Makes values when it is told to, and counts."""

    def __init__(self) -> None:
        self.single = SingleFlight()
        self.calls = 0
        self.go = asyncio.Event()

    async def make(self) -> object:
        self.calls += 1
        await self.go.wait()
        return object()

    async def fail(self) -> object:
        self.calls += 1
        await self.go.wait()
        raise NotFound("no such thing")

    def ask(self, count: int, make: Callable[[], Any], key: str = "k") -> list[asyncio.Task[Any]]:
        return [asyncio.create_task(self.single.do(key, make)) for _ in range(count)]


async def test_fifty_askers_are_one_call() -> None:
    flights = Flights()
    asked = flights.ask(50, flights.make)
    await asyncio.sleep(0)
    flights.go.set()
    assert len(set(await asyncio.gather(*asked))) == 1
    assert flights.calls == 1
    await flights.single.do("k", flights.make)
    assert flights.calls == 2


async def test_other_keys_are_other_flights() -> None:
    flights = Flights()
    asked = flights.ask(2, flights.make, "a") + flights.ask(2, flights.make, "b")
    flights.go.set()
    assert len(set(await asyncio.gather(*asked))) == 2
    assert flights.calls == 2


@pytest.mark.parametrize("leaving", [0, 1, 9])
async def test_an_asker_who_leaves_does_not_spoil_it_for_the_others(leaving: int) -> None:
    flights = Flights()
    asked = flights.ask(10, flights.make)
    await asyncio.sleep(0)
    asked[leaving].cancel()
    await asyncio.sleep(0)
    flights.go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers.pop(leaving), asyncio.CancelledError)
    assert len(set(answers)) == 1
    assert flights.calls == 1


async def test_work_goes_on_when_everybody_left() -> None:
    flights = Flights()
    asked = flights.ask(3, flights.make)
    await asyncio.sleep(0)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    later = flights.ask(1, flights.make)
    flights.go.set()
    await asyncio.gather(*later)
    assert flights.calls == 1


async def test_a_failure_reaches_every_asker_and_is_not_remembered() -> None:
    flights = Flights()
    asked = flights.ask(5, flights.fail)
    await asyncio.sleep(0)
    flights.go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no such thing"] * 5
    assert flights.calls == 1
    assert await flights.single.do("k", flights.make)
    assert flights.calls == 2
