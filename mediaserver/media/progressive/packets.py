"""A span of sound to the packets of a codec at a constant bit rate.

The encoder is built anew for every span, so that the packets depend on nothing but the sound and the settings.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

LAYOUTS = {1: "mono", 2: "stereo"}
HEADROOM = 8.0
"""Louder samples (1.0 is full scale) are cut: encoders refuse what is endless, and no downmix comes near."""


def encode(
    sound: NDArray[np.float32], codec: str, settings: tuple[tuple[str, str], ...], rate: int, frame: int
) -> list[bytes]:
    """Encode whole frames of `frame` samples of sound (samples, channels) at `rate` Hz.

    What the encoder still holds back at the end is thrown away: give it more frames than packets are wanted.
    """
    channels = sound.shape[1]
    encoder = opened(codec, settings, rate, channels)
    sound = np.nan_to_num(sound, nan=0.0).clip(-HEADROOM, HEADROOM)
    made: list[bytes] = []
    for start in range(0, len(sound), frame):
        piece = sound[start : start + frame]
        piece = piece.T if encoder.format.is_planar else piece.reshape(1, -1)
        given = AudioFrame.from_ndarray(np.ascontiguousarray(piece), encoder.format.name, LAYOUTS[channels])
        given.sample_rate, given.pts, given.time_base = rate, start, Fraction(1, rate)
        made += map(bytes, encoder.encode(given))
    return made


def opened(codec: str, settings: tuple[tuple[str, str], ...], rate: int, channels: int) -> AudioCodecContext:
    """An encoder ready for its first frame, that takes floats."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, AudioCodecContext)
    formats = {each.name for each in av.Codec(codec, "w").audio_formats or ()}
    encoder.sample_rate, encoder.time_base = rate, Fraction(1, rate)
    encoder.layout, encoder.format = LAYOUTS[channels], "fltp" if "fltp" in formats else "flt"
    encoder.options = dict(settings)
    encoder.thread_count = 1
    encoder.open()
    return encoder
