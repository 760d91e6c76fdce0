"""Fifty who ask for one cold segment at the same moment: CPU time and waiting, beside a single one who asks."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import ladder, listeners, music, process, servers
from tests.bench.listeners import Outcome
from tests.bench.servers import Client
from tests.bench.table import Row

ASKERS = 50
RUNS = 6
SECONDS = 600
RUNG = "aac-128"
APART = 7
"""Segments from one that is asked for to the next, so that none was made ahead for the one before."""


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        track = client.upload(music.write_wave(Path(folder, "piece.wav"), SECONDS, seed=300))
        segments = ladder.segments(client, track, RUNG)[APART::APART]
        crowds = [ask(client, segment, ASKERS) for segment in segments[0 : 2 * RUNS : 2]]
        alone = [ask(client, segment, 1) for segment in segments[1 : 2 * RUNS : 2]]
    what = f"{ASKERS} askers of one cold segment"
    slowest = [1000 * median(outcome.quantile(1) for outcome, _ in some) for some in (crowds, alone)]
    spent = [1000 * median(cpu for _, cpu in some) for some in (crowds, alone)]
    errors = sum(outcome.errors for outcome, _ in crowds)
    return [
        Row(f"{what}: CPU time, beside one asker's", *spent, "ms", at_most=2),
        Row(f"{what}: the slowest", *slowest, "ms"),
        Row(f"{what}: errors", errors, None, "errors", limit=0),
    ]


def ask(client: Client, segment: str, count: int) -> tuple[Outcome, float]:
    """Let `count` ask; returns what they got, and the server's CPU seconds."""
    before = process.cpu_seconds(client.pid)
    outcome = listeners.run(client.port, listeners.at_once(count, segment))
    return outcome, process.cpu_seconds(client.pid) - before
