"""A track as an MP3 of constant bit rate in which no frame leans on an earlier one's bytes.

Parts start at frames where LAME's padding begins its cycle anew, so that each encoder pads as one for the whole would.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.media import encode, readers
from mediaserver.media.encode import Coding
from mediaserver.media.progressive import mp3_frames
from mediaserver.media.progressive.layout import Layout
from mediaserver.media.progressive.mp3_frames import SAMPLES, Frames
from mediaserver.media.timeline import Original

CYCLE = 49
"""Frames after which the padding repeats at 44.1 kHz, at every bit rate; at 32 and 48 kHz there is none."""
PART = 3 * CYCLE
"""Frames in a part: 3.8 s at 44.1 kHz."""
PREROLL = 10
"""Frames that an encoder hears before those of its part; after two of them it makes the bytes of a whole encode."""
LOOKAHEAD = 2
"""Frames that it must hear after them."""


@dataclass(frozen=True)
class Mp3(Layout):
    """`original` at `kilobits` kbit/s, one of `mp3_frames.BITRATES`; `tags` is an ID3v2 tag to go before it."""

    original: Original
    kilobits: int
    tags: bytes = b""

    @property
    def frames(self) -> Frames:
        """The frames that carry the sound."""
        rate = mp3_frames.nearest_rate(self.original.rate)
        samples = -(-self.original.samples * rate // self.original.rate)
        return Frames(rate, min(self.original.channels, 2), samples, self.kilobits)

    @property
    def parts(self) -> int:
        """Tags and the Info frame, and parts whose encoders start at multiples of the padding's cycle."""
        return 1 + max(1, -(-(self.frames.count - PREROLL) // PART))

    def start(self, n: int) -> int:
        """The place (bytes) of part `n`."""
        frames = self.frames
        return len(self.tags) + frames.shortest + frames.place(self._edge(n)) if n else 0

    def make(self, n: int) -> bytes:
        """Part `n`."""
        frames = self.frames
        if n == 0:
            return self.tags + frames.information()
        first, last, begin = self._edge(n), self._edge(n + 1), (n - 1) * PART
        sound = readers.pcm(self.original, begin * SAMPLES, (last + LOOKAHEAD) * SAMPLES, frames.rate, frames.channels)
        made = encode.packets(sound, coding(self.kilobits), frames.rate)
        return b"".join(made[first - begin : last - begin])

    def _edge(self, n: int) -> int:
        """The frame at which part `n` starts."""
        return 0 if n == 1 else min((n - 1) * PART + PREROLL, self.frames.count)


def coding(kilobits: int) -> Coding:
    """LAME at a constant bit rate, every frame with its own bytes only."""
    return Coding("libmp3lame", "fltp", SAMPLES, (("b", str(kilobits * 1000)), ("reservoir", "0")))
