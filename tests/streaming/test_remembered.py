from __future__ import annotations

import asyncio

import pytest

from mediaserver.base import clock
from mediaserver.base.errors import NotFound
from mediaserver.streaming.remembered import LONGEST, Remembered


class Shop:
    """What is read, how often, and how fast."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.value: str | None = "old"
        self.reads = 0
        self.now = 1_000_000
        self.open = asyncio.Event()
        self.open.set()
        monkeypatch.setattr(clock, "now", lambda: self.now)

    async def read(self, id: str) -> str:
        self.reads += 1
        value = self.value
        await self.open.wait()
        if value is None:
            raise NotFound("There is no such thing.")
        return f"{id} {value}"


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(monkeypatch)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_is_read_once_and_by_each_name(shop: Shop) -> None:
    things = Remembered(shop.read)
    assert await asyncio.gather(*(things.get("a") for _ in range(10))) == ["a old"] * 10
    assert await things.get("b") == "b old"
    assert shop.reads == 2


async def test_a_change_holds_at_once_where_it_is_told(shop: Shop) -> None:
    things = Remembered(shop.read)
    await things.get("a")
    shop.value = "new"
    assert await things.get("a") == "a old"
    things.forget("a")
    assert await things.get("a") == "a new"


async def test_nobody_joins_a_reading_that_began_before_the_change(shop: Shop) -> None:
    things = Remembered(shop.read)
    shop.open.clear()
    early = asyncio.create_task(things.get("a"))
    await settle()
    shop.value = "new"
    things.forget("a")
    late = asyncio.create_task(things.get("a"))
    await settle()
    shop.open.set()
    assert (await early, await late) == ("a old", "a new")
    assert await things.get("a") == "a new"


async def test_nothing_too_old_is_answered(shop: Shop) -> None:
    things = Remembered(shop.read)
    await things.get("a")
    shop.value = "new"
    shop.now += LONGEST + 1
    assert await things.get("a") == "a new"


async def test_what_is_in_use_is_renewed_beside(shop: Shop) -> None:
    things = Remembered(shop.read)
    await things.get("a")
    shop.value = "new"
    shop.now += LONGEST
    assert await things.get("a") == "a old"
    await settle()
    assert await things.get("a") == "a new"
    assert shop.reads == 2


async def test_a_clock_that_was_set_back_makes_nothing_last(shop: Shop) -> None:
    things = Remembered(shop.read)
    await things.get("a")
    shop.value = "new"
    shop.now -= clock.HOUR
    assert await things.get("a") == "a new"


async def test_a_failure_is_told_and_not_remembered(shop: Shop) -> None:
    things = Remembered(shop.read)
    shop.value = None
    for _ in range(2):
        with pytest.raises(NotFound):
            await things.get("a")
    shop.value = "new"
    assert await things.get("a") == "a new"
    shop.value = None
    shop.now += LONGEST + 1
    with pytest.raises(NotFound):
        await things.get("a")
