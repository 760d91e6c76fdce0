from __future__ import annotations

import pytest

from mediaserver.base import clock, cursors, ids
from mediaserver.base.cursors import Place


def test_a_place_comes_back_from_its_text() -> None:
    place = Place(clock.now(), ids.new())
    assert cursors.read(cursors.write(place)) == place
    assert place < cursors.START


ZEROS = "0" * 26


@pytest.mark.parametrize("text", ["", "-", "1", f"-{ZEROS}", f"1-{'u' * 26}", f"{'1' * 16}-{ZEROS}", f"\u0661-{ZEROS}"])
def test_other_texts_are_no_place(text: str) -> None:
    assert cursors.read(text) is None
