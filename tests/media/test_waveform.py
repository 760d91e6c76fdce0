from __future__ import annotations

import numpy as np
import pytest

from mediaserver.base.errors import Invalid
from mediaserver.media import waveform
from tests import sounds


def drawn(sound: np.ndarray, pieces: int, rate: int = 44100) -> waveform.Waveform:
    drawing = waveform.Drawing(rate)
    for piece in np.array_split(sound, pieces):
        drawing.feed([np.ascontiguousarray(channel) for channel in piece.T])
    return drawing.end()


def plainly(sound: np.ndarray, step: int) -> list[int]:
    words = np.clip(sound.mean(axis=1, dtype=np.float64) * 32768, -32768, 32767).astype(int)
    data: list[int] = []
    for start in range(0, len(words), step):
        part = words[start : start + step]
        data += [int(part.min() / 256), int(part.max() / 256)]
    return data


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("seconds", [0.01, 1.0, 5.95, 30.0])
def test_every_pixel_is_what_a_plain_loop_finds(seconds: float, channels: int) -> None:
    sound = sounds.music(seconds, channels=channels)
    found = drawn(sound, pieces=7)
    assert found.length == -(-len(sound) // found.samples_per_pixel)
    # a mean of floats may fall on the other side of a step
    assert np.abs(np.subtract(found.to_json()["data"], plainly(sound, found.samples_per_pixel))).max() <= 1
    assert np.mean(np.not_equal(found.to_json()["data"], plainly(sound, found.samples_per_pixel))) < 0.01


@pytest.mark.parametrize("seconds", [6, 60, 600, 3600])
def test_the_resolution_follows_the_length(seconds: int) -> None:
    drawing = waveform.Drawing(8000)
    for _ in range(seconds):
        drawing.feed([np.zeros(8000, np.float32)])
    found = drawing.end()
    assert 750 <= found.length <= 4096
    assert found.samples_per_pixel * (found.length - 1) < seconds * 8000 <= found.samples_per_pixel * found.length


def test_the_pieces_do_not_matter() -> None:
    sound = sounds.music(11.3)
    assert drawn(sound, pieces=1) == drawn(sound, pieces=999)


def test_full_scale_and_beyond_stays_in_eight_bits() -> None:
    assert drawn(np.array([[1.5], [-1.5]] * 32, np.float32), 1).to_json()["data"] == [-128, 127]


def test_binary_form_is_the_documented_one() -> None:
    made = drawn(sounds.tone(2), 3)
    data = made.to_dat()
    assert np.frombuffer(data[:24], "<i4").tolist() == [2, 1, 44100, made.samples_per_pixel, made.length, 1]
    assert np.frombuffer(data[24:], np.int8).tolist() == made.to_json()["data"]
    assert waveform.from_dat(data) == made


def test_json_form_is_the_documented_one() -> None:
    made = drawn(sounds.tone(2), 3).to_json()
    assert set(made) == {"version", "channels", "sample_rate", "samples_per_pixel", "bits", "length", "data"}
    assert (made["version"], made["channels"], made["bits"]) == (2, 1, 8)
    assert len(made["data"]) == 2 * made["length"]


@pytest.mark.parametrize("data", [b"", b"\2\0\0\0", b"RIFF" * 6, drawn(sounds.tone(1), 1).to_dat()[:-1]])
def test_other_data_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        waveform.from_dat(data)


def test_a_drawing_of_nothing_is_empty() -> None:
    assert waveform.Drawing(44100).end().length == 0
