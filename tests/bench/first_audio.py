"""First audio: from the request for the master playlist of a track never played to the last byte of its first segment.

The yardstick is one `ffmpeg` process that makes the same stretch of the same file: AAC at 128 kbit/s in fMP4.
"""

from __future__ import annotations

import re
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
    with TemporaryDirectory(prefix="bench-") as folder, servers.ours() as client:
        hear(client, client.upload(music.write_wave(Path(folder, "warm.wav"), SECONDS, seed=0)))
        return [_measure_format(client, Path(folder), ending, words) for ending, words in FORMATS.items()]


def _measure_format(client: servers.Client, folder: Path, ending: str, words: list[str]) -> Row:
    ours, yardstick = [], []
    for run in range(RUNS):
        source = music.write_wave(folder / "source.wav", SECONDS, seed=1 + run + RUNS * list(FORMATS).index(ending))
        original = folder / f"{ending}-{run}.{ending}"
        music.ffmpeg("-i", source, *words, original)
        track = client.upload(original)
        time.sleep(0.2)  # what the upload left to do is done
        seconds, span = hear(client, track)
        ours.append(seconds)
        yardstick.append(encode(original, span, folder))
    return Row(f"first audio, {ending}", 1000 * median(ours), 1000 * median(yardstick), "ms", at_most=0.35)


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
