from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from mediaserver.media import analysis
from mediaserver.media.hearing import fingerprint
from tests import sounds
from tests.media import musical

SECONDS = 20


@pytest.fixture(scope="module")
def piece() -> np.ndarray:
    return sounds.music(SECONDS, seed=1)


@pytest.fixture(scope="module")
def known(piece: np.ndarray) -> bytes:
    return musical.heard(piece).fingerprint


CODED = {
    "mp3-64": ("a.mp3", {"bit_rate": 64_000}),
    "mp3-320": ("a.mp3", {"bit_rate": 320_000}),
    "aac-96": ("a.m4a", {"bit_rate": 96_000}),
    "flac": ("a.flac", {}),
}


@pytest.mark.parametrize("name", CODED)
def test_another_format_or_bit_rate_is_the_same_sound(
    name: str, piece: np.ndarray, known: bytes, tmp_path: Path
) -> None:
    file, options = CODED[name]
    other = analysis.analyse(sounds.write(tmp_path / file, piece, **options)).fingerprint
    found = fingerprint.compare(known, other)
    assert found.same
    assert found.similarity > 0.6
    assert found.coverage > 0.95
    assert abs(found.offset) < 0.2


def test_opus_at_48_kbit_is_the_same_sound(tmp_path: Path) -> None:
    sound = sounds.music(SECONDS, rate=48000, seed=1)
    coded = analysis.analyse(sounds.write(tmp_path / "a.opus", sound, 48000, bit_rate=48_000)).fingerprint
    assert fingerprint.compare(musical.heard(sound, 48000).fingerprint, coded).similarity > 0.6


@pytest.mark.parametrize("rate", [22050, 32000, 96000])
def test_another_rate_is_the_same_sound(rate: int, known: bytes) -> None:
    same = musical.heard(sounds.music(SECONDS, seed=1), 44100).fingerprint
    assert same == known
    places = np.arange(SECONDS * rate) / rate
    sound = sounds.music(SECONDS, seed=1)[:, 0]
    resampled = np.interp(places, np.arange(len(sound)) / 44100, sound).astype(np.float32)[:, None]
    assert fingerprint.compare(known, musical.heard(resampled, rate).fingerprint).similarity > 0.6


@pytest.mark.parametrize("gain", [0.1, 1.4])
def test_level_does_not_matter(gain: float, piece: np.ndarray, known: bytes) -> None:
    assert fingerprint.compare(known, musical.heard(piece * np.float32(gain)).fingerprint).similarity > 0.8


@pytest.mark.parametrize("seconds", [0.06, 1.0, 5.55])
def test_what_is_cut_off_at_the_beginning_shifts_the_rest(seconds: float, piece: np.ndarray, known: bytes) -> None:
    found = fingerprint.compare(known, musical.heard(piece[round(seconds * 44100) :]).fingerprint)
    assert found.same
    assert found.offset == pytest.approx(-seconds, abs=0.1)


def test_silence_before_and_after_changes_nothing(piece: np.ndarray, known: bytes) -> None:
    longer = np.concatenate((sounds.silence(4), piece, sounds.silence(7)))
    found = fingerprint.compare(known, musical.heard(longer).fingerprint)
    assert found.same
    assert found.offset == pytest.approx(4, abs=0.1)
    assert found.coverage > 0.9


def test_other_music_of_the_same_kind_is_another_sound() -> None:
    prints = [musical.heard(sounds.music(SECONDS, seed=seed)).fingerprint for seed in range(2, 8)]
    prints += [musical.heard(musical.song(root, minor=False)).fingerprint for root in (0, 5)]
    prints += [musical.heard(musical.drums(tempo)).fingerprint for tempo in (100, 120)]
    for one, other in itertools.combinations(prints, 2):
        assert not fingerprint.compare(one, other).same


def test_many_words_of_the_sketch_stay_the_same(piece: np.ndarray, known: bytes, tmp_path: Path) -> None:
    coded = analysis.analyse(sounds.write(tmp_path / "a.mp3", piece, bit_rate=64_000)).fingerprint
    sketch, other = set(fingerprint.sketch(known)), set(fingerprint.sketch(coded))
    assert len(sketch & other) > 8
    assert len(sketch) <= fingerprint.SKETCHED
    unrelated = set(fingerprint.sketch(musical.heard(sounds.music(SECONDS, seed=9)).fingerprint))
    assert len(sketch & unrelated) <= 2


def test_silence_and_short_sounds_tell_nothing() -> None:
    nothing = musical.heard(sounds.silence(20)).fingerprint
    assert not fingerprint.is_telling(nothing)
    assert fingerprint.sketch(nothing) == []
    assert not fingerprint.compare(nothing, nothing).same
    assert not fingerprint.is_telling(musical.heard(sounds.music(2)).fingerprint)
    assert fingerprint.compare(b"", nothing) == fingerprint.NOTHING_ALIKE


def test_a_second_takes_a_few_bytes(known: bytes) -> None:
    assert len(known) / SECONDS < 32
    assert fingerprint.seconds(known) == pytest.approx(SECONDS, abs=1)
