"""The whole analysis of recordings beside FFmpeg's ebur128 filter over the same files, both by their CPU time.

Ours gives true peak, waveform, fingerprint, tempo, key and vector as well. It stands beside both forms of the filter:
with its true peak (`peak=true`), which is part of ours, and without one, which is the harder bar.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import music
from tests.bench.table import Row

REAL = Path("/usr/share/games/wesnoth/1.16/data/core/music")
"""Where Debian's wesnoth-1.16-music puts real recordings."""
FILES, SECONDS, RUNS = 4, 180, 3
ALONE = "import sys; from pathlib import Path; from mediaserver.media import analysis; "
EACH = "[analysis.analyse(Path(name)) for name in sys.argv[1:]]"


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder:
        made = [music.write_wave(Path(folder, f"{seed}.wav"), SECONDS, seed) for seed in range(FILES)]
        rows = compare("WAV, synthesised", made)
        real = sorted(REAL.glob("*.ogg"), key=lambda path: -path.stat().st_size)[:FILES]
        return rows + (compare("Ogg Vorbis, real", real) if real else [])


def compare(what: str, files: list[Path]) -> list[Row]:
    """Ours beside both forms of the filter, in milliseconds of CPU."""
    began = least(lambda: ours([]))
    mine = least(lambda: ours(files)) - began
    peak = least(lambda: theirs(files, "ebur128=peak=true"))
    plain = least(lambda: theirs(files, "ebur128"))
    named = f"whole analysis, CPU, {len(files)} x {what}"
    return [
        Row(f"{named}; ebur128 with true peak", 1000 * mine, 1000 * peak, "ms", at_most=1.3),
        Row(f"{named}; ebur128 without", 1000 * mine, 1000 * plain, "ms", at_most=1.3),
    ]


def least(run: Callable[[], float]) -> float:
    """The lowest of a few runs: what else the machine does can only add to it."""
    return min(run() for _ in range(RUNS))


def ours(files: list[Path]) -> float:
    """CPU seconds of a process that analyses the files one after the other; its start is taken off by `compare`."""
    return spent([sys.executable, "-c", ALONE + EACH, *map(str, files)])


def theirs(files: list[Path], graph: str) -> float:
    """CPU seconds of ffmpeg over the files, one process each."""
    return sum(
        spent(["ffmpeg", "-nostdin", "-v", "error", "-i", str(file), "-af", graph, "-f", "null", "-"]) for file in files
    )


def spent(command: list[str]) -> float:
    """CPU seconds, user and system, of one command with all of its threads."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
