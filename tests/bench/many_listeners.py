"""Listeners at a player's pace, each asking for six seconds of sound every six seconds, all of it in the cache.

The yardstick is nginx with one worker over the same files, asked the same. `breaking_point` doubles the listeners until
the server does not follow any more, and says what it was that gave way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import ladder, listeners, music, process, servers
from tests.bench.listeners import Outcome
from tests.bench.table import Row

LISTENERS = 5_000
PERIOD = 6.0  # seconds
ROUNDS = 3
TRACKS, SECONDS = 12, 60
RUNG = "aac-128"
BAR = 0.1  # seconds
MOST = 28_000  # one address has so many ports
OTHER_FILES = 200
"""What a server holds open beside its listeners' connections."""


@dataclass(frozen=True)
class Burden:
    """What so many listeners were given, and the share of a core and the bytes that it took of the server."""

    count: int
    outcome: Outcome
    core: float
    memory: int

    @property
    def broken(self) -> str:
        """What gave way; nothing if all was well."""
        found = []
        if self.outcome.lateness > BAR / 2:
            found.append(f"the load itself was {1000 * self.outcome.lateness:.0f} ms late")
        if self.outcome.errors:
            found.append(f"{self.outcome.errors} errors")
        if self.outcome.quantile(0.99) > BAR:
            found.append(f"p99 {1000 * self.outcome.quantile(0.99):.0f} ms")
        return ", ".join(found)

    @property
    def end(self) -> str:
        """How it ended, in words."""
        return f"{self.broken or 'went well, and the system allows no more'}, {100 * self.core:.0f} % of a core"


def measure() -> list[Row]:
    with both() as (ours, yardstick):
        a, b = bear(ours, LISTENERS), bear(yardstick, LISTENERS)
    what = f"{LISTENERS:,} listeners"
    return [
        Row(f"{what}: errors", a.outcome.errors, b.outcome.errors, "errors", limit=0),
        *_times(what, a.outcome, b.outcome),
        Row(f"{what}: load on one core", 100 * a.core, 100 * b.core, "%"),
        Row(f"{what}: memory", a.memory / 1e6, b.memory / 1e6, "MB"),
    ]


def _times(what: str, ours: Outcome, yardstick: Outcome) -> Iterator[Row]:
    for share, limit in ((0.5, None), (0.99, 1000 * BAR)):
        figures = 1000 * ours.quantile(share), 1000 * yardstick.quantile(share)
        yield Row(f"{what}: p{100 * share:.0f}", *figures, "ms", limit=limit)


def breaking_point() -> list[Row]:
    with both() as (ours, yardstick):
        a, b = find_end(ours), find_end(yardstick)
    what = f"listeners at last: ours {a.end}; nginx {b.end}"
    return [Row(what, a.count, b.count, "listeners")]


def find_end(asked: Asked) -> Burden:
    """Double the listeners until something gives way, or the system allows no more connections."""
    most = min(MOST, process.allow_files() - OTHER_FILES)
    count = LISTENERS
    while not (burden := bear(asked, count)).broken and count < most:
        count = min(2 * count, most)
    return burden


@dataclass(frozen=True)
class Asked:
    """A server, and the addresses of what it has in its cache."""

    port: int
    pid: int
    addresses: list[str]


@contextmanager
def both() -> Iterator[tuple[Asked, Asked]]:
    """Our server and nginx, with the same segments."""
    process.allow_files()
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        segments = []
        for seed in range(TRACKS):
            track = client.upload(music.write_wave(Path(folder, f"{seed}.wav"), SECONDS, seed=200 + seed))
            segments += ladder.segments(client, track, RUNG)[1:-1]
        for segment in segments:
            copy = Path(folder, segment.lstrip("/"))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(client.ask(segment)[0])
        with servers.nginx(Path(folder)) as yardstick:
            yield Asked(client.port, client.pid, segments), Asked(yardstick.port, yardstick.pid, segments)


def bear(asked: Asked, count: int) -> Burden:
    """Let so many listen for a while."""
    plan = listeners.paced(count, ROUNDS * PERIOD, PERIOD, asked.addresses)
    before = process.cpu_seconds(asked.pid)
    running = listeners.Running(asked.port, plan)
    outcome = running.outcome()
    spent = process.cpu_seconds(asked.pid) - before
    return Burden(count, outcome, spent / (ROUNDS * PERIOD), process.resident(asked.pid))
