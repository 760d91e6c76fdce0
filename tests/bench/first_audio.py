"""First audio: from the request for the master playlist of a track never played to the last byte of its first segment.

The yardstick is one `ffmpeg` process that makes the same stretch of the same file: AAC at 128 kbit/s in fMP4.
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from tests.bench import music, servers
from tests.bench.table import Row

RUNS = 9
SECONDS = 60
FORMATS = {"wav": [], "mp3": ["-c:a", "libmp3lame", "-b:a", "192k"], "flac": ["-c:a", "flac"]}


def measure() -> list[Row]:
    return [_measure_format(ending, words) for ending, words in FORMATS.items()]


def _measure_format(ending: str, words: list[str]) -> Row:
    with TemporaryDirectory(prefix="bench-") as name:
        folder, data = Path(name), Path(name, "data")
        originals = [_record(folder, run, ending, words) for run in range(RUNS + 1)]
        servers.prepare(data)
        with servers.serving(data) as client:
            warm, *tracks = [client.upload(original) for original in originals]
            servers.settle(data)
        shutil.rmtree(data / "cache")  # new tracks' first segments, made before anybody asked
        pairs = []
        with servers.serving(data) as client:
            hear(client, warm)
            for original, track in zip(originals[1:], tracks, strict=True):
                seconds, span = hear(client, track)
                pairs.append((seconds, encode(original, span, folder)))
    ours, yardstick = zip(*pairs, strict=True)
    return Row(f"first audio, {ending}", 1000 * median(ours), 1000 * median(yardstick), "ms", at_most=0.35)


def _record(folder: Path, run: int, ending: str, words: list[str]) -> Path:
    source = music.write_wave(folder / "source.wav", SECONDS, seed=run + RUNS * list(FORMATS).index(ending))
    original = folder / f"{ending}-{run}.{ending}"
    music.ffmpeg("-i", source, *words, original)
    return original


def hear(client: servers.Client, track: dict[str, dict[str, str]]) -> tuple[float, float]:
    """Ask as a player does; returns the seconds it took, and the seconds of sound in the first segment."""
    began = time.perf_counter()
    master = track["stream"]["hls"]
    playlist = urljoin(master, first_address(client.ask(master)[0].decode()))
    text = client.ask(playlist)[0].decode()
    client.ask(urljoin(playlist, "init.mp4"))
    client.ask(urljoin(playlist, first_address(text)))
    took = time.perf_counter() - began
    return took, float(re.findall(r"#EXTINF:([\d.]+)", text)[0])


def first_address(playlist: str) -> str:
    """The first line of a playlist that is an address."""
    return next(line for line in playlist.splitlines() if line and not line.startswith("#"))


def encode(original: Path, span: float, folder: Path, start: float = 0.0) -> float:
    """Have ffmpeg make `span` seconds, from second `start` on; returns the seconds it took."""
    codec = ["-c:a", "aac", "-b:a", "128k"]
    container = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"]
    began = time.perf_counter()
    place = ["-ss", str(start)] if start else []
    music.ffmpeg(*place, "-i", original, "-vn", "-t", str(span), *codec, *container, folder / "first.mp4")
    return time.perf_counter() - began
