from __future__ import annotations

import pytest
from multidict import CIMultiDict

from mediaserver.server import ranges

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=10-", range(10, 100)),
        ("bytes=99-", range(99, 100)),
        ("bytes=50-5000", range(50, 100)),
        ("bytes=-1", range(99, 100)),
        ("bytes=-100", range(100)),
        ("bytes=-5000", range(100)),
        ("Bytes= 1-2 ", range(1, 3)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=1-2,5-6", None),
        ("bytes=٣-٤", None),
        ("samples=1-2", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("", None),
    ],
)
def test_ranges(asked: str, wanted: range | None) -> None:
    assert ranges.requested({"Range": asked}, ETAG, 100) == wanted


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"])
def test_ranges_outside(asked: str) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.requested({"Range": asked}, ETAG, 100)


@pytest.mark.parametrize("condition", ['"abd"', 'W/"abc"', "abc", "Sat, 29 Oct 1994 19:43:31 GMT", ""])
def test_a_range_of_other_bytes_is_not_sent(condition: str) -> None:
    headers = {"Range": "bytes=1-2"}
    assert ranges.requested(headers | {"If-Range": ETAG}, ETAG, 100) == range(1, 3)
    assert ranges.requested(headers | {"If-Range": condition}, ETAG, 100) is None


@pytest.mark.parametrize(
    ("held", "known"), [('"abc"', True), ('"x", W/"abc"', True), ("*", True), ('"x"', False), ("", False)]
)
def test_what_the_asker_holds(held: str, known: bool) -> None:
    assert ranges.is_known(CIMultiDict({"If-None-Match": held}), ETAG) is known
