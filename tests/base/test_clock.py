from __future__ import annotations

import time

import pytest

from mediaserver.base import clock


def test_now_is_in_milliseconds() -> None:
    assert abs(clock.now() / 1000 - time.time()) < 60


def test_moments_are_written_as_rfc_3339() -> None:
    assert clock.rfc3339(0) == "1970-01-01T00:00:00Z"
    assert clock.rfc3339(951_782_399_999) == "2000-02-28T23:59:59Z"
    assert clock.rfc3339(951_782_400_000) == "2000-02-29T00:00:00Z"
    assert clock.rfc3339(clock.DAY + clock.HOUR + clock.MINUTE + clock.SECOND) == "1970-01-02T01:01:01Z"


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "2027-01-31T18:00:00+01:00", "1969-12-31t23:59:59.123z"])
def test_what_is_read_can_be_written(text: str) -> None:
    assert clock.parse_rfc3339(clock.rfc3339(clock.parse_rfc3339(text))) == clock.parse_rfc3339(text) // 1000 * 1000


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "2027-02-30T00:00:00Z"])
def test_moments_that_cannot_be_written_are_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clock.parse_rfc3339(text)
