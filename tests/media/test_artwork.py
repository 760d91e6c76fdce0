from __future__ import annotations

import pickle
import struct
import subprocess
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mediaserver.base.errors import Invalid, Problem, TooLarge, Unsupported
from mediaserver.media import artwork


def painted(height: int, width: int, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> np.ndarray:
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2], pixels[height // 2 :] = top, bottom
    return pixels


COVER = artwork.encode_png(painted(700, 900, (128, 128, 128), (200, 30, 40)))


def converted(ending: str, folder: Path, *options: str) -> bytes:
    source, target = folder / "a.png", folder / f"b.{ending}"
    source.write_bytes(COVER)
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, *options, target], check=True)
    return target.read_bytes()


def channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def bomb(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(
    ("ending", "mime"),
    [("png", "image/png"), ("jpg", "image/jpeg"), ("gif", "image/gif"), ("webp", "image/webp")],
)
def test_every_kind_is_told_and_made_smaller(ending: str, mime: str, tmp_path: Path) -> None:
    data = converted(ending, tmp_path)
    assert artwork.inspect(data) == artwork.Picture(mime, 900, 700)
    assert artwork.inspect(artwork.resize(data, 300)) == artwork.Picture("image/webp", 300, 233)


def test_webp_without_loss(tmp_path: Path) -> None:
    assert artwork.inspect(converted("webp", tmp_path, "-lossless", "1")) == artwork.Picture("image/webp", 900, 700)


@pytest.mark.parametrize("size", artwork.SIZES)
def test_sizes_fit_and_never_grow(size: int) -> None:
    found = artwork.inspect(artwork.resize(COVER, size))
    assert max(found.width, found.height) == min(size, 900)
    assert found.width / found.height == pytest.approx(9 / 7, abs=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (2000, 3), (5, 7)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    data = artwork.encode_png(painted(*shape, (0, 0, 0), (255, 255, 255)))
    assert artwork.inspect(data) == artwork.Picture("image/png", shape[1], shape[0])
    assert max(artwork.inspect(artwork.resize(data, 96)).width, 1) <= 96


@pytest.mark.parametrize("size", artwork.SIZES)
def test_a_smaller_picture_keeps_its_colour(size: int) -> None:
    assert channels(artwork.colour(artwork.resize(COVER, size))) == pytest.approx([200, 30, 40], abs=5)


def test_png_holds_the_very_pixels() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 30, 3), np.uint8)
    data = artwork.encode_png(pixels)
    frame = artwork.decoded(data, artwork.glance(data))
    assert np.array_equal(artwork.pixels(frame, 30, 40), pixels)


def test_something_colourful_beats_much_grey() -> None:
    pixels = painted(100, 100, (90, 90, 90), (30, 30, 32))
    pixels[:30, :30] = (20, 160, 90)
    assert channels(artwork.colour(artwork.encode_png(pixels))) == pytest.approx([20, 160, 90], abs=12)


def test_one_hue_is_taken_not_the_mud_between_two() -> None:
    data = artwork.encode_png(painted(100, 90, (230, 40, 40), (40, 40, 200)))
    assert channels(artwork.colour(data)) == pytest.approx([230, 40, 40], abs=12)


def test_grey_pictures_are_grey() -> None:
    assert artwork.colour(artwork.encode_png(painted(50, 50, (100, 100, 100), (50, 50, 50)))) == "#4b4b4b"


def test_transparent_places_are_white(tmp_path: Path) -> None:
    clear = tmp_path / "clear.png"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "color=red@0.0:s=64x64,format=rgba",
        "-frames:v",
        "1",
        clear,
    ]
    subprocess.run(command, check=True)
    assert artwork.colour(clear.read_bytes()) == "#ffffff"


def test_the_first_of_moving_pictures_is_taken(tmp_path: Path) -> None:
    moving = tmp_path / "moving.gif"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=80x60:d=1:r=5", moving]
    subprocess.run(command, check=True)
    assert artwork.inspect(moving.read_bytes()) == artwork.Picture("image/gif", 80, 60)


@pytest.mark.parametrize(
    "data", [b"", b"GIF", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM" + bytes(99)]
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(Unsupported):
        artwork.inspect(data)


@pytest.mark.parametrize("size", [(10_000, 5001), (2**31 - 1, 2**31 - 1)])
def test_bombs_are_refused_unopened(size: tuple[int, int]) -> None:
    for work in (artwork.inspect, artwork.colour):
        with pytest.raises(TooLarge):
            work(bomb(*size))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(TooLarge):
        artwork.inspect(COVER + bytes(artwork.LARGEST))


@pytest.mark.parametrize(
    "data", [bomb(0, 5), COVER[:20], b"\xff\xd8\xff", b"\xff\xd8\xff\xda", COVER[:40] + bytes(500)]
)
def test_broken_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        artwork.inspect(data)


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp"])
def test_damage_ends_in_a_sentence_or_a_picture(ending: str, tmp_path: Path) -> None:
    whole = converted(ending, tmp_path)
    chance = np.random.default_rng(4)
    for _ in range(30):
        data = bytearray(whole[: chance.integers(10, len(whole) + 1)])
        data[chance.integers(4, len(data))] = chance.integers(256)
        with suppress(Problem):
            artwork.inspect(bytes(data))


def test_pictures_travel() -> None:
    found = artwork.inspect(COVER)
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_goes_into_sound_files_is_a_jpeg_or_png_of_a_modest_size() -> None:
    chance = np.random.default_rng(3)
    small = artwork.encode_png(chance.integers(0, 255, (200, 300, 3), np.uint8))
    assert artwork.embeddable(small) == small
    large = artwork.encode_png(chance.integers(0, 255, (1500, 2000, 3), np.uint8))
    assert len(large) > artwork.EMBEDDED
    made = artwork.embeddable(large)
    assert artwork.inspect(made) == artwork.Picture("image/jpeg", 1200, 900)
    assert len(made) < len(large) / 3
    webp = artwork.resize(small, 96)
    assert artwork.inspect(artwork.embeddable(webp)) == artwork.Picture("image/jpeg", 96, 64)
