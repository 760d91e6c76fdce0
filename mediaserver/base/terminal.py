"""The terminal, or what else a command was called from: what is said there, and what stands in where it is closed."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from mediaserver.base.errors import Unusable


def stand_in() -> None:
    """Open what the caller closed of standard input, output and error, and let every text be printed somehow.

    Else the database would be the next file to get such a number, and be printed into. To be called before any is open.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: the one that was closed
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a line for whoever called. Raises Unusable when it cannot be written, BrokenPipeError when nobody reads."""
    try:
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is not tried again at the end
        if isinstance(error, BrokenPipeError):
            raise
        raise Unusable(f"Standard output cannot be written: {error.strerror}.") from None
