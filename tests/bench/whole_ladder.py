"""CPU time to make a track in every rung it is offered in, beside one `ffmpeg` process told to make the same ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from mediaserver.media import renditions
from tests.bench import ladder, listeners, music, process, servers
from tests.bench.table import Row

RUNS = 3
SECONDS = 60
ASKERS = 2
CONTAINER = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "6000000", "-f", "mp4"]


def measure() -> list[Row]:
    ours, yardstick = [], []
    for run in range(RUNS):
        with TemporaryDirectory(prefix="bench-") as folder:
            source = music.write_wave(Path(folder, "source.wav"), SECONDS, seed=100 + run)
            spent, rungs = make(source, Path(folder, "data"))
            ours.append(spent)
            yardstick.append(encode(source, rungs, Path(folder)))
    what = f"CPU time of {len(rungs)} rungs of {SECONDS} s"
    return [Row(what, median(ours), median(yardstick), "s", at_most=1.1)]


def make(source: Path, data: Path) -> tuple[float, list[str]]:
    """Have our server make every piece with nothing in its cache; returns its CPU seconds, and the rungs' names."""
    servers.prepare(data)
    with servers.serving(data) as client:
        track = client.upload(source)
    shutil.rmtree(data / "cache")  # pieces that were made before anybody asked
    with servers.serving(data) as client:
        playlists = ladder.playlists(client, track)
        wanted = [piece for playlist in playlists.values() for piece in ladder.pieces(client, playlist)]
        before = process.cpu_seconds(client.pid)
        outcome = listeners.run(client.port, listeners.hungry(ASKERS, wanted))
        assert outcome.errors == 0
        return process.cpu_seconds(client.pid) - before, list(playlists)


def encode(source: Path, rungs: list[str], folder: Path) -> float:
    """Have one ffmpeg make the same rungs; returns its CPU seconds."""
    words: list[str | Path] = ["ffmpeg", "-nostdin", "-y", "-v", "error", "-i", source]
    for name in rungs:
        rung = renditions.by_name(name)
        settings = [word for key, value in rung.settings for word in (f"-{key}:a", value)]
        words += ["-map", "0:a", "-c:a", rung.codec, "-sample_fmt", rung.sample, *settings]
        words += ["-strict", "experimental", *CONTAINER, folder / f"{name}.mp4"]
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_utime + usage.ru_stime
