"""A span of sound to the packets of one rendition.

The encoder is built anew for every span, so that the packets depend on nothing but the sound and the rendition.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from mediaserver.media.renditions import Rendition

LAYOUTS = {1: "mono", 2: "stereo"}
HEADROOM = 8.0
"""Louder samples (1.0 is full scale) are cut: encoders refuse what is endless, and no downmix comes near."""


def opened(rendition: Rendition, rate: int, channels: int) -> AudioCodecContext:
    """An encoder for that rendition at `rate` Hz, ready for its first frame."""
    encoder = av.CodecContext.create(rendition.codec, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.time_base = rate, Fraction(1, rate)
    encoder.layout, encoder.format = LAYOUTS[channels], "fltp"
    encoder.options = dict(rendition.settings)
    encoder.thread_count = 1
    encoder.open()
    return encoder


def header(rendition: Rendition, rate: int, channels: int) -> bytes:
    """What a decoder is told before the first packet; for AAC the AudioSpecificConfig of ISO/IEC 14496-3, 1.6.2."""
    return bytes(opened(rendition, rate, channels).extradata or b"")


def packets(sound: NDArray[np.float32], rendition: Rendition, rate: int) -> list[bytes]:
    """Encode whole frames of sound (samples, channels) and return the packets that are complete then.

    The first holds the encoder's priming. What the encoder still holds back at the end is thrown away: give it
    `rendition.lookahead` frames more than are wanted.
    """
    encoder = opened(rendition, rate, sound.shape[1])
    planes = np.nan_to_num(sound.T, nan=0.0).clip(-HEADROOM, HEADROOM)
    made: list[bytes] = []
    for start in range(0, planes.shape[1], rendition.frame):
        piece = np.ascontiguousarray(planes[:, start : start + rendition.frame])
        frame = AudioFrame.from_ndarray(piece, format="fltp", layout=LAYOUTS[sound.shape[1]])
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        made += map(bytes, encoder.encode(frame))
    return made
