"""What a child process may be made to do: errands of the tests, which a child finds by their names."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mediaserver.base.child import Tell
from mediaserver.base.errors import Unsupported


@dataclass(frozen=True, slots=True)
class Found:
    """Something with parts of several kinds."""

    name: str
    numbers: tuple[int, ...]
    data: bytes
    curve: NDArray[np.float32]


def find(name: str) -> Found:
    return Found(name, (1, 2), b"\x00\xff", np.linspace(0, 1, 5, dtype=np.float32))


def pid() -> int:
    return os.getpid()


def niceness() -> int:
    return os.nice(0)


def refuse() -> None:
    raise Unsupported("This is nothing.")


def err() -> None:
    raise LookupError("a mistake of ours")


def crash() -> None:
    ctypes.string_at(0)


def crash_unless_new(spoilt: int) -> int:
    if os.getpid() == spoilt:
        crash()
    return os.getpid()


def leave() -> None:
    os._exit(0)


def loop() -> None:
    while True:
        pass


def loop_in_c() -> None:
    """Hold the GIL for ever, as a library's endless loop would."""

    re.match(r"(a+)+$", "a" * 60 + "b")


def sleep() -> None:
    time.sleep(600)


def swallow_memory() -> int:
    return len(bytearray(4 * 2**30))


def flood() -> bytes:
    return bytes(2**20)


def speak() -> int:
    """Print into what is the line to the parent, if nobody has seen to it."""
    print("noise" * 1000, flush=True)
    os.write(1, b"noise")
    return 1


def write_file(path: str) -> None:
    Path(path).write_bytes(b"x" * 100)


def lie() -> int:
    """Answer with what is no number."""
    return "no number"  # type: ignore[return-value]


def count(steps: int, tell: Tell) -> int:
    for step in range(steps):
        tell(step / steps)
        time.sleep(0.011)
    return steps


def longest_pause(steps: int, tell: Tell) -> float:
    """Count, and say how long the longest step took, in seconds."""
    moments = [time.monotonic()]
    for step in range(steps):
        tell(step / steps)
        time.sleep(0.011)
        moments.append(time.monotonic())
    return max(after - before for before, after in pairwise(moments))


def ignore_everything() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)


def environment() -> list[str]:
    return sorted(os.environ)


def crash_at(path: str, *tell: Tell) -> None:
    crash()


def loop_at(path: str, *tell: Tell) -> None:
    loop()


def swallow_memory_at(path: str, *tell: Tell) -> None:
    swallow_memory()


def flood_at(path: str, *tell: Tell) -> bytes:
    return flood()
