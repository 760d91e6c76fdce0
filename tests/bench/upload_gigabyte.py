"""A gigabyte uploaded on loopback, by one plain POST and by one tus PATCH: seconds until the answer, and memory.

The answer comes when the file is hashed, on the disk and under its name. The yardstick does as much with programs of
the system: `dd` writes it and brings it to the disk, `sha256sum` hashes it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from base64 import b64encode
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import servers
from tests.bench.table import Row

SIZE = 10**9
MB = 10**6
RUNS = 3
BAR = 5.0  # seconds: 200 MB/s
FLAT = 32.0  # MB that a server's memory may grow by, whatever comes
PLACE = "/api/v1/uploads/tus"
PATCH = "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"


def measure() -> list[Row]:
    plain, resumable, yardstick, growth = [], [], [], []
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        source = Path(folder, "noise.bin")
        for _ in range(RUNS):
            with source.open("wb") as file:
                file.writelines(os.urandom(50 * MB) for _ in range(SIZE // (50 * MB)))
            yardstick.append(copy_and_hash(source, Path(folder, "copy")))
            with Watch(client.pid) as watch:
                plain.append(send(client, "POST", "/api/v1/uploads?filename=noise.bin", "", source))
                resumable.append(send(client, "PATCH", begin(client), PATCH, source))
            growth.append(watch.growth)
    return [
        Row("1 GB by POST; dd and sha256sum", median(plain), median(yardstick), "s", limit=BAR),
        Row("1 GB by tus; dd and sha256sum", median(resumable), median(yardstick), "s", limit=BAR),
        Row("memory that the server grew by meanwhile", max(growth) / MB, None, "MB", limit=FLAT),
    ]


class Watch:
    """Looks at a process' memory for as long as the block lasts."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.growth = 0

    def __enter__(self) -> Watch:
        self._before = self._resident()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.growth = max(self.growth, self._resident() - self._before)

    def _resident(self) -> int:
        return 1024 * int(self._status.read_text(encoding="ascii").split("VmRSS:")[1].split()[0])


def begin(client: servers.Client) -> str:
    """Announce a file by tus; returns its address."""
    name = b64encode(b"noise.bin").decode()
    head = f"Tus-Resumable: 1.0.0\r\nUpload-Length: {SIZE}\r\nUpload-Metadata: filename {name}\r\nContent-Length: 0\r\n"
    answer, _ = exchange(client, f"POST {PLACE} HTTP/1.1\r\n{head}", None)
    return next(line.split(": ")[1] for line in answer.splitlines() if line.startswith("Location: "))


def send(client: servers.Client, method: str, address: str, head: str, source: Path) -> float:
    """Send the file in one request; returns seconds until the answer."""
    answer, seconds = exchange(client, f"{method} {address} HTTP/1.1\r\n{head}Content-Length: {SIZE}\r\n", source)
    assert answer.split()[1] in ("202", "204"), answer
    wait_until_refused(client)
    return seconds


def exchange(client: servers.Client, head: str, body: Path | None) -> tuple[str, float]:
    """One request on a connection of its own, its body by sendfile(2); returns the answer and the seconds."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=servers.PATIENCE) as line:
        began = time.perf_counter()
        line.sendall(f"{head}Host: 127.0.0.1:{client.port}\r\nCookie: {client.cookie}\r\n\r\n".encode())
        if body is not None:
            with body.open("rb") as file:
                line.sendfile(file)
        answer = line.recv(65536).decode()
        return answer, time.perf_counter() - began


def wait_until_refused(client: servers.Client) -> None:
    """Noise is no recording: once the server has found that out it is idle again."""
    end = time.monotonic() + servers.PATIENCE
    while json.loads(client.ask("/api/v1/uploads?limit=1")[0])["items"][0]["state"] != "failed":
        assert time.monotonic() < end, "noise is taken for a recording"
        time.sleep(servers.POLL)


def copy_and_hash(source: Path, target: Path) -> float:
    """What must be done in any case; returns seconds."""
    began = time.perf_counter()
    subprocess.run(["dd", f"if={source}", f"of={target}", "bs=1M", "conv=fdatasync", "status=none"], check=True)
    subprocess.run(["sha256sum", str(target)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
