"""What a process has used, as the kernel counts it, and the limits that a benchmark lifts for its own."""

from __future__ import annotations

import os
import resource
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and of the processes that it has begun, since they were (proc(5), `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return TICK * (int(fields[11]) + int(fields[12])) + sum(map(cpu_seconds, _children(pid)))


def resident(pid: int) -> int:
    """Bytes of memory that a process and its children hold now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return 1024 * int(status.split("VmRSS:")[1].split()[0]) + sum(map(resident, _children(pid)))


def _children(pid: int) -> list[int]:
    """The processes that any thread of a process has begun (proc(5), `children`), and that are still there."""
    return [
        int(word)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for word in listed.read_text(encoding="ascii").split()
    ]


def allow_files() -> int:
    """Let this process, and those that it begins, hold as many files open as the system allows; returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
