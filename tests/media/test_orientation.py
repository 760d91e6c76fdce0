from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mediaserver.media import artwork, orientation

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 180, 20), (20, 20, 220), (255, 255, 255)


def upright(height: int = 96, width: int = 160) -> np.ndarray:
    """Red above green on the left, blue above white on the right."""
    pixels = np.empty((height, width, 3), np.uint8)
    half, middle = height // 2, width // 2
    pixels[:half, :middle], pixels[half:, :middle] = RED, GREEN
    pixels[:half, middle:], pixels[half:, middle:] = BLUE, WHITE
    return pixels


def stored(pixels: np.ndarray, number: int) -> np.ndarray:
    """How a camera stores what is to be seen as `pixels`, by the words of Exif about row 0 and column 0."""
    return {
        1: pixels,
        2: np.fliplr(pixels),
        3: np.rot90(pixels, 2),
        4: np.flipud(pixels),
        5: pixels.swapaxes(0, 1),
        6: np.rot90(pixels, 1),
        7: np.rot90(pixels, 2).swapaxes(0, 1),
        8: np.rot90(pixels, -1),
    }[number]


def exif(number: int, order: str = "<") -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHIHH", orientation.ORIENTATION, orientation.SHORT, 1, number, 0)
    return head + struct.pack(order + "IH", 8, 1) + entry + bytes(4)


def jpeg(folder: Path, pixels: np.ndarray, note: bytes) -> bytes:
    source, target = folder / "a.png", folder / "b.jpg"
    source.write_bytes(artwork.encode_png(np.ascontiguousarray(pixels)))
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, "-q:v", "2", target], check=True)
    data = target.read_bytes()
    content = b"Exif\0\0" + note
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + data[2:]


def corners(data: bytes) -> list[list[int]]:
    picture = artwork.glance(data)
    pixels = artwork.pixels(artwork.decoded(data, picture), picture.width, picture.height).astype(int)
    height, width = pixels.shape[0] // 4, pixels.shape[1] // 4
    return [pixels[y, x].tolist() for y in (height, -height) for x in (width, -width)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("number", range(1, 9))
def test_photographs_are_shown_as_they_were_held(number: int, order: str, tmp_path: Path) -> None:
    data = jpeg(tmp_path, stored(upright(), number), exif(number, order))
    assert artwork.inspect(data) == artwork.Picture("image/jpeg", 160, 96)
    shown = artwork.resize(data, 96)
    assert artwork.inspect(shown) == artwork.Picture("image/webp", 96, 58)
    for seen, wanted in zip(corners(shown), (RED, BLUE, GREEN, WHITE), strict=True):
        assert np.allclose(seen, wanted, atol=25), (number, seen, wanted)


def test_a_large_photograph_goes_into_sound_files_upright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artwork, "EMBEDDED", 0)
    made = artwork.embeddable(jpeg(tmp_path, stored(upright(), 6), exif(6)))
    assert artwork.inspect(made) == artwork.Picture("image/jpeg", 160, 96)
    for seen, wanted in zip(corners(made), (RED, BLUE, GREEN, WHITE), strict=True):
        assert np.allclose(seen, wanted, atol=25), (seen, wanted)


@pytest.mark.parametrize(
    "note",
    [b"", b"II*\0", b"XX" + exif(6)[2:], exif(6)[:14], exif(0), exif(9), exif(6)[:4] + b"\xff" * 4 + exif(6)[8:]],
    ids=range(7),
)
def test_a_note_that_makes_no_sense_turns_nothing(note: bytes, tmp_path: Path) -> None:
    data = jpeg(tmp_path, upright(), note)
    assert artwork.inspect(data) == artwork.Picture("image/jpeg", 160, 96)


def test_other_kinds_have_no_note() -> None:
    assert orientation.of_picture(artwork.encode_png(upright()), "image/png") == orientation.UPRIGHT
    assert orientation.of_picture(b"\xff\xd8", "image/jpeg") == orientation.UPRIGHT
