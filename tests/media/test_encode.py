from __future__ import annotations

import numpy as np
import pytest

from mediaserver.media import encode
from mediaserver.media.renditions import AAC_RATES, LADDER, by_name
from tests import sounds

RATE, FRAME = 44100, 1024
HIGH = by_name("aac-256")


def test_the_same_sound_makes_the_same_packets() -> None:
    sound = sounds.music(1)[: 40 * FRAME]
    assert encode.packets(sound, HIGH, RATE) == encode.packets(sound, HIGH, RATE)


def test_there_is_a_packet_for_each_frame_but_what_the_encoder_holds_back() -> None:
    assert len(encode.packets(sounds.music(1)[: 40 * FRAME], HIGH, RATE)) == 40 - HIGH.lookahead


@pytest.mark.parametrize("rendition", [each for each in LADDER if each.codec == "aac"], ids=lambda each: each.name)
@pytest.mark.parametrize("rate", AAC_RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_and_mono_and_stereo_have_a_header(rendition, rate: int, channels: int) -> None:
    config = int.from_bytes(encode.header(rendition, rate, channels)[:2], "big")
    kind, index, layout = config >> 11, config >> 7 & 15, config >> 3 & 15
    frequencies = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000]
    assert (kind, frequencies[index], layout) == (2, rate, channels)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_no_number_is_encoded_all_the_same(value: float) -> None:
    sound = sounds.music(1)[: 10 * FRAME].copy()
    sound[3000:3010] = value
    assert len(encode.packets(sound, HIGH, RATE)) == 9
