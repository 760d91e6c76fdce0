"""The schedule: chores that are done again and again, so that what is due at a moment happens, and what was missed too.

A chore looks for itself at what is due. It must be safe to do at any time, and in two processes at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds, and at the start."""

    name: str
    every: float
    do: Callable[[], Awaitable[None]]


class Schedule:
    """Does chores from `start` to `stop`, each one by itself: a slow one holds no other up."""

    def __init__(self, chores: Iterable[Chore]) -> None:
        self._chores = tuple(chores)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._tasks = [asyncio.create_task(_keep_doing(chore), name=f"chore-{chore.name}") for chore in self._chores]

    async def stop(self) -> None:
        """Give up what is being done; it is done again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _keep_doing(chore: Chore) -> None:
    while True:
        try:
            await chore.do()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next time may go well
            _log.warning("the chore %s failed", chore.name, exc_info=error)
        await asyncio.sleep(chore.every)
