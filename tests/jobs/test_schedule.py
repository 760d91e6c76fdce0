from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mediaserver.jobs.schedule import Chore, Schedule
from tests import running


class Doing:
    """A chore that counts, and fails as often as it is told to."""

    def __init__(self, failures: int = 0, waits: bool = False) -> None:
        self.count = 0
        self._failures = failures
        self._waits = waits

    async def do(self) -> None:
        self.count += 1
        if self.count <= self._failures:
            raise OSError("the disk is gone")
        if self._waits:
            await asyncio.Event().wait()

    def reached(self, count: int) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            return self.count >= count

        return look


async def test_a_chore_is_done_at_the_start_and_again_and_again() -> None:
    often, seldom = Doing(), Doing()
    schedule = Schedule([Chore("often", 0.001, often.do), Chore("seldom", 3600, seldom.do)])
    schedule.start()
    await running.until(often.reached(5))
    assert seldom.count == 1
    await schedule.stop()
    count = often.count
    await asyncio.sleep(0.01)
    assert often.count == count


async def test_one_that_fails_is_tried_again_and_one_that_hangs_holds_none_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fails, hangs = Doing(failures=2), Doing(waits=True)
    schedule = Schedule([Chore("hangs", 0.001, hangs.do), Chore("fails", 0.001, fails.do)])
    schedule.start()
    await running.until(fails.reached(4))
    await schedule.stop()
    assert hangs.count == 1
    assert [each.message for each in caplog.records] == ["the chore fails failed"] * 2
