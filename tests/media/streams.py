"""Whole streams made of their segments, and what comes out of them."""

from __future__ import annotations

import io
import struct
import subprocess
from pathlib import Path

import av
import numpy as np

from mediaserver.media import decode, segment, timeline
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original
from tests import sounds


def kept(
    folder: Path, sound: np.ndarray, rate: int = 44100, suffix: str = ".wav", codec: str | None = None
) -> Original:
    codec = codec or ("pcm_f32le" if suffix == ".wav" else None)
    path = sounds.write(folder / f"original{suffix}", sound, rate, codec)
    return Original(path, rate, sound.shape[1], len(sound))


def parts(original: Original, rendition: Rendition) -> list[bytes]:
    count = timeline.of(original, rendition).count
    return [segment.make(original, rendition, n) for n in range(count)]


def stream(original: Original, rendition: Rendition) -> bytes:
    return b"".join([segment.initialise(original, rendition), *parts(original, rendition)])


def packets(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data)) as box:
        return [bytes(packet) for packet in box.demux(audio=0) if packet.size]


def samples(source: Path | bytes) -> np.ndarray:
    """What FFmpeg's library decodes, in its own numbers of whatever format, shaped (samples, channels)."""
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else source) as box:
        frames = list(box.decode(audio=0))
    made = [frame.to_ndarray() for frame in frames]
    if frames[0].format.is_planar:
        return np.concatenate(made, axis=1).T
    return np.concatenate(made, axis=1).reshape(-1, frames[0].layout.nb_channels)


def ffmpeg(data: bytes, folder: Path, channels: int, form: str = "f32le") -> np.ndarray:
    """What the ffmpeg program makes of it; it must have nothing to complain of."""
    path = folder / "stream.mp4"
    path.write_bytes(data)
    run = subprocess.run(["ffmpeg", "-v", "warning", "-i", str(path), "-f", form, "-"], capture_output=True, check=True)
    assert run.stderr == b""
    return np.frombuffer(run.stdout, {"f32le": "<f4", "s32le": "<i4"}[form]).reshape(-1, channels)


def durations(data: bytes) -> list[int]:
    at = data.index(b"trun")
    count = struct.unpack(">I", data[at + 8 : at + 12])[0]
    return list(struct.unpack(f">{2 * count}I", data[at + 16 : at + 16 + 8 * count]))[::2]


def decibels(part: np.ndarray, reference: np.ndarray) -> float:
    return 10 * np.log10(power(part) / power(reference))


def power(sound: np.ndarray) -> float:
    return float(np.mean(sound.astype(float) ** 2))


def pcm(path: Path, start: int, stop: int, rate: int, channels: int) -> np.ndarray:
    """A span of a file that nobody has read before."""
    with decode.Reader(path) as reader:
        return decode.pcm(reader, start, stop, rate, channels)
