from __future__ import annotations

import numpy as np
import pytest

from mediaserver.demo.effects.convolution import convolve
from mediaserver.demo.effects.dynamics import limit
from mediaserver.demo.effects.filters import equalise, high_cut, sweep
from mediaserver.demo.instruments import drums, electric, modal, pads
from mediaserver.demo.notation import Part, Tempo, beaten, phrase, pitch
from mediaserver.demo.scores import corridor, kettle, lamps, stairs, upstairs
from mediaserver.demo.signal import RATE, hertz, silence

TUNED = [
    modal.plucked, modal.harp, modal.piano, modal.vibraphone, modal.glass,
    electric.electric_piano, electric.bass, electric.bleep, electric.lead,
]  # fmt: skip


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((2, count), dtype=np.float32)


def starts(part: Part) -> list[tuple[float, float, float]]:
    return [(note.start, note.length, note.pitch) for note in part]


def test_phrases_are_read_as_written() -> None:
    assert starts(phrase("C4/2 -/1 | Bb3+F#4 E5/.5", start=4.0)) == [
        (4.0, 2.0, 60), (7.0, 1.0, 58), (7.0, 1.0, 66), (8.0, 0.5, 76),
    ]  # fmt: skip
    assert [(note.start, note.velocity) for note in beaten("X.o. |x")] == [(0.0, 1.0), (0.5, 0.4), (1.0, 0.7)]
    assert hertz(pitch("A4")) == 440.0


def test_tempo_counts_bars_and_swings_off_beats_only() -> None:
    assert Tempo((60.0, 120.0)).seconds(8.0) == pytest.approx(4.0 + 2.0)
    assert Tempo((60.0,), swing=0.33, grain=0.5).seconds(0.5) == pytest.approx(0.665)
    assert Tempo((60.0,), swing=0.33, grain=0.5).seconds(3.0) == pytest.approx(3.0)


@pytest.mark.parametrize("score", [kettle.score(), stairs.score(), corridor.score(), lamps.score(), upstairs.score()])
def test_no_note_is_outside_of_its_score(score: kettle.Score) -> None:
    for part in score.parts.values():
        assert part
        assert all(0.0 <= note.start < score.beats and 0.0 < note.velocity <= 1.0 for note in part)
        assert all(24 <= note.pitch <= 100 for note in part)


@pytest.mark.parametrize("lines", [
    kettle._FIRST, kettle._SECOND, kettle._THIRD, kettle._LAST, stairs._CALL, stairs._ANSWER, lamps._TUNE, lamps._BELOW,
])  # fmt: skip
def test_every_bar_of_a_tune_is_full(lines: str) -> None:
    length = 1.0
    for bar in lines.split("|"):
        total = 0.0
        for token in bar.split():
            length = float(token.partition("/")[2] or length)
            total += length
        assert total == 4.0, bar


@pytest.mark.parametrize("instrument", TUNED)
def test_an_instrument_is_in_tune_and_ends_softly(instrument: modal.plucked) -> None:  # type: ignore[valid-type]
    sound = instrument(69, 1.5, 0.6)
    spectrum = np.abs(np.fft.rfft(sound, 1 << 17))
    near = slice(round(415 / RATE * (1 << 17)), round(466 / RATE * (1 << 17)))
    peak = (near.start + int(np.argmax(spectrum[near]))) * RATE / (1 << 17)
    assert abs(1200 * np.log2(peak / 440)) < 8
    assert np.abs(sound).max() < 1.0
    assert abs(sound[0]) < 0.01
    assert abs(sound[-1]) < 0.001


@pytest.mark.parametrize(
    "drum", [drums.kick, drums.soft_kick, drums.clap, drums.rim, drums.brush, drums.hat, drums.open_hat]
)
def test_a_stroke_of_a_drum_ends_in_silence(drum: drums.kick) -> None:  # type: ignore[valid-type]
    sound = drum(60, 0.1, 0.8)
    assert 0.05 < np.abs(sound).max() < 1.5
    assert abs(sound[-1]) < 0.002


def test_pads_are_wide_and_loop_without_a_step() -> None:
    sound = pads.strings(57, 6.0, 0.7)[:, RATE : 5 * RATE]
    loop = 1 << 16
    assert 0.2 < np.corrcoef(sound)[0, 1] < 0.7
    assert np.allclose(sound[:, :loop], sound[:, loop : 2 * loop], atol=1e-5)
    bends = np.abs(np.diff(sound, n=2))
    assert bends.max() < 2.0 * np.quantile(bends, 0.9999)


def test_convolution_in_blocks_is_convolution() -> None:
    sound, response = noise(50_000), noise(3_000)
    into = silence(50_000)
    convolve(sound, response, into)
    assert np.allclose(into[1], np.convolve(sound[1], response[1])[:50_000], atol=2e-3)


def test_an_equaliser_keeps_time_and_level_where_it_passes() -> None:
    tone = np.tile(np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE), (2, 1)).astype(np.float32)
    inner = slice(5_000, -5_000)
    assert np.allclose(equalise(tone, high_cut(8_000))[:, inner], tone[:, inner], atol=0.01)


def test_a_sweep_wide_open_changes_nothing_and_closed_takes_the_top() -> None:
    sound = noise(RATE)
    assert np.allclose(sweep(sound, np.array([1e6, 1e6])), sound, atol=1e-3)
    assert np.std(sweep(sound, np.array([300.0, 300.0]))) < 0.25 * np.std(sound)


def test_the_limiter_holds_its_ceiling_and_leaves_quiet_sound_alone() -> None:
    sound = noise(RATE)
    sound[:, :20_000] *= np.float32(0.05)
    before = sound.copy()
    limit(sound, 0.5)
    assert np.abs(sound).max() <= 0.5001
    assert np.array_equal(sound[:, :12_000], before[:, :12_000])
