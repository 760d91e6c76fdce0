"""A span of sound to the packets of one codec with one set of settings.

The encoder is built anew for every span, so that the packets depend on nothing but the sound and the settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

LAYOUTS = {1: "mono", 2: "stereo"}
BITS = {"s16": 16, "s32": 24}
"""How much of a sample of whole numbers is used."""
HEADROOM = 8.0
"""Louder samples (1.0 is full scale) are cut: encoders refuse what is endless, and no downmix comes near."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What an encoder is told: FFmpeg's names of it, of the samples that it takes, and of its settings.

    `frame` is how many samples a packet holds.
    """

    codec: str
    sample: str
    frame: int
    settings: tuple[tuple[str, str], ...]

    @property
    def lossless(self) -> bool:
        """Whether the very samples come out that went in."""
        return self.codec == "flac"

    @property
    def bits(self) -> int:
        """Bits of a sample, as far as the codec knows any."""
        return BITS.get(self.sample, 16)


def opened(coding: Coding, rate: int, channels: int) -> AudioCodecContext:
    """An encoder at `rate` Hz, ready for its first frame."""
    encoder = av.CodecContext.create(coding.codec, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.time_base = rate, Fraction(1, rate)
    encoder.layout, encoder.format = LAYOUTS[channels], coding.sample
    encoder.options = dict(coding.settings)
    encoder.thread_count = 1
    encoder.open()
    return encoder


def header(coding: Coding, rate: int, channels: int) -> bytes:
    """What a decoder is told before the first packet; for AAC the AudioSpecificConfig of ISO/IEC 14496-3, 1.6.2."""
    return bytes(opened(coding, rate, channels).extradata or b"")


def packets(sound: NDArray[np.float32], coding: Coding, rate: int) -> list[bytes]:
    """Encode frames of sound (samples, channels) and return the packets that are complete then.

    The first holds the encoder's priming. What the encoder still holds back at the end is thrown away: give it more
    frames than packets are wanted. Only a lossless codec takes a last frame that is not whole.
    """
    encoder = opened(coding, rate, sound.shape[1])
    whole = arranged(taken(sound, coding.sample), coding.sample)
    whole.sample_rate, whole.pts, whole.time_base = rate, 0, Fraction(1, rate)
    made = encoder.encode(whole)  # cut into the encoder's frames within
    if coding.lossless:
        made += encoder.encode(None)
    return [bytes(packet) for packet in made if packet.size]


def taken(sound: NDArray[np.float32], sample: str) -> NDArray[Any]:
    """The sound as the numbers that an encoder of such samples takes.

    What was made of whole numbers of up to 24 bits becomes those very numbers: 32-bit floats hold them exactly.
    """
    if sample not in BITS:
        return bounded(sound, HEADROOM)
    scale = np.float32(1 << BITS[sample] - 1)
    whole = bounded(sound, 1) * scale
    np.rint(whole, out=whole)
    np.minimum(whole, scale - 1, out=whole)
    return whole.astype(np.int16) if sample == "s16" else whole.astype(np.int32) << 8


def bounded(sound: NDArray[np.float32], most: float) -> NDArray[np.float32]:
    """The sound with nothing above `most` in it, and silence where there is no number."""
    if sound.size and -most <= sound.min() and sound.max() <= most:  # so it nearly always is; not so where one is NaN
        return sound
    return np.nan_to_num(sound, nan=0.0).clip(-most, most)


def arranged(samples: NDArray[Any], sample: str) -> AudioFrame:
    """A frame of these samples (samples, channels): channel by channel, or one instant after the other."""
    rows = samples.T if sample.endswith("p") else samples.reshape(1, -1)
    return AudioFrame.from_ndarray(np.ascontiguousarray(rows), format=sample, layout=LAYOUTS[samples.shape[1]])
