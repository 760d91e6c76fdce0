"""The load: a program that asks a server on this machine as a plan says, and notes when each answer was complete.

It runs in a process of its own and does little beyond receiving, so that it is no bottleneck of what it measures.
The plan comes as JSON on standard input, the answers leave as JSON on standard output: see `listeners`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import deque
from contextlib import suppress
from functools import partial
from time import monotonic

import uvloop

BUFFER = 1 << 18
LEAD = 0.2  # seconds from the reading of the plan to its beginning
PATIENCE = 90.0  # seconds after the last request's time within which all answers must have come
NICENESS = -10
FAILED = 0  # in place of a status where no whole answer came
Noted = tuple[int, float, float, float, int]
"""Whose request, when it was due, how much later the load asked, how long it took (all in s), and its status."""


class Listener(asyncio.BufferedProtocol):
    """One kept connection, and what is to be asked on it: (when, address), one after the other, never before its time.

    An answer's time is counted from when it was asked for; where that had to wait for the answer before it, from when
    it was due. What the load itself was late with is told apart.
    """

    _shared = memoryview(bytearray(BUFFER))  # what arrives is counted and thrown away

    def __init__(self, number: int, asks: list[tuple[float, str]], begin: float, load: Load) -> None:
        self._number, self._begin, self._load = number, begin, load
        self._asks = deque(asks)
        self._left = -1  # bytes of the answer that are still to come; -1 while its head is
        self._head = b""
        self._status = FAILED
        self._since = begin

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._wait()

    def _wait(self) -> None:
        if not self._asks:
            self._transport.close()
            return
        early = self._begin + self._asks[0][0] - monotonic()
        if early > 0:
            asyncio.get_running_loop().call_later(early, self._ask_on_time)
        else:
            self._ask(since=monotonic() + early)

    def _ask_on_time(self) -> None:
        self._ask(since=monotonic())

    def _ask(self, since: float) -> None:
        self._since = since
        self._head, self._left = b"", -1
        self._transport.write(f"GET {self._asks[0][1]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._shared

    def buffer_updated(self, nbytes: int) -> None:
        if self._left < 0:
            self._head += bytes(self._shared[:nbytes])
            head, found, rest = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            self._status = int(head[9:12])
            self._left = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            nbytes = len(rest)
        self._left -= nbytes
        if self._left == 0:
            self._note(self._status)
            self._wait()

    def _note(self, status: int) -> None:
        due, _ = self._asks.popleft()
        self._load.note(self._number, due, self._since - self._begin - due, monotonic() - self._since, status)

    def connection_lost(self, error: Exception | None) -> None:
        while self._asks:
            self._note(FAILED)


class Load:
    """A plan being carried out."""

    def __init__(self, port: int, plan: list[list[tuple[float, str]]]) -> None:
        self._port, self._plan = port, plan
        self._answers: list[Noted] = []
        self._expected = sum(map(len, plan))
        self._done = asyncio.Event()

    def note(self, *noted: *Noted) -> None:
        self._answers.append(noted)
        if len(self._answers) == self._expected:
            self._done.set()

    async def run(self) -> list[Noted]:
        """Carry it out; returns what became of every request."""
        loop = asyncio.get_running_loop()
        begin = monotonic() + LEAD
        for number, asks in enumerate(self._plan):
            loop.call_later(LEAD + asks[0][0], self._connect, number, begin)
        last = max(asks[-1][0] for asks in self._plan)
        async with asyncio.timeout(LEAD + last + PATIENCE):
            await self._done.wait()
        return self._answers

    def _connect(self, number: int, begin: float) -> None:
        listener = partial(Listener, number, self._plan[number], begin, self)
        task = asyncio.ensure_future(asyncio.get_running_loop().create_connection(listener, "127.0.0.1", self._port))
        task.add_done_callback(partial(self._connected, number))

    def _connected(self, number: int, task: asyncio.Task[object]) -> None:
        if task.exception() is not None:
            for due, _ in self._plan[number]:
                self.note(number, due, 0.0, 0.0, FAILED)


async def main() -> None:
    """Read the plan, carry it out, and write down what came."""
    with suppress(PermissionError):  # on another machine it would not wait for what the server does with this one
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    order = json.load(sys.stdin)
    json.dump(await Load(order["port"], order["plan"]).run(), sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
