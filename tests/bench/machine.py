"""The machine and the programs that figures were taken on: without them a figure says nothing."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path


def describe() -> str:
    """Return one line: processor, cores, Python, and the yardsticks' versions."""
    parts = [
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        f"Python {platform.python_version()}",
        f"ffmpeg {_version('ffmpeg', '-version')}",
        f"nginx {_version('nginx', '-v')}",
    ]
    return ", ".join(parts)


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1] if found else platform.machine()


def _version(*command: str) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
    return found[0] if found else "of unknown version"
