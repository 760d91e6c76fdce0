"""`mediaserver import` as a person runs it: in a terminal, beside a server, stopped in the middle, watching."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests import running, sounds
from tests.bench import library
from tests.calling import call
from tests.running import PROGRAM, ROOT, run

STOPS = 4


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(3):
        sounds.write(folder / f"{number}.wav", sounds.tone(0.5, hz=200 + number))
    return folder


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    await running.prepare(tmp_path / "data", ("root", "admin"))
    return tmp_path / "data"


def ask(data: Path, sql: str) -> list[object]:
    with closing(sqlite3.connect(data / "mediaserver.db", timeout=running.PATIENCE)) as connection:
        return [row[0] for row in connection.execute(sql)]


def start(*words: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "import", *words],
        cwd=ROOT,
        env=running.environment(),
        text=True,
        **options,  # type: ignore[call-overload]
    )


async def test_without_waiting_the_next_server_hears(data: Path, music: Path) -> None:
    done = run("import", str(music), "--no-wait", "--data", str(data))
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "3 imported, 0 there already, 0 refused.")
    assert ask(data, "SELECT state FROM tracks") == 3 * ["processing"]
    with running.program(data) as server:
        await running.until(lambda: _all_ready(data, 3))
        assert server.stop() == 0


async def _all_ready(data: Path, count: int) -> bool:
    return ask(data, "SELECT state FROM tracks") == count * ["ready"]


def test_files_that_are_named_one_by_one_and_left_in_place(data: Path, music: Path) -> None:
    words = ["import", str(music / "0.wav"), str(music / "2.wav"), "--in-place", "--data", str(data)]
    assert call(*words).stdout == "2 imported, 0 there already, 0 refused.\n"
    assert call(*words).stdout == "0 imported, 2 there already, 0 refused.\n"
    assert all(path.is_symlink() for path in running.files_below(data / "originals"))
    assert ask(data, "SELECT path FROM folders") == []


def test_a_disk_that_seems_to_be_away_and_is_gone_for_good(data: Path, music: Path) -> None:
    words = ["import", str(music), "--in-place", "--data", str(data)]
    assert call(*words).returncode == 0
    for path in music.iterdir():
        path.unlink()
    doubted = call(*words)
    assert (doubted.returncode, doubted.stdout) == (0, "0 imported, 0 there already, 0 refused.\n")
    assert "Nothing was marked as missing" in doubted.stderr
    assert call(*words, "--gone").stdout == "0 imported, 0 there already, 0 refused, 3 missing.\n"
    assert ask(data, "SELECT state FROM tracks") == 3 * ["missing"]


def test_what_cannot_be_meant_is_not_begun(data: Path, music: Path) -> None:
    assert call("import", "", "--data", str(data)).returncode == 2
    for words, said in (
        ([str(data)], "the server's own data"),
        ([str(data / "originals")], "the server's own data"),
        ([str(data.parent), "--watch"], "the server's own data"),
        ([str(music / "0.wav"), "--watch"], "Only a folder can be watched"),
    ):
        done = call("import", *words, "--data", str(data))
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
    assert ask(data, "SELECT path FROM folders") == []


async def test_watching_until_it_is_stopped(data: Path, music: Path) -> None:
    watching = start(str(music), "--watch", "--data", str(data), stdout=subprocess.PIPE)
    try:
        assert watching.stdout is not None
        first = await asyncio.to_thread(watching.stdout.readline)
        assert first == "3 imported, 0 there already, 0 refused.\n"
        assert (await asyncio.to_thread(watching.stdout.readline)).startswith("Watching")
        sounds.write(music / "new.wav", sounds.tone(0.7))
        await running.until(lambda: _all_ready(data, 4))
        watching.send_signal(signal.SIGINT)
        assert watching.wait(running.PATIENCE) == 0
    finally:
        watching.kill()
        watching.wait()
        assert watching.stdout is not None
        watching.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whenever_it_is_stopped_it_goes_on(data: Path, tmp_path: Path, number: int) -> None:
    files = 400
    folder = library.make(tmp_path / "library", files)
    words = [str(folder), "--no-wait", "--data", str(data)]
    stopped = 0
    while (before := _count(data)) < files:
        process = start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if stopped < STOPS:
            running.wait_for(lambda p=process, n=before: p.poll() is not None or _count(data) > n)
            process.send_signal(number)
        stopped += process.wait(running.PATIENCE) != 0
    assert stopped
    assert run("import", *words).stdout.splitlines()[0] == f"0 imported, {files} there already, 0 refused."
    assert _count(data) == files
    assert len(ask(data, "SELECT DISTINCT original FROM tracks")) == files
    assert {path.name for path in running.files_below(data / "originals") if ".part" not in path.name} >= set(
        ask(data, "SELECT original FROM tracks")
    )


def _count(data: Path) -> int:
    return len(ask(data, "SELECT id FROM tracks"))


def test_a_terminal_sees_how_far_it_has_come(data: Path, tmp_path: Path) -> None:
    """One line that is written over and over, with what is done, how fast, and how long it will take."""
    folder = library.make(tmp_path / "library", 300)
    inner, outer = pty.openpty()
    process = start(str(folder), "--no-wait", "--data", str(data), stdout=subprocess.DEVNULL, stderr=outer)
    os.close(outer)
    shown = bytearray()
    try:
        while chunk := os.read(inner, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(inner)
    assert process.wait() == 0
    text = shown.decode()
    assert "\n" not in text
    assert "Reading" in text
    assert "of 300" in text
