from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mediaserver.base import children as module
from mediaserver.base.children import Children, Failed, Limits, Misbehaved, Misdeed
from mediaserver.base.errors import Unsupported
from mediaserver.base.pool import Closing
from tests import running
from tests.base import misdeeds

ROOT = Path(__file__).resolve().parent.parent.parent
MiB = 2**20
ORPHAN = """
from mediaserver.base.children import Children
from tests.base import misdeeds
children = Children()
print(children.run(misdeeds.pid), flush=True)
children.run(misdeeds.{deed})
"""


@pytest.fixture
def children() -> Iterator[Children]:
    family = Children(256 * MiB)
    yield family
    family.close()


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_an_answer_comes_as_what_the_function_says(children: Children) -> None:
    found = children.run(misdeeds.find, "x")
    assert isinstance(found, misdeeds.Found)
    assert (found.name, found.numbers, found.data) == ("x", (1, 2), b"\x00\xff")
    assert found.curve.dtype == np.float32
    assert found.curve.tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_one_child_serves_errand_after_errand(children: Children) -> None:
    first = children.run(misdeeds.pid)
    assert first != os.getpid()
    assert {children.run(misdeeds.pid) for _ in range(5)} == {first}


def test_a_problem_is_raised_here_and_is_no_misbehaviour(children: Children) -> None:
    first = children.run(misdeeds.pid)
    with pytest.raises(Unsupported, match=r"^This is nothing\.$"):
        children.run(misdeeds.refuse)
    assert children.run(misdeeds.pid) == first


def test_a_mistake_of_ours_comes_with_its_trace(children: Children) -> None:
    with pytest.raises(Failed, match="LookupError: a mistake of ours"):
        children.run(misdeeds.err)


DEEDS: list[tuple[Callable[[], Any], Limits, Misdeed]] = [
    (misdeeds.crash, Limits(), Misdeed.CRASHED),
    (misdeeds.leave, Limits(), Misdeed.CRASHED),
    (misdeeds.loop, Limits(cpu=1), Misdeed.ENDLESS),
    (misdeeds.loop_in_c, Limits(cpu=1), Misdeed.ENDLESS),
    (misdeeds.sleep, Limits(silence=0.2), Misdeed.ENDLESS),
    (misdeeds.ignore_everything, Limits(silence=0.5), Misdeed.ENDLESS),
    (misdeeds.swallow_memory, Limits(), Misdeed.GREEDY),
    (misdeeds.flood, Limits(output=1000), Misdeed.FLOODING),
    (misdeeds.lie, Limits(), Misdeed.FLOODING),
]


@pytest.mark.parametrize(("deed", "limits", "misdeed"), DEEDS, ids=[deed.__name__ for deed, _, _ in DEEDS])
def test_a_misdeed_ends_the_child_and_nothing_else(
    children: Children, deed: Callable[[], Any], limits: Limits, misdeed: Misdeed
) -> None:
    first = children.run(misdeeds.pid)
    with pytest.raises(Misbehaved) as fault:
        children.run(deed, limits=limits)
    assert fault.value.misdeed == misdeed
    assert not is_alive(first)
    assert children.run(misdeeds.find, "after").name == "after"


def test_what_a_child_prints_does_not_reach_the_line(children: Children) -> None:
    assert children.run(misdeeds.speak) == 1
    assert children.run(misdeeds.find, "after").name == "after"


def test_a_child_writes_no_file(children: Children, tmp_path: Path) -> None:
    with pytest.raises((Misbehaved, Failed)):
        children.run(misdeeds.write_file, str(tmp_path / "x"))
    assert running.files_below(tmp_path) in ([], [tmp_path / "x"])
    assert sum(path.stat().st_size for path in running.files_below(tmp_path)) == 0


def test_a_child_steps_back_for_its_parent(children: Children) -> None:
    assert children.run(misdeeds.niceness) > os.nice(0)


def test_a_child_is_not_told_the_settings(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIASERVER_DATA", "/somewhere")
    assert not [name for name in children.run(misdeeds.environment) if name.startswith("MEDIASERVER_")]


def test_who_is_spoilt_by_one_errand_does_not_fail_the_next(children: Children) -> None:
    """A library's memory may be broken by one file and crash at another, which is asked of a new child then."""
    first = children.run(misdeeds.pid)
    assert children.run(misdeeds.crash_unless_new, first) != first


def test_progress_is_told_and_may_hold_the_work_up(children: Children) -> None:
    told: list[float] = []
    assert children.run(misdeeds.count, 20, tell=told.append) == 20
    assert told == sorted(told)
    assert 5 < len(told) <= 20
    assert 0 <= told[0] < told[-1] < 1


def test_held_up_work_stands_still_and_is_not_called_silent(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed))

    def hold(part: float) -> None:
        nonlocal passed
        if not passed and part > 0.5:
            time.sleep(0.3)
            passed = 2 * running.PATIENCE

    limits = Limits(silence=running.PATIENCE)
    assert children.run(misdeeds.longest_pause, 10, limits=limits, tell=hold) > 0.1
    assert passed


def test_who_stops_listening_ends_the_child(children: Children) -> None:
    def leave(part: float) -> None:
        raise Closing

    first = children.run(misdeeds.pid)
    with pytest.raises(Closing):
        children.run(misdeeds.count, 1000, tell=leave)
    assert not is_alive(first)


def test_closing_ends_what_is_under_way() -> None:
    family = Children()
    ended: list[type[BaseException]] = []

    def wait() -> None:
        try:
            family.run(misdeeds.sleep)
        except Closing as closing:
            ended.append(type(closing))

    work = threading.Thread(target=wait, daemon=True)
    work.start()
    running.wait_for(lambda: family._busy)
    family.close()
    work.join(running.PATIENCE)
    assert ended == [Closing]
    with pytest.raises(Closing):
        family.run(misdeeds.pid)


def test_a_child_that_comes_back_while_all_are_let_go_does_not_stay(children: Children) -> None:
    class Turn:
        """Others come in between just before this lock is taken."""

        def __enter__(self) -> None:
            children._lock = lock
            children.close()
            lock.acquire()

        def __exit__(self, *raised: object) -> None:
            lock.release()

    def hand_over(part: float) -> None:
        children._lock = Turn()  # type: ignore[assignment]

    lock = children._lock
    assert children.run(misdeeds.count, 1, tell=hand_over) == 1
    assert (children._idle, children._busy, children._timer) == ([], set(), None)


def test_a_worn_child_is_replaced(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_USES", 3)
    assert len({children.run(misdeeds.pid) for _ in range(7)}) == 3


def test_a_child_that_nobody_needs_is_let_go(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IDLE", 0.1)
    first = children.run(misdeeds.pid)
    running.wait_for(lambda: not is_alive(first))
    assert children.run(misdeeds.pid) != first


def test_one_is_expected_before_it_is_needed(children: Children) -> None:
    children.expect()
    children.expect()
    assert len(children._idle) == 1
    waiting = children._idle[0]._process.pid
    assert children.run(misdeeds.pid) == waiting


@pytest.mark.parametrize("deed", ["sleep", "loop_in_c"])
def test_no_child_outlives_its_parent(deed: str) -> None:
    command = [sys.executable, "-c", ORPHAN.format(deed=deed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        assert is_alive(orphan)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        running.wait_for(lambda: not is_alive(orphan))


def test_it_works_beside_a_thousand_connections(children: Children) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert children.run(misdeeds.pid) != os.getpid()
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
