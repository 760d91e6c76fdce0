from __future__ import annotations

import struct

import pytest

from mediaserver.media import sample_entries
from mediaserver.media.fmp4 import Stream


def opened(entry: bytes) -> tuple[str, tuple[int, ...], str, bytes]:
    """The entry's kind; channels, bits and sample rate; and the box within, with its content."""
    size, kind, reference, channels, bits, rate = struct.unpack(">I4s6xH8xHH4xI", entry[:36])
    inner, name = struct.unpack(">I4s", entry[36:44])
    assert (size, reference, inner, rate & 0xFFFF) == (len(entry), 1, len(entry) - 36, 0)
    return kind.decode(), (channels, bits, rate >> 16), name.decode(), entry[44:]


def test_opus_tells_what_is_skipped() -> None:
    stream = Stream(rate=48000, channels=1, samples=1, frame=960, priming=960)
    kind, told, name, content = opened(sample_entries.opus(stream))
    assert (kind, told, name) == ("Opus", (1, 16, 48000), "dOps")
    assert struct.unpack(">BBHIhB", content) == (0, 1, 960, 48000, 0, 0)


@pytest.mark.parametrize(
    ("rate", "told"), [(44100, 44100), (48000, 48000), (88200, 44100), (96000, 48000), (176400, 44100), (192000, 48000)]
)
def test_flac_tells_its_facts(rate: int, told: int) -> None:
    stream = Stream(rate=rate, channels=2, samples=5_000_000_000, frame=3840, priming=0)
    kind, sound, name, content = opened(sample_entries.flac(stream, 24))
    assert (kind, sound, name) == ("fLaC", (2, 24, told), "dfLa")
    assert content[:8] == struct.pack(">II", 0, 0x80 << 24 | 34)
    info = content[8:]
    assert (len(info), info[:4], info[4:10], info[18:]) == (34, struct.pack(">HH", 3840, 3840), bytes(6), bytes(16))
    facts = int.from_bytes(info[10:18], "big")
    assert (facts >> 44, facts >> 41 & 7, facts >> 36 & 31, facts & (1 << 36) - 1) == (rate, 1, 23, 5_000_000_000)


def test_aac_tells_its_bit_rates() -> None:
    stream = Stream(rate=44100, channels=2, samples=1, frame=1024, priming=1024)
    kind, told, name, content = opened(sample_entries.mp4a(stream, b"\x12\x10", 128_000, 160_000))
    assert (kind, told, name) == ("mp4a", (2, 16, 44100), "esds")
    assert struct.pack(">II", 160_000, 128_000) in content
    assert b"\x05\x02\x12\x10" in content
