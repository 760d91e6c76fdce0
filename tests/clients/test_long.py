"""Mixes as long as an evening: every kind of file is sought in deeply, to the last segment, exact to the sample.

`LONG_MINUTES=120` makes them two hours long; by default they are as long as a quick test allows.
"""

from __future__ import annotations

import os
import re
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from tests.bench import ladder, music
from tests.bench.servers import Client
from tests.clients import hearing, players

MINUTES = int(os.environ.get("LONG_MINUTES", "20"))
RATE = 22050
PIECES, PIECE_SECONDS = 16, 7
FRAME = 1024
AROUND = 4000  # samples within which a piece out of its place would be found
KINDS = {
    "cbr.mp3": ["-b:a", "48k", "-write_xing", "0"],
    "vbr.mp3": ["-q:a", "6"],
    "vorbis.ogg": ["-c:a", "libvorbis", "-q:a", "2"],
    "mix.flac": [],
    "mix.wav": [],
}


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long WAV of a few pieces in ever another order."""
    path = tmp_path_factory.mktemp("long") / "source.wav"
    pieces = [(32767 * sounds.music(PIECE_SECONDS, RATE, 1, seed)).astype("<i2").tobytes() for seed in range(PIECES)]
    order = np.random.default_rng(1).integers(0, PIECES, MINUTES * 60 // PIECE_SECONDS)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for piece in order:
            file.writeframes(pieces[piece])
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_mix_is_exact_wherever_it_is_sought(client: Client, mix: Path, kind: str) -> None:
    path = mix.with_name(kind)
    music.ffmpeg("-i", mix, *KINDS[kind], path)
    whole = players.read(path).sound
    playlists = ladder.playlists(client, client.upload(path))
    rung = "flac-16" if "flac-16" in playlists else max(name for name in playlists if name.startswith("aac"))
    lengths, pieces = durations(client, playlists[rung]), ladder.pieces(client, playlists[rung])
    bounds = np.cumsum([0, *(round(length * RATE) for length in lengths)])
    assert abs(bounds[-1] - len(whole)) <= 1
    for n in (1, len(lengths) // 2, len(lengths) * 9 // 10, len(lengths) - 2, len(lengths) - 1):
        sound = decode(client, pieces[0], pieces[n + 1])
        if rung == "flac-16":
            assert np.array_equal(sound, whole[bounds[n] : bounds[n + 1]])
        else:
            assert_in_place(sound, whole, bounds[n], bounds[n + 1])
    path.unlink()


def durations(client: Client, playlist: str) -> list[float]:
    return [float(length) for length in re.findall(r"#EXTINF:([\d.]+)", client.ask(playlist)[0].decode())]


def decode(client: Client, init: str, segment: str) -> np.ndarray:
    """One segment alone, as a decoder hears it that begins there."""
    data = client.ask(init)[0] + client.ask(segment)[0]
    command = ["ffmpeg", "-v", "error", "-i", "-", "-ac", "2", "-f", "f32le", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2)


def assert_in_place(sound: np.ndarray, whole: np.ndarray, start: int, stop: int) -> None:
    """The segment is the recording's stretch; its first frame lacks the one before it, as after any seek."""
    wanted = whole[start + FRAME : stop]
    heard = sound[FRAME : FRAME + len(wanted)]
    assert len(heard) == len(wanted)
    begin = max(0, start + FRAME - AROUND)
    assert begin + hearing.place(heard, whole[begin : stop + AROUND]) == start + FRAME
    assert hearing.error(heard, wanted) < -8
