from __future__ import annotations

import numpy as np
import pytest

from mediaserver.media.hearing import key
from mediaserver.media.hearing.key import NAMES
from tests import sounds
from tests.media import musical


@pytest.mark.parametrize("minor", [False, True], ids=["major", "minor"])
@pytest.mark.parametrize("root", range(0, 12, 2))
def test_every_key_is_found(root: int, *, minor: bool) -> None:
    found = musical.heard(musical.song(root, minor=minor)).key
    assert found == f"{NAMES[root]} {'minor' if minor else 'major'}"


@pytest.mark.parametrize("detune", [-0.35, 0.3])
def test_the_tuning_need_not_be_440_hz(detune: float) -> None:
    assert musical.heard(musical.song(9, minor=True, detune=detune)).key == "A minor"


def test_notes_that_waver_about_a_quarter_tone_stay_together() -> None:
    pitches = np.zeros(key.STEPS)
    for note in (0, 4, 7):
        pitches[key.FINE * note + 3 : key.FINE * note + 7] = 1
    assert np.flatnonzero(key.folded(pitches)).tolist() == [0, 4, 7]


def test_what_has_no_notes_has_no_key() -> None:
    assert musical.heard(sounds.silence(5)).key is None
    assert musical.heard(sounds.noise(5)).key is None
