from __future__ import annotations

import wave
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from mediaserver.demo import album, recordings
from mediaserver.demo.signal import RATE, frames

NUMBERS = [piece.number for piece in album.ALBUM.pieces]


@cache
def sounds() -> dict[int, album.Sound]:
    return {piece.number: sound for piece, sound in album.rendered()}


def loudest_second_and_softest_ten(sound: album.Sound) -> tuple[float, float]:
    seconds = np.square(sound[: len(sound) // RATE * RATE]).reshape(-1, RATE * 2).mean(axis=1)
    tens = np.convolve(seconds, np.full(10, 0.1), mode="valid")
    return float(10 * np.log10(seconds.max())), float(10 * np.log10(tens.min()))


def test_the_album_is_numbered_named_and_described() -> None:
    assert NUMBERS == [1, 2, 3, 4, 5]
    assert len({piece.title for piece in album.ALBUM.pieces}) == 5
    assert all(piece.genres and piece.words.endswith(".") for piece in album.ALBUM.pieces)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_piece_is_clean_sound_of_a_song_s_length(number: int) -> None:
    sound = sounds()[number]
    assert sound.dtype == np.float32
    assert sound.shape[1] == 2
    assert 60 * RATE < len(sound) < 110 * RATE
    assert np.isfinite(sound).all()
    assert 0.4 < np.abs(sound).max() < 0.89
    assert np.abs(sound.mean(axis=0)).max() < 1e-3


@pytest.mark.parametrize("number", NUMBERS)
def test_a_piece_is_wide_but_not_lopsided(number: int) -> None:
    left, right = sounds()[number].T
    middle, side = np.std(left + right), np.std(left - right)
    assert 0.03 < side / middle < 1.0
    assert 0.7 < np.std(left) / np.std(right) < 1.4


@pytest.mark.parametrize("number", NUMBERS)
def test_a_piece_never_falls_silent_for_long(number: int) -> None:
    loud, soft = loudest_second_and_softest_ten(sounds()[number])
    assert -20 < loud < -8
    assert soft > loud - 22


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_piece_begins_at_once_and_ends_in_silence(number: int) -> None:
    sound = sounds()[number]
    assert np.abs(sound[: RATE // 2]).max() > 0.05
    assert np.abs(sound[-RATE // 100 :]).max() < 1e-3


def test_the_corridor_runs_into_the_lamps_without_a_seam() -> None:
    before, after = sounds()[3], sounds()[4]
    joined = np.concatenate((before, after))
    assert len(before) == frames(recordings.lamps_begin())
    seam = np.abs(after[0] - before[-1]).max()
    around = np.abs(np.diff(joined[len(before) - RATE : len(before) + RATE], axis=0))
    assert seam <= np.quantile(around, 0.999)
    for side in (before[-RATE // 20 :], after[: RATE // 20]):
        assert np.std(side) > 0.01


def test_pieces_of_one_recording_are_cut_from_it_once_and_lose_no_sample() -> None:
    whole = np.linspace(-0.5, 0.5, 4 * RATE, dtype=np.float32).reshape(2, -1)
    takes = []

    def recording() -> np.ndarray:
        takes.append(1)
        return whole

    cuts = ((0.0, 0.7), (0.7, 1.3), (1.3, None))
    pieces = tuple(album.Piece(n, "Part", (), "", recording, begin, end) for n, (begin, end) in enumerate(cuts, 1))
    parts = [sound for _, sound in album.rendered(replace(album.ALBUM, pieces=pieces))]
    assert np.array_equal(np.concatenate(parts), whole.T)
    assert len(takes) == 1
    joins = [(piece.begin, piece.end) for piece in album.ALBUM.pieces[2:4]]
    assert joins == [(0.0, recordings.lamps_begin()), (recordings.lamps_begin(), None)]


def test_the_pieces_have_different_colours() -> None:
    def thirds(sound: album.Sound) -> np.ndarray:
        power = np.abs(np.fft.rfft(sound[20 * RATE : 20 * RATE + (1 << 19), 0])) ** 2
        edges = np.geomspace(30, 16_000, 28) * (1 << 19) / RATE
        return 10 * np.log10([power[round(low) : round(high)].sum() for low, high in pairwise(edges)])

    spectra = [thirds(sound) for sound in sounds().values()]
    for one, other in combinations(spectra, 2):
        assert np.std(one - other) > 3.0


def test_rendering_again_gives_the_same_and_the_file_holds_it(tmp_path: Path) -> None:
    piece = album.ALBUM.pieces[0]
    again = album.render(piece)
    assert np.array_equal(again, sounds()[1])
    album.save(again, tmp_path / "one.wav")
    with wave.open(str(tmp_path / "one.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        written = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    error = written / np.float32(32_767.0) - again
    assert np.abs(error).max() < 1.6 / 32_767
    assert abs(float(error.mean())) < 0.01 / 32_767
