"""Sounds made for tests, as arrays of float32 shaped (samples, channels), and files of them in many formats.

Nothing here is random from run to run, so that a test that fails fails again.
"""

from __future__ import annotations

import wave as wave_files
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np

CODECS = {
    ".wav": "pcm_s16le",
    ".aiff": "pcm_s16be",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".ogg": "libopus",
    ".opus": "libopus",
    ".m4a": "aac",
    ".aac": "aac",
    ".wv": "wavpack",
    ".mka": "flac",
}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
PIECE = 1 << 16
HEAD = 44  # bytes before the samples of a plain WAV


def spread(mono: np.ndarray, channels: int) -> np.ndarray:
    """One line of samples to several channels, each a little softer than the one before."""
    gains = 1 - np.arange(channels) / 8
    return (mono[:, None] * gains).astype(np.float32)


def tone(seconds: float, rate: int = 44100, channels: int = 2, hz: float = 440, level: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return spread(level * np.sin(2 * np.pi * hz * t), channels)


def sweep(seconds: float, rate: int = 44100, channels: int = 2, low: float = 40, high: float = 15000) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    growth = np.log(min(high, rate * 0.4) / low) / seconds
    return spread(0.5 * np.sin(2 * np.pi * low / growth * np.expm1(growth * t)), channels)


def noise(seconds: float, rate: int = 44100, channels: int = 2, level: float = 0.2, seed: int = 1) -> np.ndarray:
    shape = (round(seconds * rate), channels)
    return (level * np.random.default_rng(seed).uniform(-1, 1, shape)).astype(np.float32)


def silence(seconds: float, rate: int = 44100, channels: int = 2) -> np.ndarray:
    return np.zeros((round(seconds * rate), channels), np.float32)


def impulses(seconds: float, rate: int = 44100, channels: int = 2, every: float = 0.25) -> np.ndarray:
    sound = silence(seconds, rate, channels)
    sound[:: round(every * rate)] = 0.9
    return sound


@lru_cache(maxsize=8)
def music(seconds: float, rate: int = 44100, channels: int = 2, seed: int = 2) -> np.ndarray:
    """Something like music: plucked chords with overtones that change twice a second, a bass, and a hissing beat.

    It is made once for all who ask for the same, so it cannot be written to.
    """
    chance = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    beat = t % 0.5
    steps = chance.choice([0, 2, 4, 7, 9, 12], size=(int(seconds * 2) + 2, 3))
    sound = chance.normal(0, 0.06, (len(t), channels)) * np.exp(-beat * 30)[:, None]
    for voice in range(3):
        pitch = 220 * 2 ** (steps[(t * 2).astype(int), voice] / 12) / (2 if voice == 0 else 1)
        turn = np.exp((2j * np.pi * pitch - 2) * beat)  # and its powers, weaker and weaker, are the overtones
        wave = np.zeros_like(turn)
        for overtone in (5, 4, 3, 2, 1):
            wave = (wave + 1 / overtone) * turn
        sound += wave.imag[:, None] * (0.12 + 0.04 * ((np.arange(channels) + voice) % 2))
    made = sound.astype(np.float32)
    made.flags.writeable = False
    return made


def write(path: Path, sound: np.ndarray, rate: int = 44100, codec: str | None = None, **options: Any) -> Path:
    """Encode by the file's extension (or by `codec`) and return the path; `options` are the encoder's own.

    Of them `metadata={...}` becomes tags, `bit_rate=...` the bit rate, `format=...` the container.
    """
    tags = options.pop("metadata", {})
    bit_rate = options.pop("bit_rate", None)
    with av.open(path, "w", format=options.pop("format", None)) as box:
        box.metadata.update(tags)
        stream = box.add_stream(codec or CODECS[path.suffix], rate=rate)
        stream.layout = LAYOUTS[sound.shape[1]]
        stream.options = {key: str(value) for key, value in options.items()}
        if bit_rate:
            stream.bit_rate = bit_rate
        for frame in pieces(sound, rate):
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    return path


def pieces(sound: np.ndarray, rate: int) -> list[av.AudioFrame]:
    """The sound as frames that an encoder takes, with their times."""
    frames = []
    for start in range(0, len(sound), PIECE):
        planes = np.ascontiguousarray(sound[start : start + PIECE].T)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=LAYOUTS[sound.shape[1]])
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        frames.append(frame)
    return frames


def large_wave(path: Path, size: int) -> Path:
    """A WAV of silence that takes no room on the disk."""
    with wave_files.open(str(path), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.setnframes((size - HEAD) // 4)
        file.writeframes(b"")
    with path.open("r+b") as whole:
        whole.seek(4)
        whole.write((size - 8).to_bytes(4, "little"))
        whole.seek(HEAD - 4)
        whole.write((size - HEAD).to_bytes(4, "little"))
        whole.truncate(size)
    return path
