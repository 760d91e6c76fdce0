"""Playback while hundreds of files are uploaded at once, beside playback alone: some listeners ask for what is in the
cache, as many for what has yet to be encoded, all of them at a player's pace."""

from __future__ import annotations

import wave
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import ladder, listeners, music, servers
from tests.bench.listeners import Outcome, Plan
from tests.bench.servers import Client
from tests.bench.table import Row

FILES, AT_ONCE = 300, 15  # at once: what one account may by default, less one
FILE_SECONDS = 8
LISTENERS = 8
"""Of each kind, on a track of its own."""
PERIOD, ROUNDS = 6.0, 3
TRACK_SECONDS = 240
RUNG = "aac-128"


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        tracks = [
            client.upload(music.write_wave(Path(folder, f"{n}.wav"), TRACK_SECONDS, seed=500 + n))
            for n in range(LISTENERS)
        ]
        files = write_files(Path(folder))
        alone = listeners.run(client.port, plan(client, tracks, turn=0))
        with ThreadPoolExecutor(AT_ONCE) as senders:
            sent = [senders.submit(send, client, files[n::AT_ONCE]) for n in range(AT_ONCE)]
            amid = listeners.run(client.port, plan(client, tracks, turn=1))
            lasted = not all(sending.done() for sending in sent)
            uploaded = sum(sending.result() for sending in sent)
    assert uploaded == FILES
    return [*_rows(amid, alone, "" if lasted else " (the uploads were over first)")]


def _rows(amid: Outcome, alone: Outcome, remark: str) -> list[Row]:
    what = f"p95 while {FILES} files are uploaded{remark}"
    cached, cold = ([only(some, kind) for some in (amid, alone)] for kind in (0, 1))
    return [
        Row(f"{what}, beside p95 alone", *_p95(amid, alone), "ms", at_most=2),
        Row(f"{what}: cached", *_p95(*cached), "ms"),
        Row(f"{what}: first heard", *_p95(*cold), "ms"),
        Row(f"{what}: errors", amid.errors, alone.errors, "errors", limit=0),
    ]


def _p95(*outcomes: Outcome) -> list[float]:
    return [1000 * outcome.quantile(0.95) for outcome in outcomes]


def only(outcome: Outcome, kind: int) -> Outcome:
    """The answers to every second listener: those of cached segments (0), or of cold ones (1)."""
    return Outcome([answer for answer in outcome.answers if answer.listener % 2 == kind])


def plan(client: Client, tracks: list[dict[str, Any]], turn: int) -> Plan:
    """Two listeners for each track: one hears what is in the cache, one goes where nobody was, and on from there."""
    asks: Plan = []
    for number, track in enumerate(tracks):
        segments = ladder.segments(client, track, RUNG)
        cold = segments[10 + turn * 20 :][:ROUNDS]
        client.ask(segments[1])
        for kind, wanted in enumerate(([segments[1]] * ROUNDS, cold)):
            start = PERIOD * (2 * number + kind) / (2 * len(tracks))
            asks.append([(start + PERIOD * step, address) for step, address in enumerate(wanted)])
    return asks


def write_files(folder: Path) -> list[Path]:
    """Write the files that are uploaded, each with other sound."""
    with wave.open(str(music.write_wave(folder / "many.wav", FILE_SECONDS + FILES / 10, seed=600))) as source:
        sound = source.readframes(source.getnframes())
        settings = source.getparams()
    step, length = 4 * (music.RATE // 10), 4 * music.RATE * FILE_SECONDS
    files = [folder / f"file-{n}.wav" for n in range(FILES)]
    for n, path in enumerate(files):
        with wave.open(str(path), "wb") as file:
            file.setparams(settings)
            file.writeframes(sound[n * step : n * step + length])
    return files


def send(client: Client, files: list[Path]) -> int:
    """Upload one after the other on a connection of its own, each to its end; returns how many."""
    with closing(client.another()) as sender:
        return sum(sender.upload(path)["id"] != "" for path in files)
