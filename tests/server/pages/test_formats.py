from __future__ import annotations

import pytest

from mediaserver.server.pages import formats


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (187, "3:07"), (3765, "1:02:45"), (None, "–")]
)
def test_clock(seconds: float | None, text: str) -> None:
    assert formats.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(20, "1 min"), (2460, "41 min"), (4320, "1 h 12 min"), (3590, "1 h 0 min")]
)
def test_spoken(seconds: float, text: str) -> None:
    assert formats.spoken(seconds) == text


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("2024-05-01", "1 May 2024"),
        ("2024-05", "May 2024"),
        ("2024", "2024"),
        ("2024-13-45", "2024-13-45"),
        ("spring", "spring"),
    ],
)
def test_day(date: str, text: str) -> None:
    assert formats.day(date) == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [("pcm_s16le", "PCM, 16 bit"), ("pcm_f32be", "PCM, 32 bit"), ("opus", "Opus"), ("wmav2", "WMAV2")],
)
def test_coding(codec: str, text: str) -> None:
    assert formats.coding(codec) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (3_528_044, "3.5 MB"), (2 * 2**30, "2.1 GB")]
)
def test_size(count: int, text: str) -> None:
    assert formats.size(count) == text
