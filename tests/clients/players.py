"""Players that people have, each run on an address until the track ends; what they play comes back as samples.

Nothing here knows the server: what a player cannot do shows as a difference in sound.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

PATIENCE = 240  # seconds
NOBODY = 65534
WAVE_HEAD = 44  # bytes
TRIES, FIRST_PATIENCE = 12, 10
"""How often GStreamer may try, and how many seconds longer each time than before. Version 1.22 loses a race against a
download of its own that is still ending: it aborts, hangs, gives up or plays nothing. On a busy machine it does so in 7
of 100 seeks, in files that nginx serves as well, and once in a great while from the start. In 2 of 100 it plays on from
a later or an earlier place, which shows in how long it plays."""
WHOLE = 0.15
"""Seconds by which what is heard after a seek may be longer or shorter than what is left of the track: packets."""
LOCKED, LOST = 12, re.compile(rb"truncated box .{0,5}discarded", re.DOTALL)
"""How often VLC may try, and what it says when it has thrown a part of a locked segment away: version 3.0 does so with
whatever comes in a piece that is no multiple of 16 bytes, as the blocks of AES are. What it
takes for the name of a box stands in between, such as bytes of padding."""
CACHED_SEEK = """
local begun = false
mp.observe_property("demuxer-cache-state", "native", function(_, state)
    if begun or not state or not state["eof"] then return end
    begun = true
    mp.commandv("seek", os.getenv("PLACE"), "absolute+exact")
    mp.set_property("pause", "no")
end)
"""


@dataclass(frozen=True)
class Heard:
    """What a player gave: float32 shaped (samples, channels) at `rate` Hz."""

    sound: np.ndarray
    rate: int


Player = Callable[[str, Path, float], list[str]]
"""The command that plays an address from a second on, and writes a WAV."""


def play(player: Player, address: str, start: float = 0.0, left: float | None = None) -> Heard:
    """Run a player from second `start` to the end of a track, of which so many seconds are `left` from there."""
    if player is gstreamer:
        return _play_with_gstreamer(address, start, left)
    if player is vlc:
        return _play_with_vlc(address, start)
    with TemporaryDirectory(prefix="heard-", dir="/tmp") as folder:
        target = Path(folder, "heard.wav")
        done = _run(player, address, target, start, PATIENCE)
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == 0, said
        assert target.exists(), said
        return read(target)


def _play_with_vlc(address: str, start: float) -> Heard:
    """Try until it throws nothing away."""
    for _ in range(LOCKED):
        with TemporaryDirectory(prefix="heard-", dir="/tmp") as folder:
            target = Path(folder, "heard.wav")
            done = _run(vlc, address, target, start, PATIENCE)
            assert done.returncode == 0, done.stderr.decode(errors="replace")
            if not LOST.search(done.stderr):
                return read(target)
    raise AssertionError(f"{LOCKED} times it threw a part away")


def _play_with_gstreamer(address: str, start: float, left: float | None) -> Heard:
    """Try until it plays, and all that is left; what it plays at last is what is heard, right or wrong."""
    heard = None
    for attempt in range(1, TRIES + 1):
        with TemporaryDirectory(prefix="heard-", dir="/tmp") as folder, suppress(subprocess.TimeoutExpired):
            target = Path(folder, "heard.wav")
            done = _run(gstreamer, address, target, start, attempt * FIRST_PATIENCE)
            if done.returncode == 0 and target.exists() and target.stat().st_size > WAVE_HEAD:
                heard = read(target)
                if left is None or abs(len(heard.sound) / heard.rate - left) <= WHOLE:
                    break
    assert heard is not None, f"{TRIES} times it did not play to the end"
    return heard


def _run(
    player: Player, address: str, target: Path, start: float, patience: float
) -> subprocess.CompletedProcess[bytes]:
    """The player may write into the target's folder, whoever it runs as."""
    target.parent.chmod(0o777)
    environment = {**os.environ, "HOME": str(target.parent), "PLACE": str(start)}
    command = player(address, target, start)
    return subprocess.run(command, env=environment, capture_output=True, timeout=patience, check=False)


def read(path: Path, rate: int | None = None) -> Heard:
    """A recording by the ffmpeg program, at another rate if one is given."""
    with av.open(path) as box:
        own = box.streams.audio[0].rate
    words = ["-ac", "2", "-ar", str(rate or own), "-f", "f32le", "-"]
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, *words], capture_output=True, check=True)
    return Heard(np.frombuffer(done.stdout, "<f4").reshape(-1, 2), rate or own)


def ffmpeg(address: str, target: Path, start: float) -> list[str]:
    place = ["-ss", str(start)] if start else []
    return ["ffmpeg", "-nostdin", "-v", "warning", *place, "-i", address, "-map", "0:a:0", str(target)]


def mpv(address: str, target: Path, start: float) -> list[str]:
    return [*_mpv(target), *([f"--start={start}"] if start else []), address]


def mpv_cached(address: str, target: Path, start: float) -> list[str]:
    """Reads the whole track while it stands still, and then seeks in what it has read."""
    script = target.with_name("seek.lua")
    script.write_text(CACHED_SEEK)
    waiting = ["--pause", "--cache=yes", "--cache-secs=3600", "--demuxer-readahead-secs=3600"]
    return [*_mpv(target), *waiting, f"--script={script}", address]


def _mpv(target: Path) -> list[str]:
    return [
        "mpv",
        "--no-config",
        "--no-video",
        "--msg-level=all=error",
        "--untimed",
        "--ao=pcm",
        f"--ao-pcm-file={target}",
    ]


def gstreamer(address: str, target: Path, start: float) -> list[str]:
    """GStreamer's newer HLS demuxer, hlsdemux2."""
    return ["gst-play-1.0", "--use-playbin3", *_gstreamer(target, start), address]


def gstreamer_old(address: str, target: Path, start: float) -> list[str]:
    """GStreamer's older HLS demuxer, hlsdemux."""
    return ["gst-play-1.0", *_gstreamer(target, start), address]


def _gstreamer(target: Path, start: float) -> list[str]:
    sink = f"--audiosink=wavenc ! filesink location={target}"
    place = [f"--start-position={start}"] if start else []
    return ["--no-interactive", "--quiet", *place, "--videosink=fakesink", sink]


def vlc(address: str, target: Path, start: float) -> list[str]:
    """VLC will not run as root."""
    other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    output = f"#transcode{{acodec=s16l}}:std{{access=file,mux=wav,dst={target}}}"
    words = ["-I", "dummy", "-v", "--play-and-exit", f"--start-time={start}", "--sout", output]
    return [*other, "cvlc", *words, address]


def newer_ffmpeg(address: str, start: float) -> Heard:
    """The FFmpeg that PyAV brings along, with a seek like any player's: to the packet that holds the second."""
    with av.open(address) as box:
        stream = box.streams.audio[0]
        box.seek(int(start * av.time_base))
        resampler = av.AudioResampler(format="flt", layout="stereo")
        pieces = [made.to_ndarray() for frame in box.decode(stream) for made in resampler.resample(frame)]
        return Heard(np.concatenate(pieces, axis=1).reshape(-1, 2), stream.rate)
