from __future__ import annotations

import numpy as np
import pytest

from tests import sounds
from tests.media import musical


@pytest.mark.parametrize("tempo", [80, 97, 120, 133.5, 150])
@pytest.mark.parametrize("pattern", range(len(musical.PATTERNS)))
def test_the_beat_of_drums_is_found(tempo: float, pattern: int) -> None:
    found = musical.heard(musical.drums(tempo, pattern=pattern)).tempo
    assert found is not None
    assert min(abs(found / tempo * octave - 1) for octave in (0.5, 1, 2)) < 0.01


@pytest.mark.parametrize("tempo", [88, 110, 128])
def test_a_plain_beat_is_told_without_doubt_of_its_octave(tempo: float) -> None:
    assert musical.heard(musical.drums(tempo)).tempo == pytest.approx(tempo, rel=0.01)


def test_what_has_no_beat_has_no_tempo() -> None:
    assert musical.heard(sounds.tone(20)).tempo is None
    assert musical.heard(sounds.silence(20)).tempo is None
    assert musical.heard(sounds.noise(20)).tempo is None


@pytest.mark.parametrize("seconds", [0.01, 0.5, 2, 11])
def test_short_sounds_are_heard_too(seconds: float) -> None:
    found = musical.heard(musical.drums(120, seconds)).tempo
    assert found is None or 40 < found < 240


def test_level_does_not_matter() -> None:
    sound = musical.drums(110)
    soft = musical.heard(sound * np.float32(0.05)).tempo
    assert soft == pytest.approx(110, rel=0.01)
