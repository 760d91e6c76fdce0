"""The inside of a disposable child process: it carries out errands, one after the other, until its parent is gone.

It holds nothing of the server's: no database, no event loop, no network, no right to write a file. Whatever a
stranger's file makes of it, the parent believes only answers of the shape that it expects.
"""

from __future__ import annotations

import fcntl
import importlib
import math
import os
import pickle
import resource
import select
import struct
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from mediaserver.base.errors import Problem

COMMAND = "child"
"""The program's hidden first word: `mediaserver child LIFE MEMORY MODULE...`, called by the program alone."""
RESULT, PROBLEM, FAILURE, MEMORY, PROGRESS = b"r", b"p", b"f", b"m", b"%"
"""What a message to the parent is, by its first byte."""
SIZE = struct.Struct("<Q")
PART = struct.Struct("<d")
GO_ON = b"."
_APART = 0.01  # seconds between two reports of progress, at each of which the parent may have the child stand still
# How far it steps back for its parent (nice(2)): a listener's segment took 160 ms beside two children at work, 130 with
# this, and 110 alone. A thread of the parent may not, which holds locks that others wait for: a child holds none.
_BACK = 5
_FILES = 64
_LONGEST = 4000  # characters of a failure's trace

Tell = Callable[[float], None]


class Line:
    """The two pipes to the parent."""

    def __init__(self, errands: BinaryIO, answers: BinaryIO) -> None:
        self._errands = errands
        self._answers = answers
        self._told = 0.0
        self._waiting = False  # for the parent's answer to a report

    def next(self) -> bytes | None:
        """Wait for the next errand; None when the parent has no more."""
        head = self._errands.read(SIZE.size)
        return self._errands.read(*SIZE.unpack(head)) if len(head) == SIZE.size else None

    def answer(self, kind: bytes, body: bytes) -> None:
        """Send one message."""
        self._answers.write(kind + SIZE.pack(len(body)) + body)
        self._answers.flush()

    def tell(self, part: float) -> None:
        """Report progress, 0 to 1, once the parent has let the work go on after the report before.

        So the child works on while its report is read, and stands still one report later when it is to.
        """
        now = time.monotonic()
        if now - self._told >= _APART:
            self.settle()
            self.answer(PROGRESS, PART.pack(part))
            self._told = now
            self._waiting = True

    def settle(self) -> None:
        """Wait until the parent has taken note of the last report."""
        if self._waiting and self._errands.read(1) != GO_ON:
            sys.exit(1)
        self._waiting = False


def main(words: list[str]) -> int:
    """Carry out errands; `words` are the life line's descriptor, bytes of memory, and modules to have at hand."""
    life, memory, *modules = words
    _die_with(int(life))
    line = _take_pipes()
    for module in modules:
        importlib.import_module(module)
    os.nice(_BACK)
    _confine(int(memory))
    while (errand := line.next()) is not None:
        _carry_out(errand, line)
    return 0


def _die_with(life: int) -> None:
    """Have the kernel end this process when nobody holds the other end of the pipe `life`, whatever it is doing.

    (fcntl(2): O_ASYNC on a pipe, whose SIGIO ends whoever does not handle it.)
    """
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    ended = select.poll()  # select() knows no descriptor above 1023
    ended.register(life, select.POLLIN)
    if ended.poll(0):  # it had happened before
        sys.exit(1)


def _take_pipes() -> Line:
    """Make standard input and output the line to the parent, and keep all else from speaking on it."""
    errands, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    return Line(os.fdopen(errands, "rb"), os.fdopen(answers, "wb"))


def _confine(memory: int) -> None:
    """Allow so many bytes of address space beyond what is in use already, no file to be written, and no core dump."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) if sys.platform == "linux" else 0
    for limit, value in (
        (resource.RLIMIT_AS, pages * resource.getpagesize() + memory if pages else resource.RLIM_INFINITY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        most = _lower(value, resource.getrlimit(limit)[1])
        resource.setrlimit(limit, (most, most))


def _lower(wanted: int, allowed: int) -> int:
    """Return the lower of two limits: one that the system set already cannot be lifted."""
    return min((each for each in (wanted, allowed) if each != resource.RLIM_INFINITY), default=resource.RLIM_INFINITY)


def _allow_cpu(seconds: float) -> None:
    """Have the kernel end this process (SIGXCPU) once it has computed for `seconds` more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = math.ceil(used.ru_utime + used.ru_stime + seconds)
    allowed = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_lower(end, allowed), allowed))


def _carry_out(errand: bytes, line: Line) -> None:
    function, args, talks, seconds = pickle.loads(errand)  # noqa: S301 - the parent's own words
    _allow_cpu(seconds)
    try:
        answer = RESULT, encode(function(*args, line.tell) if talks else function(*args))
    except Problem as problem:
        answer = PROBLEM, encode((problem.code, problem.detail))
    except MemoryError:
        answer = MEMORY, b""
    except Exception:  # noqa: BLE001 - the program's own mistake: its trace belongs into the parent's log
        answer = FAILURE, encode(traceback.format_exc()[-_LONGEST:])
    line.settle()
    line.answer(*answer)


def encode(value: Any) -> bytes:
    """Write a value down for the parent: dataclasses of plain values and arrays."""
    return msgspec.msgpack.encode(value, enc_hook=_plain)


def _plain(value: Any) -> Any:
    """Arrays and NumPy's numbers, in what MessagePack has."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value)} cannot be sent")
