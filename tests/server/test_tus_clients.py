"""The clients that people use, over lines that break and servers that are killed."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from mediaserver.server.request import COOKIE
from tests import running, sounds
from tests.running import PATIENCE, ROOT, Program
from tests.server.cutting import cutting
from tests.server.tus import PLACE, metadata

MiB = 2**20
SIZE = 48 * MiB
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of near silence, no two MiB of which are the same."""
    path = sounds.large_wave(tmp_path_factory.mktemp("songs") / "song.wav", SIZE)
    with path.open("r+b") as file:
        for number in range(1, SIZE // MiB):
            file.seek(number * MiB)
            file.write(bytes([number]) * 4)
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Program, str]]:
    (token,) = running.prepared(tmp_path / "data", ("ann", "creator"))
    with running.program(tmp_path / "data") as program:
        yield program, token


def get(root: str, token: str, address: str) -> Any:
    request = urllib.request.Request(root + address, headers={"Cookie": f"{COOKIE}={token}"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def assert_kept(root: str, token: str, song: Path, data: Path) -> None:
    """Hold that the one upload became a track, of the very bytes that were sent."""

    def look() -> Any:
        items = get(root, token, "/api/v1/uploads")["items"]
        return items if items and items[0]["state"] in ("ready", "failed") else None

    (upload,) = running.wait_for(look)
    assert (upload["state"], upload["filename"]) == ("ready", "song.wav")
    originals = running.files_below(data / "originals")
    assert [path.name for path in originals] == [hashlib.sha256(song.read_bytes()).hexdigest()]
    assert get(root, token, PLACE)["items"] == []


def send_by_tuspy(root: str, token: str, song: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    words = [root, f"{COOKIE}={token}", str(song), json.dumps({"chunk_size": 5 * MiB} | options)]
    return run([sys.executable, str(HERE / "send.py"), *words], ROOT)


def send_by_tus_js(root: str, token: str, song: Path, **options: Any) -> dict[str, Any]:
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    words = [root, f"{COOKIE}={token}", str(song), json.dumps(options)]
    sent = run([node, str(HERE / "send.mjs"), *words], ROOT / "web")
    assert sent.returncode == 0, sent.stderr
    said: dict[str, Any] = json.loads(sent.stdout)
    return said


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=folder)


def test_tuspy_sends_a_file(shop: tuple[Program, str], song: Path, tmp_path: Path) -> None:
    program, token = shop
    assert send_by_tuspy(program.root, token, song, upload_checksum=True).returncode == 0
    assert_kept(program.root, token, song, tmp_path / "data")


def test_tuspy_goes_on_after_a_break(shop: tuple[Program, str], song: Path, tmp_path: Path) -> None:
    program, token = shop
    with cutting(program.root, 4 * MiB, 3 * MiB) as (address, line):
        sent = send_by_tuspy(address, token, song)
        assert sent.returncode == 0, sent.stderr
        assert line.cut == 2
    assert_kept(program.root, token, song, tmp_path / "data")


def test_tus_js_client_sends_a_file_in_parallel_pieces(shop: tuple[Program, str], song: Path, tmp_path: Path) -> None:
    program, token = shop
    sent = send_by_tus_js(program.root, token, song, parallelUploads=3, chunkSize=4 * MiB)
    assert get(program.root, token, sent["location"])["filename"] == "song.wav"
    assert_kept(program.root, token, song, tmp_path / "data")


def test_tus_js_client_goes_on_after_a_break(shop: tuple[Program, str], song: Path, tmp_path: Path) -> None:
    program, token = shop
    with cutting(program.root, 10 * MiB, 20 * MiB) as (address, line):
        sent = send_by_tus_js(address, token, song, chunkSize=24 * MiB)
        assert line.cut == 2
    assert sent["retries"] >= 2
    assert_kept(program.root, token, song, tmp_path / "data")


def test_a_killed_server_costs_at_most_the_last_piece(song: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (token,) = running.prepared(data, ("ann", "creator"))
    with (
        running.program(data) as program,
        cutting(program.root, 1, spared=12 * MiB, then=program.process.kill, stays_down=True) as (address, line),
    ):
        assert send_by_tuspy(address, token, song, retries=0).returncode != 0
        assert line.cut == 1
    (left,) = running.files_below(data / "originals" / "arriving")
    on_disk = left.stat().st_size
    with running.program(data) as program:
        (coming,) = get(program.root, token, PLACE)["items"]
        assert 0 < coming["offset"] <= on_disk
        assert on_disk - coming["offset"] <= 5 * MiB
        assert send_by_tuspy(program.root, token, song, url=program.root + coming["url"]).returncode == 0
        assert_kept(program.root, token, song, data)


def test_an_unbroken_request_loses_little_to_a_killed_server(song: Path, tmp_path: Path) -> None:
    """All of the file in one request, of which what is on the disk is noted every 16 MiB."""
    data = tmp_path / "data"
    (token,) = running.prepared(data, ("ann", "creator"))
    with running.program(data) as program:
        url, killed = _create(program.root, token), threading.Event()
        sender = threading.Thread(target=_send_in_one, args=(url, token, song, 40 * MiB, killed), daemon=True)
        sender.start()
        (part,) = running.wait_for(
            lambda: [
                path for path in running.files_below(data / "originals" / "arriving") if path.stat().st_size >= 39 * MiB
            ]
        )
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()
        killed.set()
        sender.join()
    with running.program(data) as program:
        (coming,) = get(program.root, token, PLACE)["items"]
        assert coming["offset"] >= part.stat().st_size - 17 * MiB
        assert send_by_tuspy(program.root, token, song, url=program.root + coming["url"]).returncode == 0
        assert_kept(program.root, token, song, data)


def _create(root: str, token: str) -> str:
    headers = {
        "Cookie": f"{COOKIE}={token}",
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(SIZE),
        "Upload-Metadata": metadata(filename="song.wav"),
    }
    request = urllib.request.Request(root + PLACE, b"", headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return root + str(answer.headers["Location"])


def _send_in_one(url: str, token: str, song: Path, size: int, killed: threading.Event) -> None:
    """Begin to send the whole file in one request, and hold on after `size` bytes."""

    def body() -> Iterator[bytes]:
        with song.open("rb") as file:
            for _ in range(size // MiB):
                yield file.read(MiB)
        killed.wait(PATIENCE)

    headers = {
        "Cookie": f"{COOKIE}={token}",
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(SIZE),
    }
    request = urllib.request.Request(url, body(), headers, method="PATCH")
    with suppress(OSError, HTTPException):
        urllib.request.urlopen(request, timeout=PATIENCE)
