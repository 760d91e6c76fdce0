"""Time as the whole program counts it: integer milliseconds since 1970-01-01 UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """Return the present moment in milliseconds."""
    return time.time_ns() // 1_000_000


def rfc3339(moment: int) -> str:
    """Write `moment` (milliseconds) as RFC 3339 UTC, to the second."""
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
