from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mediaserver.base import paths
from mediaserver.base.errors import Unusable
from mediaserver.base.paths import DataFolder, Lock

HOLD = """
import sys
from pathlib import Path
from mediaserver.base.paths import Lock
lock = Lock(Path(sys.argv[1]), shared=sys.argv[2] == "shared")
print("held" if lock.acquire() else "refused", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(path: Path, kind: str = "alone") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-c", HOLD, str(path), kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.communicate()


def test_prepare_makes_every_folder_and_may_be_called_again(tmp_path: Path) -> None:
    for _ in range(2):
        folder = paths.prepare(tmp_path / "a" / "b")
        assert folder.root == tmp_path / "a" / "b"
        for place in (folder.originals, folder.artwork, folder.waveforms, folder.cache):
            assert place.is_dir()
    assert {path.name for path in folder.root.iterdir()} == {"originals", "artwork", "waveforms", "cache"}


def test_every_address_is_another_and_inside(folder: DataFolder) -> None:
    names = [name for name, value in vars(DataFolder).items() if isinstance(value, property)]
    places = {getattr(folder, name) for name in names}
    assert len(places) == len(names)
    assert {place.parent for place in places} == {folder.root}


def test_a_relative_folder_stays_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = paths.prepare(Path("data"))
    monkeypatch.chdir("/")
    assert folder.originals.is_dir()


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/mediaserver", "~nobody-of-this-name/data"])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    root = Path(place) if place.startswith("~") else tmp_path / place
    with pytest.raises(Unusable, match=r"cannot be (written|found): .*--data") as refused:
        paths.prepare(root)
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can do what is refused here")
def test_root_makes_nothing_in_anothers_data(tmp_path: Path) -> None:
    folder = paths.prepare(tmp_path)
    folder.database.touch()
    paths.prepare(tmp_path)
    os.chown(folder.database, 1234, -1)
    with pytest.raises(Unusable, match=r"belongs to another account .* '#1234'"):
        paths.prepare(tmp_path)


def test_a_lock_is_one_holders(tmp_path: Path) -> None:
    one, two = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert one.acquire()
    assert one.acquire()
    assert one.held
    assert not two.acquire()
    assert not two.held
    two.release()
    assert not two.acquire()
    one.release()
    assert not one.held
    assert two.acquire()
    two.release()


def test_a_lock_holds_across_processes_until_the_process_ends(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    with another_process(tmp_path / "lock") as (said, process):
        assert said == "held"
        assert not lock.acquire()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert lock.acquire()
    with another_process(tmp_path / "lock") as (said, _):
        assert said == "refused"
    lock.release()


def test_shared_locks_go_together_and_keep_the_other_kind_out(tmp_path: Path) -> None:
    shared, alone = Lock(tmp_path / "lock", shared=True), Lock(tmp_path / "lock")
    assert shared.acquire()
    with another_process(tmp_path / "lock", "shared") as (said, _):
        assert said == "held"
        assert not alone.acquire()
        shared.release()
        assert not alone.acquire()
    assert alone.acquire()
    assert not shared.acquire()
    alone.release()
