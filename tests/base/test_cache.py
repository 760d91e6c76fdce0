from __future__ import annotations

import os
from pathlib import Path

import pytest

from mediaserver.base.cache import FileCache
from mediaserver.base.errors import Unusable

PIECE = bytes(100)


def opened(folder: Path, limit: int = 1000, memory: int = 0) -> FileCache:
    cache = FileCache(folder, limit, memory)
    cache.open()
    return cache


def keep(cache: FileCache, *keys: str, data: bytes = PIECE) -> None:
    for key in keys:
        cache.put(cache.store(key, data))


def on_disk(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("memory", [0, 250, 10_000])
def test_the_least_recently_used_go_first(tmp_path: Path, memory: int) -> None:
    cache = opened(tmp_path, memory=memory)
    keys = [f"v/r/{n}.m4s" for n in range(10)]
    keep(cache, *keys)
    for _ in range(3):
        assert cache.at_hand(keys[0]) == PIECE
    keep(cache, "v/r/10.m4s")
    assert cache.size <= 1000
    left = on_disk(tmp_path)
    assert keys[0] in left
    assert keys[1] not in left
    assert {keys[9], "v/r/10.m4s"} <= left
    assert sum((tmp_path / key).stat().st_size for key in left) == cache.size


def test_it_stays_under_its_limit_whatever_comes(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    for n in range(200):
        keep(cache, f"a/{n % 37}.m4s", data=bytes(n * 7 % 400))
        assert cache.size <= 1000
    assert sum((tmp_path / key).stat().st_size for key in on_disk(tmp_path)) == cache.size


def test_what_is_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "large", data=bytes(2000))
    assert cache.size == 0
    assert on_disk(tmp_path) == set()


def test_no_more_goes_than_must(tmp_path: Path) -> None:
    cache = opened(tmp_path, limit=1000)
    for n in range(11):
        cache.put(cache.store(f"{n}", bytes(100)))
    assert [n for n in range(11) if not cache.has(f"{n}")] == [0]


def test_memory_has_a_limit_of_its_own(tmp_path: Path) -> None:
    cache = opened(tmp_path, memory=250)
    keep(cache, "a", "b", "c")
    for key in "abc":
        (tmp_path / key).unlink()
    assert [cache.at_hand(key) for key in "abc"] == [None, PIECE, PIECE]


def test_it_survives_a_restart_with_its_order(tmp_path: Path) -> None:
    keep(opened(tmp_path), "a", "b", "c")
    for age, key in enumerate("bca"):  # b was used longest ago
        os.utime(tmp_path / key, ns=(age * 10**9, age * 10**9))
    cache = opened(tmp_path, limit=250)
    assert on_disk(tmp_path) == {"c", "a"}
    assert (cache.size, cache.at_hand("a"), cache.at_hand("b")) == (200, PIECE, None)


def test_a_use_is_remembered_over_a_restart(tmp_path: Path) -> None:
    first = opened(tmp_path)
    keep(first, "a", "b")
    for key in "ab":
        os.utime(tmp_path / key, ns=(10**9, 10**9))
    opened(tmp_path).at_hand("a")
    opened(tmp_path, limit=150)
    assert on_disk(tmp_path) == {"a"}


def test_halves_are_nobodys(tmp_path: Path) -> None:
    keep(opened(tmp_path), "v/r/0.m4s")
    half = tmp_path / "v" / "r" / "1.m4s.01m7yy9hpafwxmjqx9aptesmxf.part"
    half.write_bytes(b"half")
    cache = opened(tmp_path)
    assert cache.size == 100
    assert cache.at_hand("v/r/1.m4s") is None
    assert half.exists()  # another process may be writing it


def test_folders_that_have_become_empty_go_at_the_next_start(tmp_path: Path) -> None:
    cache = opened(tmp_path, limit=150)
    keep(cache, "v/r/0.m4s", "w/r/0.m4s")
    assert (tmp_path / "v" / "r").exists()
    opened(tmp_path, limit=150)
    assert not (tmp_path / "v").exists()
    assert on_disk(tmp_path) == {"w/r/0.m4s"}


async def test_what_is_large_is_read_beside_the_event_loop(tmp_path: Path) -> None:
    large = bytes(300_000)
    cache = opened(tmp_path, limit=1_000_000)
    cache.put(cache.store("a", large))
    assert cache.at_hand("a") is None
    assert await cache.find("a") == large


def test_what_lies_in_memory_alone_is_here_as_well(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, 0, 1000)
    cache.open()
    keep(cache, "a")
    assert on_disk(tmp_path) == set()
    assert cache.has("a")
    assert cache.at_hand("a") == PIECE


def test_what_the_disk_does_not_take_is_not_counted_as_being_there(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    (tmp_path / "v").write_bytes(b"a file where a folder should be")
    keep(cache, "v/r/0.m4s")
    assert (cache.size, cache.has("v/r/0.m4s")) == (0, False)


def test_a_file_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a")
    (tmp_path / "a").unlink()
    (tmp_path / "a").mkdir()
    assert cache.at_hand("a") is None
    assert not cache.has("a")


def test_what_was_deleted_underneath_is_just_not_there(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a", "b")
    (tmp_path / "a").unlink()
    assert cache.at_hand("a") is None
    assert cache.size == 100
    keep(cache, "a")
    assert cache.at_hand("a") == PIECE


def test_what_a_power_cut_emptied_is_not_served(tmp_path: Path) -> None:
    keep(opened(tmp_path), "a")
    (tmp_path / "a").write_bytes(b"")
    assert opened(tmp_path).at_hand("a") is None


def test_the_same_again_is_counted_once(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a", "a", "a")
    assert cache.size == 100


def test_a_key_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    cache = opened(tmp_path / "cache")
    for key in ("../secret", "../../etc/passwd", "/etc/passwd", "", ".", "a\x00b"):
        assert cache.at_hand(key) is None


def test_what_is_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match="can be deleted without loss"):
        opened(tmp_path / "file")
