"""What was read from the database and is remembered for a moment, so that a segment costs no database call.

Nothing is answered from knowledge older than `LONGEST`, whoever made the change; this process's own changes are told by
`forget` and hold at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from mediaserver.base import clock
from mediaserver.base.pool import SingleFlight

V = TypeVar("V")
LONGEST = 20 * clock.SECOND
_RENEWED = 15 * clock.SECOND  # from this age on it is read again beside the answer, for which nobody waits
_MOST = 10_000


class _Known(NamedTuple, Generic[V]):
    value: V
    read_at: int


class Remembered(Generic[V]):
    """Values by id. Belongs to the event loop's thread."""

    def __init__(self, read: Callable[[str], Awaitable[V]]) -> None:
        """Whatever `read(id)` raises goes to who asked, and is not remembered."""
        self._read = read
        self._known: OrderedDict[str, _Known[V]] = OrderedDict()
        self._changes = 0
        self._flights = SingleFlight()

    async def get(self, id: str) -> V:
        """Return the value, read now if it is not known well enough."""
        known = self._known.get(id)
        age = LONGEST + 1 if known is None else clock.now() - known.read_at
        if known is None or not 0 <= age <= LONGEST:
            return await self._flights.do((id, self._changes), partial(self._look, id))
        if age >= _RENEWED:
            self._flights.begin((id, self._changes), partial(self._look, id))
        return known.value

    def at_hand(self, id: str) -> V | None:
        """Return the value where it is known so well that nothing needs to be read."""
        known = self._known.get(id)
        return known.value if known is not None and 0 <= clock.now() - known.read_at < _RENEWED else None

    def forget(self, id: str) -> None:
        """Read anew whatever is asked for from now on, even where a look-up is under way."""
        self._changes += 1
        self._known.pop(id, None)

    async def _look(self, id: str) -> V:
        changes, read_at = self._changes, clock.now()
        value = await self._read(id)
        if changes == self._changes:  # else it may have changed since it was read
            self._known[id] = _Known(value, read_at)
            self._known.move_to_end(id)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return value
