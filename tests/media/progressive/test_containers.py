from __future__ import annotations

import struct
from contextlib import nullcontext
from pathlib import Path

import mutagen.mp3
import mutagen.oggopus
import pytest

from mediaserver.base.errors import TooLarge
from mediaserver.media import riff
from mediaserver.media.progressive import ogg_pages
from mediaserver.media.progressive.m4a import Packets
from mediaserver.media.progressive.mp3_frames import Frames, crc16, nearest_rate
from mediaserver.media.progressive.opus import Opus
from mediaserver.media.progressive.wav import Wav
from mediaserver.media.timeline import Original
from tests import sounds


def crc_by_the_book(data: bytes) -> int:
    remainder = 0
    for byte in data:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x04C11DB7 if remainder >> 31 else 0)) & 0xFFFFFFFF
    return remainder


def test_the_crcs_are_those_of_the_book() -> None:
    for data in (b"", b"\0", b"123456789", bytes(range(256))):
        assert ogg_pages.crc32(data) == crc_by_the_book(data)
    assert crc16(b"123456789") == 0xBB3D  # the check value of CRC-16/ARC


@pytest.mark.parametrize("size", [1, 80, 254, 255, 256, 510, 640])
def test_lacing_tells_the_size(size: int) -> None:
    assert sum(ogg_pages.lacing(size)) == size
    assert ogg_pages.lacing(size)[-1] < 255
    assert len(ogg_pages.page([bytes(size)] * 3, 1, 2, 3)) == ogg_pages.size(3, size)


@pytest.mark.parametrize(("channels", "bitrate", "rate"), [(1, 64, 48000), (2, 64, 48000), (2, 320, 32000)])
def test_the_info_frame_says_what_follows(tmp_path: Path, channels: int, bitrate: int, rate: int) -> None:
    frames = Frames(rate, channels, 100_000, bitrate)
    frame = frames.information()
    at = frame.index(b"Info")
    assert struct.unpack(">II", frame[at + 8 : at + 16]) == (
        frames.count,
        len(frame) + frames.place(frames.count),
    )
    end = at + 120 + 34
    assert struct.unpack(">H", frame[end : end + 2]) == (crc16(frame[:end]),)
    path = tmp_path / "head.mp3"
    path.write_bytes(frame * 4)
    read = mutagen.mp3.MP3(path).info
    assert (read.channels, read.sample_rate, read.bitrate_mode) == (channels, rate, mutagen.mp3.BitrateMode.CBR)
    assert read.length == pytest.approx(100_000 / rate, abs=1e-6)


@pytest.mark.parametrize(
    ("original", "rate"),
    [(8000, 32000), (11025, 44100), (22050, 44100), (24000, 48000), (88200, 44100), (96000, 48000), (37800, 32000)],
)
def test_mp3_keeps_to_related_rates(original: int, rate: int) -> None:
    assert nearest_rate(original) == rate


def test_every_page_of_opus_is_whole_and_in_its_place(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "song.flac", sounds.music(11.5, 48000), 48000)
    layout = Opus(Original(path, 48000, 2, 11 * 48000 + 24000), 160, 0xCAFE)
    data = b"".join(layout.make(n) for n in range(layout.parts))
    place, pages = 0, []
    while place < len(data):
        magic, version, flags, granule, serial, number, crc, entries = struct.unpack(
            "<4sBBqIIIB", data[place : place + 27]
        )
        end = place + 27 + entries + sum(data[place + 27 : place + 27 + entries])
        page = data[place:end]
        assert (magic, version, serial, number) == (b"OggS", 0, 0xCAFE, len(pages))
        assert crc_by_the_book(page[:22] + bytes(4) + page[26:]) == crc
        pages.append((flags, granule))
        place = end
    assert [flags for flags, _ in pages] == [2, 0, *[0] * (len(pages) - 3), 4]
    assert [granule for _, granule in pages[:4]] == [0, 0, 48000, 96000]
    assert pages[-1][1] == 120 + layout.samples
    (tmp_path / "made.opus").write_bytes(data)
    assert mutagen.oggopus.OggOpus(tmp_path / "made.opus").info.length == pytest.approx(11.5, abs=1e-6)


def test_a_wav_beyond_four_gib_says_so_in_rf64(tmp_path: Path) -> None:
    layout = Wav(Original(Path("nowhere"), 192_000, 2, 1 << 30), 24)
    head = layout.make(0)
    assert head[:4] == b"RF64"
    path = tmp_path / "head.wav"
    path.write_bytes(head)
    assert riff.announced(path) == (1 << 30) * 6 == layout.length - len(head)
    whole, data, samples = struct.unpack("<QQQ", head[20:44])
    assert (whole, data, samples) == (layout.length - 8, 6 << 30, 1 << 30)


def test_a_sound_of_odd_length_is_filled_up() -> None:
    layout = Wav(Original(Path("nowhere"), 8000, 1, 333), 24)
    assert struct.unpack("<I", layout.make(0)[4:8]) == (layout.length - 8,)
    assert layout.length == 44 + 1000


def test_the_info_frame_of_what_is_longer_than_it_can_tell_still_names_the_frames() -> None:
    frames = Frames(44_100, 2, 44_100 * 3600 * 40, 320)
    said = frames.information()
    place = said.index(b"Info") + 8
    assert struct.unpack_from(">II", said, place) == (frames.count, 0xFFFF_FFFF)


def test_a_sound_that_no_m4a_has_room_for_is_refused_before_it_is_made() -> None:
    for hours, fits in ((27, True), (28, False)):
        packets = Packets(Original(Path("x.wav"), 44_100, 2, 44_100 * 3600 * hours), 64)
        with nullcontext() if fits else pytest.raises(TooLarge, match="too long"):
            packets.require_room()
