"""What one account may bring in: bytes, recordings, and uploads at a time. Who runs the server has no bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType

from mediaserver.accounts.accounts import Account, Role
from mediaserver.base.db import Reader
from mediaserver.base.errors import Forbidden, Throttled, TooLarge

_MOST_UNFINISHED = 1000  # of one account: each takes a row and a file
_RETRY = 10  # seconds
Here = Mapping[str, int]
"""Bytes that are here of files that are coming in just now, written down or not: by the id of an arrival, or a name."""
_NOTHING: Here = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Used:
    """What an account takes: bytes of its originals, those on their way included, and their number."""

    bytes: int
    uploads: int


@dataclass(frozen=True, slots=True)
class _Coming:
    """What is on its way, as it is written down."""

    id: str
    concat: str | None
    length: int | None
    received: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What each account may have: `bytes` and `uploads` in all, `at_once` at a time; 0 is without limit."""

    bytes: int = 0
    uploads: int = 0
    at_once: int = 0

    def left(self, r: Reader, account: Account, here: Here = _NOTHING) -> int | None:
        """Return how many bytes more an account may bring in; None for any number."""
        if not self.bytes or account.role == Role.ADMIN:
            return None
        return max(0, self.bytes - used(r, account.id, here).bytes)

    def check_coming(self, r: Reader, account: Account, here: Here) -> None:
        """Raise TooLarge when what is `here` of all that an account is sending is more than it may have."""
        taken = used(r, account.id, here).bytes
        if self.bytes and account.role != Role.ADMIN and taken > self.bytes:
            raise TooLarge(
                f"Your account may hold {_mebibytes(self.bytes)} in all, and no more of this file has room beside what "
                "else you are sending. Delete something to make room."
            )

    def sentence(self, r: Reader, account: Account) -> str:
        """Tell an account what it may still bring in; nothing where there are no bounds."""
        if account.role == Role.ADMIN or not (self.bytes or self.uploads):
            return ""
        taken = used(r, account.id)
        room = f"{_mebibytes(max(0, self.bytes - taken.bytes))} of {_mebibytes(self.bytes)}" if self.bytes else ""
        number = f"{max(0, self.uploads - taken.uploads)} of {self.uploads} recordings" if self.uploads else ""
        return f"Left for you: {' and '.join(filter(None, (room, number)))}."

    def check(self, r: Reader, account: Account, size: int, here: Here = _NOTHING) -> None:
        """Refuse what would be beyond the bounds, given that `size` bytes more come.

        Raises TooLarge, Forbidden or Throttled.
        """
        if account.role == Role.ADMIN:
            return
        taken = used(r, account.id, here)
        if self.uploads and taken.uploads >= self.uploads:
            raise Forbidden(
                f"Your account holds {self.uploads} recordings, and no more are allowed. Delete one to make room."
            )
        if self.bytes and taken.bytes + size > self.bytes:
            raise TooLarge(self.exceeded(max(0, self.bytes - taken.bytes)))
        if _unfinished(r, account.id) >= _MOST_UNFINISHED:
            raise Throttled("Too many of your uploads are not finished. Finish or cancel some first.", _RETRY)

    def check_again(self, r: Reader, account: Account) -> None:
        """Refuse what has gone beyond the bounds meanwhile, itself included: others may have come at the same time."""
        taken = used(r, account.id)
        if account.role != Role.ADMIN and (
            (self.bytes and taken.bytes > self.bytes) or (self.uploads and taken.uploads > self.uploads)
        ):
            raise TooLarge(
                "Your account is full: other uploads came in before this one. Delete something to make room."
            )

    def exceeded(self, left: int) -> str:
        """Return the sentence for who has no room for what comes; `left` in bytes."""
        return (
            f"Your account may hold {_mebibytes(self.bytes)} in all, and {_mebibytes(left)} of that are left. "
            "Delete something to make room."
        )


class Streams:
    """Counts the requests that bring something in just now, and their bytes. Lives on the event loop's thread."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._open: Counter[str] = Counter()
        self._here: dict[str, dict[str, int]] = {}

    @contextmanager
    def one_more(self, account: Account) -> Iterator[None]:
        """Hold a place for a request of the account. Raises Throttled when it has no more."""
        if self._quota.at_once and self._open[account.id] >= self._quota.at_once:
            raise Throttled(
                f"{self._quota.at_once} of your uploads are under way, and no more are taken at a time. "
                "Please wait until one is done.",
                _RETRY,
            )
        self._open[account.id] += 1
        try:
            yield
        finally:
            self._open[account.id] -= 1
            self._open += Counter()  # forgets those at nought

    def here(self, account_id: str, before: str | None = None) -> Here:
        """Return what is here of the files that an account is sending just now; of those alone that were noted before
        the one of that name, where one is named: who came first goes first.
        """
        files = self._here.get(account_id, _NOTHING)
        return dict(takewhile(lambda each: each[0] != before, files.items()))

    def note(self, account_id: str, name: str, size: int) -> None:
        """Remember that `size` bytes of a file are here, or are sure to come."""
        self._here.setdefault(account_id, {})[name] = size

    def forget(self, account_id: str, name: str) -> None:
        """Leave the count of a file to what is written down of it."""
        files = self._here.get(account_id, {})
        files.pop(name, None)
        if not files:
            self._here.pop(account_id, None)


def used(r: Reader, account_id: str, here: Here = _NOTHING) -> Used:
    """Return what an account takes, with more than is written down of what is `here`.

    What was refused or deleted takes nothing; of what is on its way, the whole length counts where it is known.
    """
    kept = r.one(
        Used,
        "SELECT COALESCE(SUM(bytes), 0) AS bytes, COUNT(*) AS uploads FROM uploads WHERE account_id = :account_id"
        " AND (state IN ('received', 'analysing') OR (state = 'ready' AND track_id IS NOT NULL))",
        account_id=account_id,
    )
    assert kept is not None
    coming = r.all(
        _Coming,
        "SELECT id, concat, length, received FROM arrivals WHERE account_id = :account_id AND state = 'coming'",
        account_id=account_id,
    )
    sizes = {each.id: each.length or max(each.received, here.get(each.id, 0)) for each in coming}
    alone = sum(each.concat is None for each in coming)
    return Used(kept.bytes + sum((dict(here) | sizes).values()), kept.uploads + alone)


def _unfinished(r: Reader, account_id: str) -> int:
    return int(
        r.value(
            "SELECT COUNT(*) FROM arrivals WHERE account_id = :account_id AND state = 'coming'", account_id=account_id
        )
    )


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
