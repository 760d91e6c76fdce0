from __future__ import annotations

import dataclasses
import struct

from mediaserver.media import fmp4, sample_entries

STREAM = fmp4.Stream(rate=44100, channels=2, samples=100_000, frame=1024, priming=1024)
NESTS = {"moov", "trak", "edts", "mdia", "minf", "dinf", "stbl", "mvex", "moof", "traf"}


def tree(data: bytes) -> list[tuple[str, object]]:
    """The boxes in order, each with its children or its content."""
    boxes = []
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        assert 8 <= size <= len(data)
        name, body = kind.decode(), data[8:size]
        boxes.append((name, tree(body) if name in NESTS else body))
        data = data[size:]
    return boxes


def find(boxes: list, *path: str) -> object:
    inner = next(content for name, content in boxes if name == path[0])
    return find(inner, *path[1:]) if path[1:] else inner


def test_the_initialisation_has_every_box_that_the_standard_asks_for() -> None:
    boxes = tree(fmp4.initialisation(STREAM, sample_entries.mp4a(STREAM, b"\x12\x10", 128000, 160000)))
    assert [name for name, _ in boxes] == ["ftyp", "moov"]
    assert [name for name, _ in find(boxes, "moov")] == ["mvhd", "trak", "mvex"]
    assert [name for name, _ in find(boxes, "moov", "trak", "mdia", "minf", "stbl")] == [
        "stsd",
        "stts",
        "stsc",
        "stsz",
        "stco",
    ]
    assert {len(find(boxes, "moov", "mvhd")), len(find(boxes, "moov", "trak", "tkhd"))} == {100, 84}


def test_the_edit_list_skips_the_priming_and_ends_with_the_track() -> None:
    boxes = tree(fmp4.initialisation(STREAM, b""))
    assert struct.unpack(">IIQqI", find(boxes, "moov", "trak", "edts", "elst")) == (1 << 24, 1, 100_000, 1024, 1 << 16)


def test_packets_that_need_others_before_them_are_told_of() -> None:
    stream = dataclasses.replace(STREAM, roll=4)
    tables = find(tree(fmp4.initialisation(stream, b"")), "moov", "trak", "mdia", "minf", "stbl")
    assert find(tables, "sgpd") == struct.pack(">I4sIIh", 1 << 24, b"roll", 2, 1, -4)
    data = fmp4.fragment(1, 0, [b"one", b"three"], [960, 960], rolls=True)
    boxes = tree(data)
    assert find(boxes, "moof", "traf", "sbgp") == struct.pack(">I4sIII", 0, b"roll", 1, 2, 1)
    assert (
        data[data.index(b"moof") - 4 + struct.unpack(">3I", find(boxes, "moof", "traf", "trun")[:12])[2] :]
        == b"onethree"
    )
    plain = tree(fmp4.initialisation(STREAM, b"") + fmp4.fragment(1, 0, [b"one"], [960]))
    assert b"roll" not in repr(plain).encode()


def test_a_fragment_tells_its_time_and_points_at_its_packets() -> None:
    packets, durations = [b"one", b"three", b"sixsix"], [1024, 1024, 500]
    data = fmp4.fragment(7, 5_000_000_000, packets, durations)
    boxes = tree(data)
    assert [name for name, _ in boxes] == ["styp", "moof", "mdat"]
    assert find(boxes, "mdat") == b"onethreesixsix"
    assert find(boxes, "moof", "mfhd") == struct.pack(">II", 0, 7)
    assert find(boxes, "moof", "traf", "tfdt") == struct.pack(">IQ", 1 << 24, 5_000_000_000)
    run = struct.unpack(">9I", find(boxes, "moof", "traf", "trun"))
    assert run == (0x301, 3, run[2], 1024, 3, 1024, 5, 500, 6)
    assert data[data.index(b"moof") - 4 + run[2] :] == b"onethreesixsix"
