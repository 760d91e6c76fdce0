"""The qualities in which a track can be streamed, and everything an encoder must be told to make them.

What is written here names the segments for ever: any change of a setting changes `fingerprint()`, and with it every address.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import av

from mediaserver.base.errors import NotFound

UNIT = 15360
"""Segments are cut at multiples of so many samples: 15 frames of AAC (1024) and 16 of Opus (960) end together there."""
FIRST_SECONDS = 2
LATER_SECONDS = 6
"""About how long the first segment is (a listener waits for it), and how long the others are."""

AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Sample rates of ISO/IEC 14496-3, table 1.18, as far as hearing needs them (Hz)."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One rung of the ladder.

    `bitrate` is what people call it, `average` and `bandwidth` are what it takes with its container, on average and in
    the worst segment (bit/s). `frame` and `priming` are in samples: what one packet holds, and what the encoder puts
    before the first sample. `preroll` and `lookahead` are in frames: how much an encoder must have heard before a
    packet, and after it, to make that packet as if it had heard the whole track.
    """

    name: str
    codec: str
    codecs: str
    bitrate: int
    average: int
    bandwidth: int
    settings: tuple[tuple[str, str], ...]
    version: int
    frame: int
    priming: int
    preroll: int
    lookahead: int
    rates: tuple[int, ...]

    def rate(self, original: int) -> int:
        """The sample rate (Hz) at which an original of rate `original` is streamed.

        It is kept where the codec takes it, raised to the next that it takes, and above the highest brought down by
        whole numbers where that can be (88.2 kHz to 44.1).
        """
        higher = [rate for rate in self.rates if rate >= original]
        divisors = [rate for rate in self.rates if original % rate == 0]
        if higher:
            return min(higher)
        highest = max(self.rates)
        return max((rate for rate in divisors if 2 * rate > highest), default=highest)


def aac(kilobits: int, quality: int, allowance: int, cutoff: int, average: int, bandwidth: int) -> Rendition:
    """A rung of AAC-LC: `quality` and `allowance` (bit/s) steer the encoder, above `cutoff` (Hz) it hears nothing."""
    settings = (
        ("flags", "+qscale+bitexact"),
        ("global_quality", str(quality)),
        ("b", str(allowance)),
        ("cutoff", str(cutoff)),
        ("aac_coder", "twoloop"),
        ("aac_pns", "0"),
    )
    return Rendition(
        name=f"aac-{kilobits}",
        codec="aac",
        codecs="mp4a.40.2",
        bitrate=kilobits * 1000,
        average=average,
        bandwidth=bandwidth,
        settings=settings,
        version=1,
        frame=1024,
        priming=1024,
        preroll=24,
        lookahead=2,
        rates=AAC_RATES,
    )


LADDER = (
    aac(64, quality=42, allowance=64_000, cutoff=14_000, average=70_000, bandwidth=100_000),
    aac(128, quality=112, allowance=128_000, cutoff=17_000, average=140_000, bandwidth=200_000),
    aac(256, quality=230, allowance=128_000, cutoff=20_000, average=280_000, bandwidth=400_000),
)


def by_name(name: str) -> Rendition:
    """The rung of that name; raises NotFound."""
    for rendition in LADDER:
        if rendition.name == name:
            return rendition
    raise NotFound(f"There is no quality named {name}. There are {', '.join(each.name for each in LADDER)}.")


def fingerprint() -> str:
    """Twelve hexadecimal digits that change with any setting, with the grid, and with the encoders' own version."""
    versions = sorted(av.library_versions.items())
    everything = (UNIT, FIRST_SECONDS, LATER_SECONDS, LADDER, versions)
    return hashlib.sha256(repr(everything).encode()).hexdigest()[:12]
