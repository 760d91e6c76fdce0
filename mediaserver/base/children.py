"""Disposable child processes: where work is done that a stranger's file may turn into a crash or an endless loop.

A child is used again and again, since it takes a fifth of a second to start, and thrown away at the first misbehaviour.
Its answers are data of an expected shape and never code: whoever has taken a child over has no way from there.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

import msgspec
import numpy as np

from mediaserver.base import child, decoders
from mediaserver.base.child import Tell
from mediaserver.base.errors import Forbidden, Invalid, NotFound, Problem, TooLarge, Unsupported
from mediaserver.base.pool import Closing

T = TypeVar("T")

_USES = 2000  # errands, after which a child is replaced: what a library leaks goes with it
_IDLE = 60.0  # seconds, after which a child that nobody needed is let go
_BLOCK = 2**16
_SENTENCE = 1000  # characters
_PROBLEMS = {kind.code: kind for kind in (Forbidden, Invalid, NotFound, TooLarge, Unsupported)}
_KEPT_FROM_IT = "MEDIASERVER_"


class Misdeed(StrEnum):
    """What a child was thrown away for."""

    CRASHED = "crashed"
    ENDLESS = "endless"  # too much CPU time, or silent for too long
    GREEDY = "greedy"  # too much memory
    FLOODING = "flooding"  # too large an answer, or none that can be read


class Misbehaved(Exception):
    """An errand was the end of its child."""

    def __init__(self, misdeed: Misdeed) -> None:
        super().__init__(misdeed)
        self.misdeed = misdeed


class Failed(Exception):
    """The program made a mistake in a child; the message is the child's trace."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one errand may take: seconds of CPU time, seconds without a sign of life, bytes of its answer."""

    cpu: float = 60.0
    silence: float = 60.0
    output: int = 64 * 2**20


class _Child:
    """One process, and the line to it. One errand at a time."""

    def __init__(self, memory: int, modules: tuple[str, ...]) -> None:
        ours, self._life = os.pipe()
        words = [child.COMMAND, str(ours), str(memory), *modules]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, in our own words
                [*_program(), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(ours,),
                env=_surroundings(),
                bufsize=0,
            )
        except OSError:
            os.close(self._life)
            raise
        finally:
            os.close(ours)
        assert self._process.stdout is not None
        self._answers = select.poll()  # select() knows no descriptor above 1023, and each connection takes one
        self._answers.register(self._process.stdout, select.POLLIN)
        self.uses = 0
        self.idle_since = time.monotonic()

    def carry_out(self, errand: bytes, limits: Limits, tell: Tell | None) -> tuple[bytes, bytes]:
        """Return the kind and the body of the answer. Raises Misbehaved, and whatever `tell` raises."""
        self.uses += 1
        try:
            self._send(child.SIZE.pack(len(errand)) + errand)
            while True:
                kind, body = self._hear(limits)
                if kind != child.PROGRESS or tell is None:
                    return kind, body
                tell(_part(body))
                self._send(child.GO_ON)
        except (BrokenPipeError, EOFError):
            raise Misbehaved(self._died_of()) from None

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self._process.stdin.write(rest) :]

    def _hear(self, limits: Limits) -> tuple[bytes, bytes]:
        end = time.monotonic() + limits.silence
        head = self._read(1 + child.SIZE.size, end)
        (size,) = child.SIZE.unpack(head[1:])
        if size > limits.output:
            raise Misbehaved(Misdeed.FLOODING)
        return head[:1], self._read(size, end)

    def _read(self, size: int, end: float) -> bytes:
        assert self._process.stdout is not None
        data = bytearray()
        while len(data) < size:
            if not self._answers.poll(max(0.0, end - time.monotonic()) * 1000):
                raise Misbehaved(Misdeed.ENDLESS)
            block = self._process.stdout.read(min(_BLOCK, size - len(data)))
            if not block:
                raise EOFError
            data += block
        return bytes(data)

    def _died_of(self) -> Misdeed:
        return Misdeed.ENDLESS if self._process.wait() == -signal.SIGXCPU else Misdeed.CRASHED

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def bury(self) -> None:
        """End it, and leave nothing of it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        os.close(self._life)


class Children:
    """As many children as are needed at a time, kept for the next errand."""

    def __init__(self, memory: int = 512 * 2**20, modules: tuple[str, ...] = ()) -> None:
        """Allow each `memory` bytes; each has `modules` imported before its first errand comes."""
        self._memory = memory
        self._modules = modules
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._timer: threading.Timer | None = None
        self._closing = False

    def expect(self) -> None:
        """Have a child at hand soon, without waiting for it."""
        with self._lock:
            if not self._idle and not self._busy and not self._closing:
                self._keep(self._start())

    def run(self, function: Callable[..., T], *args: Any, limits: Limits = Limits(), tell: Tell | None = None) -> T:
        """Return `function(*args)` from a child; it blocks, so call it in a thread.

        The function stands at the top of a module and says what it returns: dataclasses of plain values and arrays.
        With `tell` it gets one more argument, to be called with the part that is done; `tell` may hold it up.
        Raises the problems that the function raises, Misbehaved, Failed, Closing once the children are let go, and
        whatever `tell` raises.
        """
        errand = pickle.dumps((function, args, tell is not None, limits.cpu))
        answer = self._delegate(function, errand, limits, tell)
        if isinstance(answer, Problem | Failed):
            raise answer
        return answer

    def _delegate(
        self, function: Callable[..., T], errand: bytes, limits: Limits, tell: Tell | None
    ) -> T | Problem | Failed:
        worker = self._take()
        try:
            answer = _understood(function, *worker.carry_out(errand, limits, tell))
        except Misbehaved as fault:
            used = worker.uses > 1
            self._discard(worker)
            if self._closing:
                raise Closing from None
            if used and fault.misdeed in (Misdeed.CRASHED, Misdeed.GREEDY):
                return self._delegate(function, errand, limits, tell)  # an earlier errand may have spoilt the child
            raise
        except BaseException:
            self._discard(worker)
            raise
        self._give_back(worker)
        return answer

    def close(self) -> None:
        """End every child; whoever waits for one gets Closing."""
        with self._lock:
            self._closing = True
            idle, self._idle = self._idle, []
            for worker in self._busy:
                worker.kill()
            if self._timer:
                self._timer.cancel()
        for worker in idle:
            worker.bury()

    def _take(self) -> _Child:
        with self._lock:
            if self._closing:
                raise Closing
            worker = self._idle.pop() if self._idle else self._start()
            self._busy.add(worker)
            return worker

    def _start(self) -> _Child:
        return _Child(self._memory, self._modules)

    def _give_back(self, worker: _Child) -> None:
        with self._lock:
            is_kept = worker.uses < _USES and not self._closing
            if is_kept:
                self._busy.discard(worker)
                self._keep(worker)
        if not is_kept:
            self._discard(worker)

    def _discard(self, worker: _Child) -> None:
        with self._lock:
            self._busy.discard(worker)
        worker.bury()

    def _keep(self, worker: _Child) -> None:
        worker.idle_since = time.monotonic()
        self._idle.append(worker)
        if self._timer is None:
            self._wake_later()

    def _wake_later(self) -> None:
        self._timer = threading.Timer(_IDLE, self._let_go)
        self._timer.daemon = True
        self._timer.start()

    def _let_go(self) -> None:
        """End the children that nobody has needed for long."""
        with self._lock:
            self._timer = None
            oldest = time.monotonic() - _IDLE
            past = [worker for worker in self._idle if worker.idle_since <= oldest]
            self._idle = [worker for worker in self._idle if worker.idle_since > oldest]
            if self._idle and not self._closing:
                self._wake_later()
        for worker in past:
            worker.bury()


def _program() -> list[str]:
    """How this program is called: the executable itself, or the interpreter with the package."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "mediaserver"]


def _surroundings() -> dict[str, str]:
    """Our environment without the settings, among which are secrets; modules are found where we find them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_FROM_IT)}
    places = {} if getattr(sys, "frozen", False) else {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return kept | places


def _part(body: bytes) -> float:
    if len(body) != child.PART.size:
        raise Misbehaved(Misdeed.FLOODING)
    (part,) = child.PART.unpack(body)
    return min(1.0, max(0.0, part)) if part == part else 0.0  # noqa: PLR0124 - which a NaN alone is not


def _understood(function: Callable[..., T], kind: bytes, body: bytes) -> T | Problem | Failed:
    """Read an answer as what `function` says that it returns, or as what it raised. Raises Misbehaved for any other."""
    if kind == child.MEMORY:
        raise Misbehaved(Misdeed.GREEDY)
    try:
        if kind == child.RESULT:
            result: T = decoders.from_messagepack(body, _answer_of(function), _array)
            return result
        if kind == child.PROBLEM:
            return _problem(*decoders.from_messagepack(body, tuple[str, str]))
        if kind == child.FAILURE:
            return Failed(decoders.from_messagepack(body, str))
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    raise Misbehaved(Misdeed.FLOODING)


def _problem(code: str, sentence: str) -> Problem:
    return _PROBLEMS.get(code, Invalid)(sentence[:_SENTENCE])


@cache
def _answer_of(function: Callable[..., Any]) -> Any:
    """Return the kind of what a function returns."""
    return get_type_hints(function)["return"]


def _array(kind: Any, value: Any) -> Any:
    """An array as `child` wrote it down."""
    if (get_origin(kind) or kind) is not np.ndarray:
        raise ValueError(f"{kind} cannot be received")
    dtype, shape, data = value
    return np.frombuffer(data, np.dtype(dtype)).reshape(shape)
