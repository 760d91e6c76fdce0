from __future__ import annotations

import numpy as np
import pytest

from mediaserver.media import weighting
from mediaserver.media.weighting import SPAN, Weighting
from tests import sounds


def one_by_one(samples: np.ndarray, rate: int) -> np.ndarray:
    """The standard's two stages, a sample at a time and in double precision."""
    for each in (weighting.shelf(rate), weighting.high_pass(rate)):
        state, heard = np.zeros(2), np.empty(len(samples))
        for place, sample in enumerate(samples):
            heard[place] = each.c @ state + each.d * sample
            state = each.a @ state + each.b * sample
        samples = heard
    return samples


@pytest.mark.parametrize("rate", [8000, 44100, 352_800])
def test_rows_weigh_as_single_samples_do(rate: int) -> None:
    low = np.sin(2 * np.pi * 25 / rate * np.arange(3 * SPAN)) + 0.5  # where an error of rounding would last longest
    sound = (0.4 * low + 0.1 * sounds.noise(3 * SPAN / rate + 1, channels=1)[: 3 * SPAN, 0]).astype(np.float32)
    channel = Weighting(rate)
    found = np.concatenate([channel.weigh(sound[:SPAN]), channel.weigh(sound[SPAN:])])
    assert np.abs(found - one_by_one(sound, rate)).max() < 2e-6


def test_the_stages_are_the_standards() -> None:
    """BS.1770-5, annex 1, tables 1 and 2: coefficients at 48 kHz."""
    gain, *resounding = 1.53512485958697, -1.69065929318241, 0.73248077421585
    shelf, high_pass = weighting.shelf(48000), weighting.high_pass(48000)
    assert shelf.d == pytest.approx(gain, abs=1e-9)
    assert -shelf.a[:, 0] == pytest.approx(resounding, abs=1e-9)
    assert shelf.b + gain * np.array(resounding) == pytest.approx([-2.69169618940638, 1.19839281085285], abs=1e-9)
    assert -high_pass.a[:, 0] == pytest.approx([-1.99004745483398, 0.99007225036621], abs=1e-9)


@pytest.mark.parametrize("rate", [1, 100, 3000, 2_822_400, 2**31 - 1])
def test_no_rate_makes_it_grow(rate: int) -> None:
    channel = Weighting(rate)
    sound = np.ones(SPAN, np.float32)
    assert max(np.abs(channel.weigh(sound)).max() for _ in range(20)) < 10
