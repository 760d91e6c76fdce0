"""What the operator reads on the terminal or in the journal: one line an event, times in UTC."""

from __future__ import annotations

import logging
import sys
import time


def setup(level: str) -> None:
    """Send the program's log to standard error at `level` (a name that `logging` knows, any case)."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # PyAV passes on what FFmpeg says of every odd file; what matters of it comes out as a Problem.
    logging.getLogger("libav").setLevel(logging.CRITICAL)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    # A traceback for each request that is no HTTP would let anybody fill the log; failures of ours have their own line.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
