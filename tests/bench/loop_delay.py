"""How long the event loop keeps others waiting while every thread of the pool encodes: the smallest answer there is,
asked for a hundred times a second.

The yardstick is what the machine itself lets one wait: nginx's smallest file while as many `ffmpeg` processes encode.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import ladder, listeners, music, servers
from tests.bench.listeners import Outcome
from tests.bench.table import Row

SECONDS = 10.0
PERIOD = 0.01
LENGTH = 1200  # seconds of sound, in three rungs more than can be encoded meanwhile
RUNGS = ("aac-64", "aac-128", "aac-256")
ASKERS = 8
BAR = 0.02


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder:
        source = music.write_wave(Path(folder, "piece.wav"), LENGTH, seed=400)
        ours, yardstick = _ours(source), _nginx(source, Path(folder))
    what = "delay of the event loop while encoding"
    return [
        Row(f"{what}: p99", 1000 * ours.quantile(0.99), 1000 * yardstick.quantile(0.99), "ms"),
        Row(f"{what}: worst", 1000 * ours.quantile(1), 1000 * yardstick.quantile(1), "ms", limit=1000 * BAR),
    ]


def _ours(source: Path) -> Outcome:
    with servers.ours() as client:
        track = client.upload(source)
        wanted = [segment for rung in RUNGS for segment in ladder.segments(client, track, rung)]
        encoding = listeners.Running(client.port, listeners.hungry(ASKERS, wanted))
        outcome = listeners.run(client.port, listeners.steady(SECONDS, PERIOD, "/healthz"))
        encoding.stop()
    assert outcome.errors == 0
    return outcome


def _nginx(source: Path, folder: Path) -> Outcome:
    (folder / "healthz").write_text("{}")
    encode = ["ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "-1", "-i", source, "-c:a", "aac", "-f", "null", "-"]
    encoding = [subprocess.Popen(encode) for _ in os.sched_getaffinity(0)]
    try:
        with servers.nginx(folder) as yardstick:
            return listeners.run(yardstick.port, listeners.steady(SECONDS, PERIOD, "/healthz"))
    finally:
        for process in encoding:
            process.kill()
            process.wait()
