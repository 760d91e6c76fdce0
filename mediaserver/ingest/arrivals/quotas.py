"""What one account may bring in: bytes, recordings, and uploads at a time. Who runs the server has no bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mediaserver.accounts.accounts import Account, Role
from mediaserver.base.db import Reader
from mediaserver.base.errors import Forbidden, Throttled, TooLarge

_MOST_UNFINISHED = 1000  # of one account: each takes a row and a file
_RETRY = 10  # seconds


@dataclass(frozen=True, slots=True)
class Used:
    """What an account takes: bytes of its originals, those on their way included, and their number."""

    bytes: int
    uploads: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What each account may have: `bytes` and `uploads` in all, `at_once` at a time; 0 is without limit."""

    bytes: int = 0
    uploads: int = 0
    at_once: int = 0

    def left(self, r: Reader, account: Account) -> int | None:
        """Return how many bytes more an account may bring in; None for any number."""
        if not self.bytes or account.role == Role.ADMIN:
            return None
        return max(0, self.bytes - used(r, account.id).bytes)

    def sentence(self, r: Reader, account: Account) -> str:
        """Tell an account what it may still bring in; nothing where there are no bounds."""
        if account.role == Role.ADMIN or not (self.bytes or self.uploads):
            return ""
        taken = used(r, account.id)
        room = f"{_mebibytes(max(0, self.bytes - taken.bytes))} of {_mebibytes(self.bytes)}" if self.bytes else ""
        number = f"{max(0, self.uploads - taken.uploads)} of {self.uploads} recordings" if self.uploads else ""
        return f"Left for you: {' and '.join(filter(None, (room, number)))}."

    def check(self, r: Reader, account: Account, size: int) -> None:
        """Refuse what would be beyond the bounds, given that `size` bytes more come.

        Raises TooLarge, Forbidden or Throttled.
        """
        if account.role == Role.ADMIN:
            return
        taken = used(r, account.id)
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
    """Counts the requests that are bringing something in just now. Lives on the event loop's thread."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._open: Counter[str] = Counter()

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


def used(r: Reader, account_id: str) -> Used:
    """Return what an account takes. What was refused or deleted takes nothing."""
    kept = r.one(
        Used,
        "SELECT COALESCE(SUM(bytes), 0) AS bytes, COUNT(*) AS uploads FROM uploads WHERE account_id = :account_id"
        " AND (state IN ('received', 'analysing') OR (state = 'ready' AND track_id IS NOT NULL))",
        account_id=account_id,
    )
    on_the_way = r.one(
        Used,
        "SELECT COALESCE(SUM(COALESCE(length, received)), 0) AS bytes, COUNT(*) - COUNT(concat) AS uploads"
        " FROM arrivals WHERE account_id = :account_id AND state = 'coming'",
        account_id=account_id,
    )
    assert kept is not None
    assert on_the_way is not None
    return Used(kept.bytes + on_the_way.bytes, kept.uploads + on_the_way.uploads)


def _unfinished(r: Reader, account_id: str) -> int:
    return int(
        r.value(
            "SELECT COUNT(*) FROM arrivals WHERE account_id = :account_id AND state = 'coming'", account_id=account_id
        )
    )


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
