from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mediaserver.base.errors import Throttled
from mediaserver.base.pool import Pool, Priority
from mediaserver.streaming.workshop import Workshop
from tests.running import PATIENCE, assert_sentence


class Bench:
    """What was made, and what was kept of it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.made: list[str] = []
        self.kept: list[str] = []

    def making(self, name: str) -> Callable[[], str]:
        def make() -> str:
            self.made.append(name)
            return name

        return make

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Every thread that works for listeners, or ahead of them, has something else to do."""
        gate = threading.Event()
        for priority in (Priority.LISTENER, Priority.AHEAD):
            for _ in range(self.pool.workers):
                self.pool.begin(priority, gate.wait, PATIENCE)
        try:
            yield
        finally:
            gate.set()


@pytest.fixture
def bench(pool: Pool) -> Bench:
    return Bench(pool)


def asking(shop: Workshop, bench: Bench, listener: str, name: str) -> asyncio.Task[str]:
    return asyncio.create_task(shop.make(listener, name, bench.making(name), bench.kept.append))


async def leave(*askers: asyncio.Task[str]) -> None:
    await asyncio.sleep(0)
    for asker in askers:
        asker.cancel()
    await asyncio.gather(*askers, return_exceptions=True)


async def test_many_askers_cause_one_piece_of_work(pool: Pool, bench: Bench) -> None:
    shop = Workshop(pool, 0)
    with bench.held_up():
        asked = [asking(shop, bench, f"listener {n}", "piece") for n in range(50)]
        await asyncio.sleep(0)
    assert set(await asyncio.gather(*asked)) == {"piece"}
    assert bench.made == bench.kept == ["piece"]


async def test_what_everybody_who_asked_has_left_is_not_made(pool: Pool, bench: Bench) -> None:
    shop = Workshop(pool, 2)
    with bench.held_up():
        for n in range(100):
            await leave(asking(shop, bench, "ann", f"piece {n}"))
        last = asking(shop, bench, "ann", "last")
        await asyncio.sleep(0)
    assert await last == "last"
    assert bench.made == ["last"]


async def test_it_is_made_as_long_as_one_is_left(pool: Pool, bench: Bench) -> None:
    shop = Workshop(pool, 0)
    with bench.held_up():
        staying, leaving = (asking(shop, bench, who, "piece") for who in ("ann", "bob"))
        await leave(leaving)
    assert await staying == "piece"


async def test_who_asks_for_what_is_just_being_dropped_gets_it(pool: Pool, bench: Bench) -> None:
    shop = Workshop(pool, 0)
    with bench.held_up():
        work = shop.begin("piece", Priority.AHEAD, bench.making("piece"), bench.kept.append)
        work.hold()
        asked = asking(shop, bench, "ann", "piece")
        work.release()
        await asyncio.sleep(0)
    assert await asked == "piece"
    assert bench.made == ["piece"]


async def test_what_two_want_made_ahead_is_made_when_one_turns_away(pool: Pool, bench: Bench) -> None:
    shop = Workshop(pool, 0)
    with bench.held_up():
        works = [shop.begin("piece", Priority.AHEAD, bench.making("piece"), bench.kept.append) for _ in range(2)]
        for work in works:
            work.hold()
        works[0].release()
    assert await works[1].future == "piece"


async def test_nobody_waits_for_more_than_the_limit(pool: Pool, bench: Bench) -> None:
    shop = Workshop(pool, 2)
    with bench.held_up():
        asked = [asking(shop, bench, "ann", name) for name in ("one", "two", "two")]
        await asyncio.sleep(0)
        with pytest.raises(Throttled) as refused:
            await asking(shop, bench, "ann", "three")
        assert_sentence(str(refused.value))
        asked.append(asking(shop, bench, "bob", "three"))
        await asyncio.sleep(0)
    assert await asyncio.gather(*asked) == ["one", "two", "two", "three"]
    assert await asking(shop, bench, "ann", "three") == "three"
