"""A seek to 90 % of a two-hour MP3 that nobody has played: one segment, asked of a server that was just started.

The yardstick is `ffmpeg -ss`, making the same stretch of the same file.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import first_audio, ladder, music, servers
from tests.bench.table import Row

RUNS = 5
HOURS = 2
APART = 10  # segments between one run's place and the next: what follows a segment is read ahead
LOOP = 60  # seconds
RUNG = "aac-128"


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder:
        mix, data = write_mix(Path(folder)), Path(folder, "data")
        servers.prepare(data)
        with servers.serving(data) as client:
            track = client.upload(mix)
            short = client.upload(Path(folder, "loop.mp3"))
        pairs = [_seek(data, run, track, short, mix) for run in range(RUNS)]
    ours, yardstick = zip(*pairs, strict=True)
    what = f"seek to 90 % of a {HOURS} h MP3"
    return [Row(what, 1000 * median(ours), 1000 * median(yardstick), "ms", at_most=0.35)]


def write_mix(folder: Path) -> Path:
    """Write a long MP3: one minute, over and over, frame by frame."""
    music.ffmpeg("-i", music.write_wave(folder / "loop.wav", LOOP, seed=7), "-b:a", "128k", folder / "loop.mp3")
    turns = HOURS * 3600 // LOOP
    music.ffmpeg("-stream_loop", str(turns - 1), "-i", folder / "loop.mp3", "-c", "copy", folder / "mix.mp3")
    return folder / "mix.mp3"


def _seek(data: Path, run: int, track: dict, short: dict, mix: Path) -> tuple[float, float]:
    """Ask a new server that knows nothing but the playlist for a segment; returns its seconds, and ffmpeg's."""
    with servers.serving(data) as client:
        first_audio.hear(client, short)
        segments = ladder.segments(client, track, RUNG)
        n = len(segments) * 9 // 10 + APART * run
        began = time.perf_counter()
        client.ask(segments[n])
        took = time.perf_counter() - began
    whole = HOURS * 3600
    span = whole / len(segments)
    return took, first_audio.encode(mix, span, data, start=n * span)
