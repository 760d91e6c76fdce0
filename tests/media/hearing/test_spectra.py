from __future__ import annotations

import itertools

import numpy as np
import pytest

from mediaserver.media.hearing import spectra
from mediaserver.media.planes import Blocks
from tests import sounds
from tests.media.musical import untimed


def stretches(sound: np.ndarray, rate: int = 44100) -> list[spectra.Stretch]:
    blocks, made = Blocks(), spectra.Spectra()
    found = []
    for piece in sounds.pieces(sound, rate):
        for block in blocks.feed(piece):
            found += list(made.feed(untimed(block)))
    for block in blocks.end():
        found += list(made.feed(untimed(block)))
    return found + list(made.end())


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 192000])
@pytest.mark.parametrize("seconds", [0.01, 1.0, 13.7])
def test_every_instant_is_looked_at_once(rate: int, seconds: float) -> None:
    found = stretches(sounds.tone(seconds, rate, hz=1000), rate)
    count = sum(len(each.long) for each in found)
    assert count * spectra.LONG_SECONDS == pytest.approx(seconds, abs=0.3)
    assert all(len(each.levels) == spectra.SHORTS * len(each.long) for each in found)
    assert all(len(each.long) <= spectra.MOST for each in found)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_tone_stands_in_its_line(channels: int) -> None:
    sound = sounds.tone(3, hz=1000, channels=channels)
    [first, *_] = stretches(sound)
    line = int(first.long[2].argmax())
    assert line * spectra.RATE / spectra.LONG == pytest.approx(1000, abs=2.7)


def test_full_scale_is_a_sixteenth() -> None:
    hertz = 300 * spectra.RATE / spectra.LONG
    [first, *_] = stretches(sounds.tone(3, hz=hertz, channels=1, level=1.0))
    assert first.long[3].max() == pytest.approx(1 / 16, rel=0.02)


def test_bands_have_lines_of_their_own() -> None:
    limits = spectra.edges(40, 5000, 24, spectra.SHORT)
    assert len(limits) == 25
    assert all(low < high for low, high in itertools.pairwise(limits))
