from __future__ import annotations

import errno
import stat
import threading
from pathlib import Path

import pytest

from mediaserver.base import files
from mediaserver.base.errors import StorageFull


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("sync", [True, False])
def test_what_is_written_is_there_whole_and_alone(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "below" / "it" / "name"
    files.write(path, b"one", sync=sync)
    assert path.read_bytes() == b"one"
    files.write(path, b"two", sync=sync)
    assert path.read_bytes() == b"two"
    assert names_in(path.parent) == ["name"]


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    files.write(tmp_path / "secret", b"x", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_readers_see_the_old_file_or_the_new_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "name"
    forms = [bytes([letter]) * 100_000 for letter in b"ab"]
    files.write(path, forms[0], sync=False)
    seen: list[bytes] = []
    reader = threading.Thread(target=lambda: seen.extend(path.read_bytes() for _ in range(300)))
    reader.start()
    count = 0
    while reader.is_alive():
        count += 1
        files.write(path, forms[count % 2], sync=False)
    reader.join()
    assert len(seen) == 300
    assert set(seen) <= set(forms)


def test_what_cannot_take_its_name_leaves_nothing(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="taken"):
        files.write(taken, b"data")
    assert names_in(tmp_path) == ["taken"]


def test_a_full_disk_keeps_the_old_file_and_no_half_of_the_new(tiny_disk: Path) -> None:
    path = tiny_disk / "name"
    files.write(path, b"old")
    with pytest.raises(StorageFull):
        files.write(path, bytes(1_000_000))
    assert path.read_bytes() == b"old"
    assert names_in(tiny_disk) == ["name"]
    files.write(path, b"new")
    assert path.read_bytes() == b"new"


def test_room_says_of_a_full_disk_and_of_nothing_else() -> None:
    with pytest.raises(StorageFull, match="disk is full"), files.room(), Path("/dev/full").open("wb", 0) as full:
        full.write(b"x")
    with pytest.raises(StorageFull), files.room():
        raise OSError(errno.EDQUOT, "quota")
    with pytest.raises(PermissionError), files.room():
        raise PermissionError(errno.EACCES, "no")


def test_sweep_removes_what_was_half_written_and_only_that(tmp_path: Path) -> None:
    whole = tmp_path / "ab" / "whole"
    files.write(whole, b"x")
    half = files.aside(whole)
    half.write_bytes(b"h")
    files.aside(tmp_path / "top").write_bytes(b"h")
    assert files.aside(whole) != half
    assert half.parent == whole.parent
    assert files.sweep(tmp_path) == 2
    assert files.sweep(tmp_path) == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [whole]
    assert files.sweep(tmp_path / "absent") == 0
