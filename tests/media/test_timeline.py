from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from mediaserver.base.errors import NotFound
from mediaserver.media import timeline
from mediaserver.media.renditions import AAC_RATES, LADDER, UNIT
from mediaserver.media.timeline import Original, Timeline

FIRST, LATER = 6 * UNIT, 17 * UNIT  # at 44.1 kHz
LENGTHS = [
    1,
    1023,
    22050,
    FIRST,
    FIRST + 1,
    FIRST + UNIT,
    FIRST + LATER,
    FIRST + LATER + UNIT - 1,
    FIRST + LATER + UNIT,
    10**8,
]


@pytest.mark.parametrize("rate", AAC_RATES)
@pytest.mark.parametrize("samples", LENGTHS)
def test_segments_tile_the_track(rate: int, samples: int) -> None:
    line = Timeline(rate, samples)
    spans = [line.span(n) for n in range(line.count)]
    assert (spans[0].start, spans[-1].stop) == (0, samples)
    assert all(before.stop == after.start and before.stop % UNIT == 0 for before, after in pairwise(spans))
    assert [stop - start for start, stop in spans] == line.durations()
    assert min(line.durations()) >= min(UNIT, samples)
    assert max(line.durations()) < line.later + UNIT


def test_the_first_segment_is_short_and_the_others_are_about_six_seconds() -> None:
    durations = Timeline(48000, 48000 * 60).durations()
    assert durations[0] == 1.92 * 48000
    assert set(durations[1:-1]) == {6.08 * 48000}


def test_bounds_are_shared_with_opus_frames() -> None:
    line = Timeline(48000, 48000 * 60)
    assert all(line.span(n).start % 960 == 0 and line.span(n).start % 1024 == 0 for n in range(line.count))


def test_a_rest_shorter_than_a_unit_goes_with_the_segment_before() -> None:
    assert Timeline(44100, FIRST + LATER + 1).durations() == [FIRST, LATER + 1]
    assert Timeline(44100, FIRST + LATER + UNIT).durations() == [FIRST, LATER, UNIT]
    assert Timeline(44100, FIRST + UNIT - 1).durations() == [FIRST + UNIT - 1]


@pytest.mark.parametrize("n", [-1, 2, 10**9])
def test_past_the_end_there_is_nothing(n: int) -> None:
    with pytest.raises(NotFound, match="2 segments"):
        Timeline(44100, FIRST + LATER).span(n)


@pytest.mark.parametrize(
    ("rate", "samples", "streamed", "length"), [(44100, 7, 44100, 7), (96000, 7, 48000, 4), (37800, 7, 44100, 9)]
)
def test_an_original_keeps_its_length_to_the_sample(rate: int, samples: int, streamed: int, length: int) -> None:
    line = timeline.of(Original(Path("x.wav"), rate, 2, samples), LADDER[0])
    assert (line.rate, line.samples) == (streamed, length)
