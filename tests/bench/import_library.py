"""Importing a library of 20,000 small recordings: what head and tags tell of each, as one process on an empty folder.

The yardstick reads, hashes and copies some of the same files with `ffprobe`, `sha256sum` and `cp`, one after the other;
for a second import, which finds nothing new, it is `find` with what it takes to know that.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import library, process, servers
from tests.bench.table import Row

FILES = 20_000
SAMPLE = 300
"""Files that the yardstick reads: it takes long."""
LOOK = 0.1  # seconds between looks at the memory
EACH, MEMORY, AGAIN = 5, 300, 10
"""What is to be reached: milliseconds a file (200 a second), megabytes, seconds."""


def measure() -> list[Row]:
    with TemporaryDirectory(prefix="bench-") as folder:
        music = library.make(Path(folder, "music"), FILES)
        data = Path(folder, "data")
        servers.prepare(data)
        first, resident = take_in(music, data)
        again, resident_again = take_in(music, data)
        in_place = Path(folder, "in-place")
        servers.prepare(in_place)
        left, _ = take_in(music, in_place, "--in-place")
        sample = [path for path in sorted(music.rglob("*")) if path.suffix in library.SHARES][:: FILES // SAMPLE]
        programs = read_by_programs(sample, Path(folder, "copy"))
        found = find(music)
    what = f"import of {FILES:,} files"
    return [
        Row(f"{what}, each; ffprobe + sha256sum + cp", 1000 * first / FILES, 1000 * programs, "ms", limit=EACH),
        Row(f"{what} in place, each; the same", 1000 * left / FILES, 1000 * programs, "ms", limit=EACH),
        Row(f"{what}, memory", max(resident, resident_again) / 1e6, None, "MB", limit=MEMORY),
        Row(f"{what} again, nothing new; find", again, found, "s", limit=AGAIN),
    ]


def take_in(music: Path, data: Path, *flags: str) -> tuple[float, int]:
    """Import once, tags only; return the seconds that it took, start included, and the most bytes of memory."""
    began, most = time.perf_counter(), 0
    words = [*servers.PROGRAM, "import", str(music), "--no-wait", "--data", str(data), *flags]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as importing:
        while importing.poll() is None:
            try:
                most = max(most, process.resident(importing.pid))
            except (FileNotFoundError, IndexError):  # it has just ended
                break
            time.sleep(LOOK)
    assert importing.returncode == 0, importing.returncode
    return time.perf_counter() - began, most


def read_by_programs(sample: list[Path], copies: Path) -> float:
    """Return the seconds that the usual programs take for one file."""
    copies.mkdir()
    began = time.perf_counter()
    for number, path in enumerate(sample):
        for words in (
            ("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"),
            ("sha256sum",),
        ):
            subprocess.run([*words, str(path)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cp", str(path), str(copies / str(number))], check=True)
    return (time.perf_counter() - began) / len(sample)


def find(music: Path) -> float:
    """Return the seconds that it takes to list all files with their sizes, times and numbers."""
    began = time.perf_counter()
    subprocess.run(
        ["find", str(music), "-type", "f", "-printf", "%p %s %T@ %i\n"], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began
