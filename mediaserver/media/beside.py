"""A thread beside the caller's, in which work is done in order while the caller goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec

P = ParamSpec("P")
_FEW = 4


class Beside:
    """Takes work and does it in turn, at most a few pieces behind the caller: what waits takes memory.

    The thread ends with `end`, and has its caller's priority.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._behind: deque[Future[None]] = deque()

    def hand(self, work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have `work` done. Raises what went wrong with what was handed over before."""
        self._behind.append(self._thread.submit(work, *args, **kwargs))
        self._settle(_FEW)

    def end(self) -> None:
        """Wait until all is done; raises what went wrong."""
        self._thread.shutdown()
        self._settle(0)

    def _settle(self, few: int) -> None:
        while len(self._behind) > few:
            self._behind.popleft().result()
