from __future__ import annotations

import time

from mediaserver.base import clock


def test_now_is_in_milliseconds() -> None:
    assert abs(clock.now() / 1000 - time.time()) < 60


def test_moments_are_written_as_rfc_3339() -> None:
    assert clock.rfc3339(0) == "1970-01-01T00:00:00Z"
    assert clock.rfc3339(951_782_399_999) == "2000-02-28T23:59:59Z"
    assert clock.rfc3339(951_782_400_000) == "2000-02-29T00:00:00Z"
    assert clock.rfc3339(clock.DAY + clock.HOUR + clock.MINUTE + clock.SECOND) == "1970-01-02T01:01:01Z"
