"""One pass over the sound of a file, from which everything is taken that only hearing it through can tell.

It knows nothing of where files are kept, nor of tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av

from mediaserver.base.errors import Invalid
from mediaserver.media import decode
from mediaserver.media.beside import Beside
from mediaserver.media.hearing import features, fingerprint, key, tempo
from mediaserver.media.hearing.listeners import Ear
from mediaserver.media.loudness import Loudness, Meter
from mediaserver.media.planes import Blocks, planes
from mediaserver.media.probe import probe
from mediaserver.media.waveform import Drawing, Waveform

TRUSTED = {"aiff", "ape", "au", "caf", "dsf", "flac", "mov", "tta", "w64", "wav", "wv"}
"""Containers whose length is counted, not estimated; the others' claim is no reason to call a file cut off."""
VERSIONS = {
    "fingerprint": fingerprint.VERSION,
    "key": key.VERSION,
    "loudness": 1,
    "tempo": tempo.VERSION,
    "vector": features.VERSION,
    "waveform": 1,
}
"""Which form of each algorithm is at work. What an older one found is to be found again: then its number grows."""
MISSING_SECONDS, MISSING_SHARE, NOTHING = 1.0, 0.02, 0.1
"""What may be missing of the claimed length: seconds, a share of it, and seconds that no claim is exact to."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a recording is when heard through: `rate` in Hz, `samples` the exact count in each channel at that rate.

    `fingerprint` is for `fingerprint.compare`, `tempo` in beats a minute, `key` such as "A minor" (both None where
    there is none), `vector` as `features` has it.
    """

    rate: int
    channels: int
    samples: int
    loudness: Loudness
    waveform: Waveform
    fingerprint: bytes
    tempo: float | None
    key: str | None
    vector: tuple[float, ...]


class Listener:
    """Everything that listens, fed with the same blocks."""

    def __init__(self, block: av.AudioFrame) -> None:
        """`block` is the first: all have its rate and channels. It is to be fed as well.

        Raises Unsupported for channels of which nobody knows which is which.
        """
        decode.require_mixable(block)
        self.rate = block.sample_rate
        self.samples = 0
        self._channels = block.layout.nb_channels
        self._beside = Beside("analysis")
        self._meter = Meter(block.sample_rate, block.layout.name)
        self._drawing = Drawing(block.sample_rate)
        self._ear = Ear()

    def feed(self, block: av.AudioFrame) -> None:
        """Take the next block."""
        self.samples += block.samples
        block.pts = None  # what counts is the order: a gap in the times would be filled
        self._beside.hand(self._ear.feed, block)
        channels = planes(block)
        self._drawing.feed(channels)
        self._meter.feed(channels)

    def end(self) -> Analysis:
        """What was heard."""
        self._beside.end()
        heard = self._ear.end()
        return Analysis(
            rate=self.rate,
            channels=self._channels,
            samples=self.samples,
            loudness=self._meter.end(),
            waveform=self._drawing.end(),
            fingerprint=heard.fingerprint,
            tempo=heard.tempo,
            key=heard.key,
            vector=heard.vector,
        )


def analyse(path: Path, progress: Callable[[float], None] | None = None) -> Analysis:
    """Hear a recording through, once; `progress` is called now and then with the part that is done, 0 to 1 (0 where
    no file says how long it is).

    Raises Invalid for a file that holds no sound, is cut off, or cannot be decoded; Unsupported and NotFound as
    `decode.open_audio` does.
    """
    made = probe(path)
    listener: Listener | None = None
    with decode.translated():
        for block in heard(path):
            listener = listener or Listener(block)
            listener.feed(block)
            if progress:
                progress(min(1.0, listener.samples / listener.rate / made.seconds) if made.seconds else 0.0)
    if listener is None:
        raise Invalid("This file holds no sound: it is a container with nothing in it. Please export it again.")
    if made.seconds and made.container.split(",")[0] in TRUSTED:
        refuse_cut_off(listener.samples / listener.rate, made.seconds)
    return listener.end()


def heard(path: Path) -> Iterator[av.AudioFrame]:
    """The sound of a file in blocks, up to where it can no more be read: whether that is enough, its claim tells."""
    blocks = Blocks()
    with decode.Reader(path) as reader, suppress(av.error.FFmpegError):
        for _, frame in reader.frames():
            yield from blocks.feed(frame)
    yield from blocks.end()


def refuse_cut_off(seconds: float, claimed: float) -> None:
    """Raise Invalid when there is clearly less sound than the file announces."""
    missing = claimed - seconds
    if missing > MISSING_SECONDS or missing > max(NOTHING, MISSING_SHARE * claimed):
        raise Invalid(
            f"The file ends after {seconds:.1f} s of the {claimed:.1f} s that it announces: it seems to be cut off. "
            "Please upload it again."
        )
