"""A segment in the cache: requests a second of one process of ours, beside nginx with one worker and the same bytes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from tests.bench import music, servers
from tests.bench.first_audio import first_address
from tests.bench.table import Row

RUNS = 3
SECONDS = 5  # a run
CONNECTIONS = 32


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        track = client.upload(music.write_wave(Path(folder, "tone.wav"), 20, seed=1))
        master = track["stream"]["hls"]
        playlist = urljoin(master, first_address(client.ask(master)[0].decode()))
        segment = urljoin(playlist, "1.m4s")
        data, _ = client.ask(segment)
        Path(folder, "1.m4s").write_bytes(data)
        with servers.nginx(Path(folder)) as yardstick:
            pairs = [(rate(client.root + segment), rate(yardstick.root + "/1.m4s")) for _ in range(RUNS)]
    ours, theirs = zip(*pairs, strict=True)
    what = f"a cached segment of {len(data) / 1000:.0f} kB"
    return [Row(what, median(ours), median(theirs), "requests/s", at_least=0.5)]


def rate(address: str) -> float:
    """Requests a second by `wrk`, which uses one thread; any answer but 200 ends the benchmark."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(f"{address}:\n{said}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if not found:
        raise AssertionError(said)
    return float(found[1])
