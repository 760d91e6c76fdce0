"""Child processes that one server in a test leaves to the next, since each takes a quarter of a second to start.

Only those go from hand to hand that have done all their errands well and wait for another. Everything else of a
server's children is its own: it starts more where it needs them, ends those that misbehave, and ends the busy ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mediaserver.base.children import Children, _Child

_MOST = 2  # that wait: as many as a server in a test works with at a time
_waiting: list[_Child] = []


@contextmanager
def lent_to(children: Children) -> Iterator[None]:
    """Give these children, which must be `first_touch.children()`, what waits, and take back what waits then."""
    with children._lock:
        while _waiting:
            children._keep(_waiting.pop())
    try:
        yield
    finally:
        with children._lock:
            while children._idle and len(_waiting) < _MOST:
                _waiting.append(children._idle.pop())


def close() -> None:
    """End them all."""
    while _waiting:
        _waiting.pop().bury()
