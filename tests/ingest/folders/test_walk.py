from __future__ import annotations

import os
from pathlib import Path

import pytest

from mediaserver.base.errors import Unusable
from mediaserver.ingest.folders import places, walk
from mediaserver.ingest.folders.walk import Walk
from tests import running


def lay(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(walking: Walk, folder: Path) -> list[str]:
    found = []
    while some := walking.some(2):
        assert len(some) <= 2
        found += [str(each.path.relative_to(folder)) for each in some]
    return found


def test_what_is_found_below_a_folder_comes_in_order_and_some_at_a_time(tmp_path: Path) -> None:
    lay(tmp_path, "b/2.FLAC", "b/10.mp3", "a/x.ogg", "a/cover.png", "a/.hidden.wav", "readme", "z.wav")
    assert names(Walk([tmp_path]), tmp_path) == ["z.wav", "a/x.ogg", "b/10.mp3", "b/2.FLAC"]
    assert names(Walk([tmp_path / "readme"]), tmp_path) == ["readme"]  # whoever names a file means it
    assert walk.count(tmp_path) == 4


def test_the_servers_own_folder_is_left_out(tmp_path: Path) -> None:
    lay(tmp_path, "data/originals/a.flac", "b.flac")
    assert names(Walk([tmp_path], besides=tmp_path / "data"), tmp_path) == ["b.flac"]
    assert walk.count(tmp_path, tmp_path / "data") == 1
    (tmp_path.parent / "elsewhere").symlink_to(tmp_path)
    assert names(Walk([tmp_path.parent / "elsewhere"], besides=tmp_path / "data"), tmp_path.parent / "elsewhere") == [
        "b.flac"
    ]


def test_what_cannot_be_read_is_told_and_the_walk_goes_on(tmp_path: Path) -> None:
    lay(tmp_path, "a/1.wav", "b/2.wav", "c/3.wav")
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.wav")
    walking = Walk([tmp_path])
    first, second = walking.some(2)
    for told in (first, second):
        assert told.problem
        running.assert_sentence(told.problem)
    (tmp_path / "b" / "2.wav").unlink()
    (tmp_path / "b").rmdir()
    assert names(walking, tmp_path) == ["a/1.wav", "c/3.wav"]
    assert walking.skipped == [tmp_path / "b"]


def test_links_to_folders_are_not_followed_round_and_round(tmp_path: Path) -> None:
    lay(tmp_path, "a/1.wav")
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    assert names(Walk([tmp_path]), tmp_path) == ["a/1.wav"]


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="nowhere"):
        walk.check([tmp_path, tmp_path / "nowhere"])


@pytest.mark.parametrize("name", [b"plain.wav", "Füße.wav".encode(), b"F\xfc\xdfe.wav", b"//bytes/00.wav"])
def test_every_path_can_be_written_down_and_read_again(name: bytes) -> None:
    path = Path("/music") / os.fsdecode(name)
    text = places.to_text(path)
    text.encode()
    assert places.to_path(text) == path
    places.shown(path).encode()
