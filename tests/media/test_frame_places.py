from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from mediaserver.media import decode, frame_places
from mediaserver.media.frame_places import STRIDE, Places
from tests import sounds
from tests.media.streams import pcm

KINDS = {
    "constant": (".mp3", 44100, {"bit_rate": 128_000, "write_xing": 0, "id3v2_version": 0}),
    "variable": (".mp3", 44100, {"qscale": 4}),
    "low": (".mp3", 22050, {"bit_rate": 32_000}),
    "lowest": (".mp3", 8000, {"bit_rate": 8_000}),
    "adts": (".aac", 44100, {}),
    "adts low": (".aac", 16000, {"bit_rate": 24_000}),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("bare")
    made = {}
    for name, (suffix, rate, options) in KINDS.items():
        path = folder / f"{name}{suffix}"
        write(path, sounds.music(40, rate), rate, options)
        made[name] = (path, rate)
    return made


def write(path: Path, sound: np.ndarray, rate: int, options: dict[str, int]) -> None:
    of_the_file = {key: str(options[key]) for key in ("write_xing", "id3v2_version") if key in options}
    with av.open(path, "w", options=of_the_file) as box:
        stream = box.add_stream("aac" if path.suffix == ".aac" else "libmp3lame", rate=rate)
        stream.layout = "stereo"
        stream.options = {"aac_pns": "0"} if path.suffix == ".aac" else {}  # substituted noise is new with every start
        if "bit_rate" in options:
            stream.bit_rate = options["bit_rate"]
        if "qscale" in options:
            stream.codec_context.flags |= av.codec.context.Flags.qscale
            stream.codec_context.options = {"global_quality": str(118 * options["qscale"])}
        for frame in sounds.pieces(sound, rate):
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))


def demuxed(path: Path) -> list[int]:
    with av.open(str(path)) as box:
        return [packet.pos for packet in box.demux(audio=0) if packet.size and packet.pos is not None]


def places_of(path: Path, first: int) -> Places:
    codec = "mp3" if path.suffix == ".mp3" else "aac"
    kind = frame_places.kind_of(path.read_bytes()[first : first + frame_places.HEAD], codec)
    assert kind is not None
    return Places(path, first, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_found_where_ffmpeg_finds_it(shelf: dict[str, tuple[Path, int]], kind: str) -> None:
    path, _ = shelf[kind]
    known = demuxed(path)
    places = places_of(path, known[0])
    for number in (0, 1, STRIDE - 1, STRIDE, 3 * STRIDE + 7, len(known) // 2, len(known) - STRIDE - 1):
        found = places.before(number * places.duration + places.duration / 3)
        assert found == (known[number], number * places.duration)


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_is_the_same_as_in_one_decode_of_the_whole(shelf: dict[str, tuple[Path, int]], kind: str) -> None:
    path, rate = shelf[kind]
    with decode.Reader(path) as reader:
        length = sum(frame.samples for _, frame in reader.frames())
    with decode.Reader(path) as reader:
        whole = reader.pcm(0, length, 2)
    for start in (rate, 7 * rate + 11, 20 * rate + 1, 38 * rate):
        assert np.abs(pcm(path, start, start + rate, rate, 2) - whole[start : start + rate]).max() <= 1e-6


def test_small_blocks_find_the_same(shelf: dict[str, tuple[Path, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = shelf["variable"]
    known = demuxed(path)
    monkeypatch.setattr(frame_places, "BLOCK", 1 << 17)
    assert len(path.read_bytes()) > 3 << 17
    places = places_of(path, known[0])
    assert [places.before(n * places.duration) for n in range(len(known) - STRIDE)] == [
        (place, n * places.duration) for n, place in enumerate(known[:-STRIDE])
    ]


def test_what_is_no_frame_ends_the_search(shelf: dict[str, tuple[Path, int]], tmp_path: Path) -> None:
    path, rate = shelf["constant"]
    data, known = path.read_bytes(), demuxed(path)
    torn = tmp_path / "torn.mp3"
    torn.write_bytes(data[: known[500] + 5] + bytes(3000) + data[known[510] :])
    places = places_of(torn, known[0])
    assert places.before(100 * places.duration) == (known[100], 100 * places.duration)
    assert places.before(700 * places.duration) is None
    assert places.before(Fraction(100_000)) is None
    assert pcm(torn, 30 * rate, 31 * rate, rate, 2).any()  # found all the same, by reading every packet


@pytest.mark.parametrize("head", [bytes(7), b"\xff\xfb\x00\x00\0\0\0", b"\xff\xfb\xfc\x00\0\0\0", b"ID3\x04\0\0\0"])
def test_what_tells_no_length_has_no_places(head: bytes) -> None:
    assert frame_places.kind_of(head, "mp3") is None
    assert frame_places.kind_of(head, "aac") is None
    assert frame_places.kind_of(b"\xff\xfb\x90\x64\0\0\0", "opus") is None


def test_frames_follow_each_other() -> None:
    kind = frame_places.kind_of(b"\xff\xfb\x90\x64\0\0\0", "mp3")
    assert kind is not None
    assert (kind.duration, kind.step(b"\xff\xfb\x90\x64", 0, 1)) == (Fraction(1152, 44100), 417)
    steps = [kind.step((b"\xff\xfb\x92\x64" + bytes(414)) * 3, 0, n) for n in range(3)]
    assert [later - earlier for earlier, later in pairwise(steps)] == [418, 418]
