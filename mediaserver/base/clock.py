"""Time as the whole program counts it: integer milliseconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def now() -> int:
    """Return the present moment in milliseconds."""
    return time.time_ns() // 1_000_000


def rfc3339(moment: int) -> str:
    """Write `moment` (milliseconds) as RFC 3339 UTC, to the second."""
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_rfc3339(text: str) -> int:
    """Read a moment with its distance from UTC, such as 2027-01-31T18:00:00+01:00. Raises ValueError."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("a date and time such as 2027-01-31T18:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:  # what begins the year 10000 in UTC could not be written again
        raise ValueError("a date and time within the years 1 to 9999") from None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
