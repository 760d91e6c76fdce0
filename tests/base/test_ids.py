from __future__ import annotations

import pytest

from mediaserver.base import clock, ids


def test_ids_have_their_form_and_are_all_different() -> None:
    made = {ids.new() for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(len(each) == 26 and ids.is_id(each) for each in made)


def test_ids_sort_by_the_time_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [0, 1, 31, 32, 2**20, 1_700_000_000_000, 1_700_000_000_001, 2**47, 2**48 - 1]
    made = []
    for moment in moments:
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        made.append(ids.new())
    assert made == sorted(made)
    assert all(ids.is_id(each) for each in made)


def test_ids_of_one_millisecond_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in (1_700_000_000_000, 1_700_000_000_001, 1_600_000_000_000):  # the clock may be set back
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        made = [ids.new() for _ in range(1000)]
        assert made == sorted(set(made))
        assert {each[:10] for each in made} == {made[0][:10]}


def test_an_id_holds_its_moment() -> None:
    before = clock.now()
    digits = [ids._ALPHABET.index(letter) for letter in ids.new()[:10]]
    moment = sum(digit << shift for digit, shift in zip(digits, range(45, -1, -5), strict=True))
    assert before <= moment <= clock.now()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 25,
        "0" * 27,
        "8" + "0" * 25,
        "0" * 25 + "u",
        "0" * 25 + "i",
        "0" * 25 + "l",
        "0" * 25 + "o",
        "0" * 25 + "A",
        "0" * 25 + "\n",
        "0" * 26 + "\n",
        "../" + "0" * 23,
        "٠" * 26,
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert not ids.is_id(text)
