"""Upload to ready: from the first byte sent of a five-minute WAV until the API says that it can be played.

The yardstick is a copy of the file, brought to the disk, and then `ffmpeg`'s ebur128 pass over it.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import music, servers
from tests.bench.table import Row

RUNS = 5
SECONDS = 300


def measure() -> list[Row]:
    ours, plain, peaks = [], [], []
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        client.upload(music.write_wave(Path(folder, "warm.wav"), 10, seed=0))
        for run in range(1, RUNS + 1):
            source = music.write_wave(Path(folder, f"{run}.wav"), SECONDS, seed=run)
            ours.append(send(client, source))
            copied = copy(source, Path(folder, "copy.wav"))
            plain.append(copied + loudness(source, "ebur128"))
            peaks.append(copied + loudness(source, "ebur128=peak=true"))
            source.unlink()
    what = "upload to ready, 5 min WAV"
    return [
        Row(f"{what}; copy + ebur128", 1000 * median(ours), 1000 * median(plain), "ms", at_most=1.2),
        Row(f"{what}; copy + ebur128 with true peak", 1000 * median(ours), 1000 * median(peaks), "ms"),
    ]


def send(client: servers.Client, source: Path) -> float:
    """Upload and wait; returns seconds."""
    began = time.perf_counter()
    client.upload(source)
    return time.perf_counter() - began


def copy(source: Path, target: Path) -> float:
    """Copy and sync; returns seconds."""
    began = time.perf_counter()
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return time.perf_counter() - began


def loudness(source: Path, graph: str) -> float:
    """Measure by ffmpeg; returns seconds."""
    began = time.perf_counter()
    music.ffmpeg("-i", source, "-af", graph, "-f", "null", "-")
    return time.perf_counter() - began
