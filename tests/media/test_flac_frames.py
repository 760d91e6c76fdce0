from __future__ import annotations

import pytest

from mediaserver.media import encode, flac_frames
from mediaserver.media.renditions import by_name
from tests import sounds

FLAC = by_name("flac-16")


def crc(data: bytes, polynomial: int, bits: int) -> int:
    """Bit by bit, as RFC 9639 writes it."""
    register = 0
    for byte in data:
        register ^= byte << bits - 8
        for _ in range(8):
            register = register << 1 ^ (polynomial if register >> bits - 1 else 0)
    return register


@pytest.fixture(scope="module", params=[(44100, 2), (48000, 1), (37800, 2), (8000, 1), (192000, 2)])
def frames(request: pytest.FixtureRequest) -> list[bytes]:
    """Ten whole frames and one shorter, of rates that are written in the head in different ways."""
    rate, channels = request.param
    return encode.packets(sounds.music(5, rate, channels)[: 3840 * 10 + 77], FLAC, rate)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 2047, 2048, 65535, 65536, 2**21 - 1, 2**21, 2**26, 2**31 - 1])
def test_both_checksums_are_true_for_any_number(frames: list[bytes], number: int) -> None:
    for frame in (frames[0], frames[-1]):
        made = flac_frames.numbered(frame, number)
        coded = flac_frames.coded(number)
        assert made[4 : 4 + len(coded)] == coded
        assert crc(made[:-2], 0x18005, 16) == int.from_bytes(made[-2:], "big")
        end = 4 + len(coded) + (2 if frame is frames[0] else 1) + flac_frames.MORE_RATE.get(frame[2] & 15, 0)
        assert crc(made[:end], 0x107, 8) == made[end]
        assert made[end + 1 : -2] == frame[end + 2 - len(coded) : -2]


def test_the_number_that_it_has_changes_nothing(frames: list[bytes]) -> None:
    assert [flac_frames.numbered(frame, n) for n, frame in enumerate(frames)] == frames


def test_a_large_number_can_be_taken_back(frames: list[bytes]) -> None:
    for number, frame in enumerate(frames):
        for other in (200, 70_000, 2**31 - 1):
            assert flac_frames.numbered(flac_frames.numbered(frame, other), number) == frame


@pytest.mark.parametrize("number", [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xFFFF, 0x10000, 0x10FFFF])
def test_numbers_are_coded_as_characters_are(number: int) -> None:
    assert flac_frames.coded(number) == chr(number).encode("utf-8", "surrogatepass")


def test_the_largest_numbers_have_six_bytes() -> None:
    assert flac_frames.coded(2**31 - 1).hex() == "fdbfbfbfbfbf"
    assert flac_frames.coded(2**26).hex() == "fc8480808080"
