from __future__ import annotations

import pytest

from mediaserver.base import clock, cursors, ids
from mediaserver.base.cursors import Dated, Place


def test_a_place_comes_back_from_its_text() -> None:
    place = Place(clock.now(), ids.new())
    assert cursors.read(cursors.write(place)) == place
    assert place < cursors.START


ZEROS = "0" * 26


@pytest.mark.parametrize("text", ["", "-", "1", f"-{ZEROS}", f"1-{'u' * 26}", f"{'1' * 16}-{ZEROS}", f"\u0661-{ZEROS}"])
def test_other_texts_are_no_place(text: str) -> None:
    assert cursors.read(text) is None


@pytest.mark.parametrize("date", ["", "2020", "2020-01-31"])
def test_a_place_by_date_comes_back_from_its_text(date: str) -> None:
    place = Dated(date, ids.new())
    assert cursors.read_dated(place.text) == place
    assert place < cursors.LATEST


@pytest.mark.parametrize("text", ["", "_", "2020", f"2020-{ZEROS}", f"2020_{'u' * 26}", f"{'1' * 41}_{ZEROS}"])
def test_other_texts_are_no_place_by_date(text: str) -> None:
    assert cursors.read_dated(text) is None
