from __future__ import annotations

import subprocess
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base.children import Limits
from mediaserver.ingest import first_touch
from mediaserver.ingest.first_touch import FirstTouch
from tests import sounds
from tests.base import misdeeds
from tests.running import Site, assert_sentence

MiB = 2**20
DEEDS = [
    (misdeeds.crash_at, "broke down"),
    (misdeeds.loop_at, "goes on for ever"),
    (misdeeds.swallow_memory_at, "more memory"),
    (misdeeds.flood_at, "too much for any recording"),
]


@pytest.fixture
def touch() -> Any:
    family = first_touch.children()
    yield FirstTouch(family)
    family.close()


def synchsafe(number: int) -> bytes:
    """28 bits in four bytes of seven (ID3v2.4.0 structure, section 6.2)."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def inflating_tag(size: int) -> bytes:
    """An ID3v2.3 tag with one compressed frame that becomes `size` bytes (ID3v2.3.0, section 3.3.1)."""
    packer = zlib.compressobj(1)
    block = bytes(MiB)
    packed = b"".join(packer.compress(block) for _ in range(size // MiB)) + packer.flush()
    body = size.to_bytes(4, "big") + packed
    frame = b"TIT2" + len(body).to_bytes(4, "big") + b"\x00\x80" + body
    return b"ID3\x03\x00\x00" + synchsafe(len(frame)) + frame


@pytest.mark.parametrize(("deed", "words"), DEEDS, ids=[deed.__name__ for deed, _ in DEEDS])
@pytest.mark.parametrize("step", ["read", "listen"])
async def test_whatever_a_file_does_to_its_reader_the_server_lives(
    site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch, deed: Callable[..., Any], words: str, step: str
) -> None:
    ann = await site.join()
    small = Limits(cpu=1, output=1000)
    with monkeypatch.context() as patched:
        patched.setattr(first_touch, step, deed)
        patched.setattr(first_touch, "READING", small if step == "read" else first_touch.READING)
        patched.setattr(first_touch, "Limits", lambda cpu: small)
        upload = await ann.upload(wave)
    assert upload["state"] == "failed"
    assert_sentence(upload["problem"])
    assert words in upload["problem"]
    assert site.originals() == []
    assert (await ann.upload(wave))["state"] == "ready"


async def test_a_tag_that_inflates_without_end_is_refused(site: Site, wave: bytes, tmp_path: Path) -> None:
    sound = sounds.write(tmp_path / "a.mp3", sounds.tone(1)).read_bytes()
    ann = await site.join()
    upload = await ann.upload(BytesIO(inflating_tag(768 * MiB) + sound), "bomb.mp3")
    assert upload["state"] == "failed"
    assert "more memory" in upload["problem"]
    assert (await ann.upload(wave))["state"] == "ready"


def test_hearing_has_an_end(touch: FirstTouch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of silence take no room on the disk, and much work."""
    path = sounds.large_wave(tmp_path / "silence.wav", 2048 * MiB)
    monkeypatch.setattr(first_touch, "PATIENCE", 1.0)
    monkeypatch.setattr(first_touch, "PER_MIB", 0.0)
    with pytest.raises(first_touch.Invalid, match="goes on for ever"):
        touch.listen(path, lambda part: None)


def test_a_cover_of_many_pixels_costs_the_cover_at_most(touch: FirstTouch, tmp_path: Path) -> None:
    picture, plain, tagged = tmp_path / "big.png", tmp_path / "a.flac", tmp_path / "b.flac"
    paint = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:size=7000x7000,format=rgba", "-frames:v", "1"]
    subprocess.run([*paint, str(picture)], check=True)
    sounds.write(plain, sounds.tone(1))
    both = ["ffmpeg", "-v", "error", "-i", str(plain), "-i", str(picture), "-map", "0", "-map", "1", "-c", "copy"]
    subprocess.run([*both, "-disposition:v", "attached_pic", str(tagged)], check=True)
    found = touch.read(tagged)
    assert found.probe.codec == "flac"
    assert found.cover is None or found.cover.seen.width == 7000


def test_tags_and_picture_come_whole(touch: FirstTouch, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.flac", sounds.tone(1), metadata={"title": "Öde", "artist": "Ann"})
    found = touch.read(path)
    assert (found.tags.title, found.tags.artist, found.cover) == ("Öde", "Ann", None)
    assert (found.probe.rate, found.probe.lossless) == (44100, True)
    told: list[float] = []
    assert touch.listen(path, told.append).samples == 44100
