"""The qualities in which a track can be streamed, and everything an encoder must be told to make them.

What is written here names the segments: any change of a setting changes `fingerprint()`, and with it every address.
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
        highest = max(self.rates)
        if original <= highest:
            return min(rate for rate in self.rates if rate >= original)
        return max((rate for rate in self.rates if original % rate == 0 and 2 * rate > highest), default=highest)


# Why FFmpeg's AAC at constant quality with its two-loop search (measured on orchestral music, noise, sweeps and tones):
# after 24 frames of pre-roll nearly all packets of 64 and 128k are exactly those of a whole encode; fixed bit rates
# drag a history of seconds along: at joins 1 dB more error on music, and up to 25 dB on tones. The search named "fast"
# cuts off the peaks of loud pure tones (a third of their frames below 20 dB). Substituted noise (PNS) saves nothing at
# these settings, and would sound anew at every seek. The price is a bit rate that wanders: `average` is the median over
# the music, `bandwidth` its worst six seconds and a tenth more.


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
    aac(64, quality=38, allowance=64_000, cutoff=14_000, average=66_000, bandwidth=100_000),
    aac(128, quality=105, allowance=128_000, cutoff=17_000, average=125_000, bandwidth=180_000),
    aac(256, quality=225, allowance=128_000, cutoff=20_000, average=255_000, bandwidth=340_000),
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
