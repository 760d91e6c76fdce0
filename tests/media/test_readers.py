from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mediaserver.base.errors import NotFound, Problem
from mediaserver.media import decode, segment
from mediaserver.media.readers import Readers
from mediaserver.media.renditions import by_name
from mediaserver.media.timeline import Original
from tests import sounds
from tests.media.streams import pcm

RATE = 44100
KINDS = {
    "wav": [],
    "flac": [],
    "aiff": [],
    "wv": [],
    "tta": [],
    "mp3": ["-b:a", "96k"],
    "aac": ["-b:a", "48k"],  # with substituted noise
    "m4a": ["-b:a", "48k"],
    "ogg": ["-c:a", "libvorbis"],
    "opus": ["-b:a", "48k"],
    "mka": ["-c:a", "libvorbis"],
    "wma": [],
    "ac3": [],
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Original]:
    folder = tmp_path_factory.mktemp("readers")
    source = sounds.write(folder / "source.wav", sounds.music(24) + sounds.noise(24, level=0.05))
    made = {}
    for suffix, words in KINDS.items():
        path = folder / f"sound.{suffix}"
        subprocess.run(["ffmpeg", "-v", "error", "-i", source, *words, path], check=True)
        with decode.Reader(path) as reader:
            made[suffix] = Original(path, reader.rate, 2, sum(frame.samples for _, frame in reader.frames()))
    return made


@pytest.mark.parametrize("suffix", KINDS)
def test_a_used_reader_gives_the_very_samples_of_a_fresh_one(shelf: dict[str, Original], suffix: str) -> None:
    original = shelf[suffix]
    second = original.rate
    store = Readers(spans=0)
    for start in (9 * second, 0, 17 * second + 5, 3 * second, 10 * second, 10 * second, 21 * second, 9 * second):
        stop = start + 2 * second
        fresh = Readers(spans=0)
        given = store.pcm(original, start, stop, second, 2)
        assert np.array_equal(given, fresh.pcm(original, start, stop, second, 2)), start
        fresh.close()
    store.close()


@pytest.mark.parametrize("suffix", KINDS)
def test_segments_are_the_same_in_any_order(
    shelf: dict[str, Original], suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendition = by_name("aac-128")
    made = []
    for order in ((0, 1, 2, 3), (3, 1, 0, 2)):
        store = Readers()
        monkeypatch.setattr("mediaserver.media.readers._open", store)
        made.append({n: segment.make(shelf[suffix], rendition, n) for n in order})
        store.close()
    assert made[0] == made[1]


def test_idle_readers_are_bounded(shelf: dict[str, Original], tmp_path: Path) -> None:
    originals = [Original(copy, RATE, 2, 24 * RATE) for copy in copies(shelf["flac"].path, tmp_path, 7)]
    store = Readers(most=3)
    for original in originals:
        store.pcm(original, 0, 100, RATE, 2)
    assert open_files(tmp_path) == 3
    store.close()
    assert open_files(tmp_path) == 0


def test_many_threads_share_one_file_without_sharing_a_reader(shelf: dict[str, Original]) -> None:
    original = shelf["flac"]
    store = Readers(most=2, spans=0)
    starts = [n * 9973 % (20 * RATE) for n in range(60)]
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda start: store.pcm(original, start, start + 5000, RATE, 2), starts))
    for start, sound in zip(starts, made, strict=True):
        assert np.array_equal(sound, pcm(original.path, start, start + 5000, RATE, 2))
    assert open_files(original.path.parent) <= 2
    store.close()


def test_a_file_that_changed_is_opened_anew(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.wav", sounds.tone(3))
    original = Original(path, RATE, 2, 3 * RATE)
    store = Readers()
    before = store.pcm(original, 0, 1000, RATE, 2)
    sounds.write(tmp_path / "other.wav", sounds.noise(3))
    (tmp_path / "other.wav").replace(path)
    after = store.pcm(original, 0, 1000, RATE, 2)
    assert np.array_equal(after, pcm(path, 0, 1000, RATE, 2))
    assert not np.array_equal(before, after)
    assert open_files(tmp_path) == 1
    path.unlink()
    with pytest.raises(NotFound):
        store.pcm(original, 0, 1000, RATE, 2)
    store.close()


def test_a_reader_that_failed_is_not_kept(shelf: dict[str, Original], monkeypatch: pytest.MonkeyPatch) -> None:
    original = shelf["wav"]
    store = Readers()
    with monkeypatch.context() as patch:
        patch.setattr(decode.Reader, "pcm", failing)
        with pytest.raises(Problem):
            store.pcm(original, 0, 1000, RATE, 2)
    assert open_files(original.path.parent) == 0
    assert store.pcm(original, 0, 1000, RATE, 2).any()
    store.close()


def failing(*_: object) -> None:
    raise Problem("The disk is gone.")


def test_the_same_span_is_decoded_once_and_nobody_can_spoil_it(
    shelf: dict[str, Original], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = shelf["flac"]
    store = Readers(spans=100_000)
    sound = store.pcm(original, 0, 10_000, RATE, 2)
    with pytest.raises(ValueError, match="read-only"):
        sound[0] = 1
    with monkeypatch.context() as patch:
        patch.setattr(decode.Reader, "pcm", failing)
        assert np.array_equal(store.pcm(original, 0, 10_000, RATE, 2), sound)
    store.pcm(original, 20_000, 30_000, RATE, 2)  # there is room for one only
    monkeypatch.setattr(decode.Reader, "pcm", failing)
    with pytest.raises(Problem):
        store.pcm(original, 0, 10_000, RATE, 2)
    store.close()


def copies(path: Path, folder: Path, count: int) -> list[Path]:
    return [Path(shutil.copy(path, folder / f"{n}{path.suffix}")) for n in range(count)]


def open_files(folder: Path) -> int:
    """How many files of a folder this process holds open."""
    held = [each.resolve() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sum(each.parent == folder for each in held)
