"""The qualities in which a track can be streamed, and everything an encoder must be told to make them.

What is written here names the segments: any change of a setting changes `fingerprint()`, and with it every address.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import av

from mediaserver.base.errors import NotFound
from mediaserver.media.encode import Coding

UNIT = 15360
"""Segments are cut at multiples of so many samples: 15 frames of AAC, 16 of Opus and 4 of FLAC end together there."""
FIRST_SECONDS = 2
LATER_SECONDS = 6
"""About how long the first segment is (a listener waits for it), and how long the others are."""

AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Sample rates of ISO/IEC 14496-3, table 1.18, as far as hearing needs them (Hz)."""


@dataclass(frozen=True, slots=True)
class Rendition(Coding):
    """One rung of the ladder: what its encoder is told, and what everybody else must know of it.

    `codecs` is the codec's name by RFC 6381. `bitrate` is what people call it, `average` and `bandwidth` are what it
    takes with its container, on average and in the worst segment (bit/s); all three are 0 where only the original
    tells (FLAC).
    `priming` and `delay` are in samples: what a player skips before the first sample, and what of that the encoder
    adds by itself; the rest is silence put before the sound, so that the priming is a whole number of frames and every
    rung is cut at the same instants. `preroll`, `lookahead` and `roll` are in frames: how much an encoder must have
    heard before a packet, and after it, to make that packet as if it had heard the whole track, and how much a decoder
    must have heard before it plays a packet right.
    `rates` (Hz) are those to choose from; what is up to `kept` stays as it is besides.
    """

    name: str
    codecs: str
    bitrate: int
    average: int
    bandwidth: int
    version: int
    priming: int
    delay: int
    preroll: int
    lookahead: int
    roll: int
    rates: tuple[int, ...]
    kept: int = 0

    def rate(self, original: int) -> int:
        """The sample rate (Hz) at which an original of rate `original` is streamed.

        It is kept where the codec takes it, raised to the next that it takes, and above the highest brought down by
        whole numbers where that can be (88.2 kHz to 44.1).
        """
        if original <= self.kept:
            return original
        highest = max(self.rates)
        if original <= highest:
            return min(rate for rate in self.rates if rate >= original)
        return max((rate for rate in self.rates if original % rate == 0 and 2 * rate > highest), default=highest)


# Why FFmpeg's AAC at constant quality with its two-loop search (measured on orchestral music, noise, sweeps and tones):
# after 24 frames of pre-roll nearly all packets of 64 and 128k are exactly those of a whole encode; fixed bit rates
# drag a history of seconds along: at joins 1 dB more error on music, and up to 25 dB on tones. The search named "fast"
# cuts off the peaks of loud pure tones (a third of their frames below 20 dB). Substituted noise (PNS) saves nothing at
# these settings, and would sound anew at every seek. The price is a bit rate that wanders: `average` is the median over
# the music, `bandwidth` its worst six seconds and a tenth more, or what noise takes. Intensity stereo, left to itself,
# takes half of the differences of the highest rung's sides (3 dB more error on music, at a fifth fewer bits). There the
# allowance is the higher, the quality the lower: above about 200, pure tones are coded one way or another by what was
# heard seconds ago, and a join could have 1.8 dB more error; at 190 every packet is that of a whole encode.


def aac(
    kilobits: int, quality: int, allowance: int, cutoff: int, average: int, bandwidth: int, intensity: int = 1
) -> Rendition:
    """A rung of AAC-LC: `quality` and `allowance` (bit/s) steer the encoder, above `cutoff` (Hz) it hears nothing.

    `intensity` is 1 where both sides may share a sound of one place, 0 where they may not.
    """
    settings = (
        ("flags", "+qscale+bitexact"),
        ("global_quality", str(quality)),
        ("b", str(allowance)),
        ("cutoff", str(cutoff)),
        ("aac_coder", "twoloop"),
        ("aac_pns", "0"),
        ("aac_is", str(intensity)),
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
        sample="fltp",
        frame=1024,
        priming=1024,
        delay=1024,
        preroll=24,
        lookahead=1,
        roll=0,
        rates=AAC_RATES,
    )


# Why libopus at hard constant bit rate, restricted to low delay (measured at 32 and 96k on the same sounds): after 50
# frames of pre-roll every packet is that of a whole encode, but for steady bass tones, whose joins are as clean (0.01
# dB). At a free bit rate 2 to 60 % of the packets of music differ, at a constrained one 50 to 70 %, with up to 0.9 dB
# more error at joins. Left to itself, at 32k the encoder goes back and forth between its methods for speech and for
# music by what it heard seconds ago, and joins have up to 0.5 dB more error; restricted, it has one method, which does
# no worse on music (error 0.1 to 0.5 dB lower at 32k, the same at 96k). The roll of 80 ms is RFC 7845's, section 4.6.
# Told that every packet may be lost, it leans on no packet before, neither by its pitch filter nor by predicting
# energies: else the first packets of a segment, foretold from another past, had up to 25 dB more error at joins of a
# sweep, and 4 dB on tones. So it is within 0.1 dB on most sounds, for 0.35 dB more error on music, and 1.2 on a sweep
# at 32k. The worst that was found is a tone of 3 kHz: 1.5 dB at 160k, 0.9 at 32k.


def opus(kilobits: int) -> Rendition:
    """A rung of Opus, always at 48 kHz, in packets of 20 ms and of one size."""
    return Rendition(
        name=f"opus-{kilobits}",
        codec="libopus",
        codecs="Opus",
        bitrate=kilobits * 1000,
        average=kilobits * 1000 + 3400,  # eight bytes for each packet, and a little for the heads of segments
        bandwidth=kilobits * 1020 + 4000,  # the first segment carries the priming as well
        settings=(
            ("b", str(kilobits * 1000)),
            ("vbr", "off"),
            ("application", "lowdelay"),
            ("frame_duration", "20"),
            ("packet_loss", "100"),
        ),
        version=1,
        sample="flt",
        frame=960,
        priming=960,
        delay=120,
        preroll=50,
        lookahead=0,
        roll=4,
        rates=(48000,),
    )


# FLAC's frames know nothing of each other, so nothing need be heard before. 3840 is the longest block that divides the
# grid and is still within what RFC 9639, section 7 calls the streamable subset.


def flac(name: str, sample: str, kept: int) -> Rendition:
    """A rung of FLAC from samples of 16 or 24 bits ("s16", "s32"); rates up to `kept` (Hz) stay what they are."""
    return Rendition(
        name=name,
        codec="flac",
        codecs="fLaC",
        bitrate=0,
        average=0,
        bandwidth=0,
        settings=(("frame_size", "3840"), ("compression_level", "5")),
        version=1,
        sample=sample,
        frame=3840,
        priming=0,
        delay=0,
        preroll=0,
        lookahead=0,
        roll=0,
        rates=AAC_RATES,
        kept=kept,
    )


LADDER = (
    aac(64, quality=38, allowance=64_000, cutoff=14_000, average=66_000, bandwidth=100_000),
    aac(128, quality=105, allowance=128_000, cutoff=17_000, average=125_000, bandwidth=180_000),
    aac(256, quality=190, allowance=192_000, cutoff=20_000, average=250_000, bandwidth=400_000, intensity=0),
    opus(32),
    opus(64),
    opus(96),
    opus(160),
    flac("flac-16", "s16", kept=48_000),
    flac("flac-24", "s32", kept=48_000),
    flac("flac-hires", "s32", kept=192_000),
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
