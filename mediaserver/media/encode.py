"""A span of sound to the packets of one rendition.

The encoder is built anew for every span, so that the packets depend on nothing but the sound and the rendition.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from mediaserver.media.renditions import BITS, Rendition

LAYOUTS = {1: "mono", 2: "stereo"}
HEADROOM = 8.0
"""Louder samples (1.0 is full scale) are cut: encoders refuse what is endless, and no downmix comes near."""


def opened(rendition: Rendition, rate: int, channels: int) -> AudioCodecContext:
    """An encoder for that rendition at `rate` Hz, ready for its first frame."""
    encoder = av.CodecContext.create(rendition.codec, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.time_base = rate, Fraction(1, rate)
    encoder.layout, encoder.format = LAYOUTS[channels], rendition.sample
    encoder.options = dict(rendition.settings)
    encoder.thread_count = 1
    encoder.open()
    return encoder


def header(rendition: Rendition, rate: int, channels: int) -> bytes:
    """What a decoder is told before the first packet; for AAC the AudioSpecificConfig of ISO/IEC 14496-3, 1.6.2."""
    return bytes(opened(rendition, rate, channels).extradata or b"")


def packets(sound: NDArray[np.float32], rendition: Rendition, rate: int) -> list[bytes]:
    """Encode frames of sound (samples, channels) and return the packets that are complete then.

    The first holds the encoder's priming. What the encoder still holds back at the end is thrown away: give it
    `rendition.lookahead` frames more than are wanted. Only a lossless codec takes a last frame that is not whole.
    """
    encoder = opened(rendition, rate, sound.shape[1])
    samples = taken(sound, rendition.sample)
    made: list[bytes] = []
    for start in range(0, len(samples), rendition.frame):
        frame = arranged(samples[start : start + rendition.frame], rendition.sample)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        made += map(bytes, encoder.encode(frame))
    if rendition.lossless:
        made += [bytes(packet) for packet in encoder.encode(None) if packet.size]  # the last frame, if it is not whole
    return made


def taken(sound: NDArray[np.float32], sample: str) -> NDArray[Any]:
    """The sound as the numbers that an encoder of such samples takes.

    What was made of whole numbers of up to 24 bits becomes those very numbers: 32-bit floats hold them exactly.
    """
    clean = np.nan_to_num(sound, nan=0.0)
    if sample not in BITS:
        return clean.clip(-HEADROOM, HEADROOM)
    scale = np.float32(1 << BITS[sample] - 1)
    whole = np.rint(clean.clip(-1, 1) * scale).clip(-scale, scale - 1)
    return whole.astype(np.int16) if sample == "s16" else whole.astype(np.int32) << 8


def arranged(samples: NDArray[Any], sample: str) -> AudioFrame:
    """A frame of these samples (samples, channels): channel by channel, or one instant after the other."""
    rows = samples.T if sample.endswith("p") else samples.reshape(1, -1)
    return AudioFrame.from_ndarray(np.ascontiguousarray(rows), format=sample, layout=LAYOUTS[samples.shape[1]])
