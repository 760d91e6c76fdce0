"""The look after delivery hosts: each is asked every few seconds whether it is there, so that steering knows.

A host that fails once is given as the last, and one that answers again stands in its old place at the next look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout

from mediaserver.streaming.steering import Pathway, Steering

_log = logging.getLogger(__name__)
EVERY = 5.0  # seconds between two looks
PATIENCE = 2.0  # seconds that a host has to answer in


@asynccontextmanager
async def watching(steering: Steering) -> AsyncIterator[None]:
    """Look after the hosts for as long as the block lasts; it begins when each has been looked at once."""
    if not steering.has_choice:
        yield
        return
    async with ClientSession(timeout=ClientTimeout(PATIENCE)) as http:
        await _look(http, steering)
        task = asyncio.create_task(_keep_looking(http, steering), name="steering")
        task.add_done_callback(_note_failure)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _note_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("nobody looks after the delivery hosts any more", exc_info=error)


async def _keep_looking(http: ClientSession, steering: Steering) -> None:
    while True:
        await asyncio.sleep(EVERY)
        await _look(http, steering)


async def _look(http: ClientSession, steering: Steering) -> None:
    before = steering.priority()
    await asyncio.gather(*(_look_at(http, steering, pathway) for pathway in steering.pathways))
    if steering.priority() != before:
        _log.warning("delivery hosts are asked in this order now: %s", ", ".join(steering.priority()))


async def _look_at(http: ClientSession, steering: Steering, pathway: Pathway) -> None:
    try:
        async with http.get(f"{pathway.base}/healthz", allow_redirects=False) as response:
            steering.note(pathway, well=response.status == 200)
    except (ClientError, TimeoutError, OSError):
        steering.note(pathway, well=False)
