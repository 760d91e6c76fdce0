"""Decoded frames made alike: blocks of 32-bit floats, however small, large or coded the frames were.

Whatever measures a sound is fed these blocks, so that the conversion is paid for once.
"""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

PLANAR, PACKED, MANY = "fltp", "flt", 8
"""Samples lie channel by channel, but interleaved from eight channels on, where PyAV miscounts planes."""
BLOCK = 1 << 16
"""Samples of a channel in a block: few calls, and the block still lies in the processor's cache."""
ABSURD = 1e6
"""No sample is so far above full scale (1.0)."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]


class Blocks:
    """Turns the frames of one sound into blocks of `BLOCK` samples at the sound's own rate; the last may be shorter.

    Rate and channels are those of the first frame. A sound that changes its channels on the way (radio recordings do)
    is mixed to the first layout, one that changes its rate is resampled to the first rate, and its blocks are longer or
    shorter then.
    """

    def __init__(self) -> None:
        self._shape: tuple[str, str, int] | None = None
        self._layout = ""
        self._rate = 0
        self._gathered = av.AudioFifo()  # frames are small: one conversion of many costs a quarter
        self._convert: av.AudioResampler | None = None

    def feed(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Take the next frame; return the blocks that are full now. Raises what FFmpeg raises."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        rest = [] if shape == self._shape else self._turn_to(shape)
        frame.pts = None  # what counts is the order, and a gap in the times would be filled
        self._gathered.write(frame)
        return rest + self._made(BLOCK) if self._gathered.samples >= BLOCK else rest

    def end(self) -> list[av.AudioFrame]:
        """The blocks that are left when no frame follows."""
        if self._convert is None:
            return []
        return self._made(1) + cleaned(self._convert.resample(None))

    def _turn_to(self, shape: tuple[str, str, int]) -> list[av.AudioFrame]:
        """Expect frames of another format, layout and rate; return the blocks that are left of those before."""
        rest = self.end()
        _, layout, rate = self._shape = shape
        self._layout = self._layout or layout
        self._rate = self._rate or rate
        form = sample_format(av.AudioLayout(self._layout).nb_channels)
        self._gathered = av.AudioFifo()
        self._convert = av.AudioResampler(format=form, layout=self._layout, rate=self._rate)
        return rest

    def _made(self, least: int) -> list[av.AudioFrame]:
        """Blocks of what is gathered, as long as that is at least so many samples."""
        assert self._convert is not None
        blocks = []
        while self._gathered.samples >= least:
            gathered = self._gathered.read(BLOCK, partial=True)
            assert gathered is not None
            blocks += self._convert.resample(gathered)
        return cleaned(blocks)


def sample_format(channels: int) -> str:
    """FFmpeg's name of the format in which blocks of so many channels come."""
    return PLANAR if channels < MANY else PACKED


def planes(block: av.AudioFrame) -> list[Floats]:
    """The channels of a block, each an array of its samples (1.0 is full scale), without copying them."""
    count = block.layout.nb_channels
    if block.format.name == PLANAR:
        return [np.frombuffer(plane, np.float32, block.samples) for plane in block.planes]  # type: ignore[call-overload]
    together: Floats = np.frombuffer(block.planes[0], np.float32, block.samples * count)  # type: ignore[call-overload]
    return list(together.reshape(block.samples, count).T)


def cleaned(blocks: list[av.AudioFrame]) -> list[av.AudioFrame]:
    """The same blocks, in which what is no number, or absurdly high, has become silence: float files can hold that."""
    for block in blocks:
        for samples in planes(block):
            with np.errstate(over="ignore", invalid="ignore"):
                power = samples @ samples
            if not power < ABSURD**2:  # nor is what is no number
                samples[~(np.abs(samples) < ABSURD)] = 0
    return blocks
