"""Recordings for benchmarks: chords that wander over soft noise, so that encoders have about the work that music is."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np

RATE = 44_100


def write_wave(path: Path, seconds: float, seed: int) -> Path:
    """Write a WAV, 16 bits in stereo; each seed gives another recording."""
    chance = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE), dtype=np.float32) / RATE
    sound = np.zeros((t.size, 2), np.float32)
    for pitch in chance.uniform(80, 2000, 12):
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * chance.uniform(0.1, 2) * t)
        voice = swell * np.sin(2 * np.pi * pitch * t + np.sin(2 * np.pi * 5 * t))
        sound += voice[:, None] * chance.uniform(0.2, 1, 2).astype(np.float32)
    sound = 0.05 * sound + 0.01 * chance.standard_normal(sound.shape, np.float32)
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((32767 * np.clip(sound, -1, 1)).astype("<i2").tobytes())
    return path


def ffmpeg(*words: str | Path) -> None:
    """Run ffmpeg to its end, silently; an error ends the benchmark."""
    command = ["ffmpeg", "-nostdin", "-y", "-v", "error", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
