"""The choice of rungs: which qualities of a track are worth having, and which of them a player can use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mediaserver.base.errors import NotFound
from mediaserver.catalog.tracks import Source
from mediaserver.media import renditions
from mediaserver.media.renditions import LADDER, Rendition

PLAIN = "mp4a.40.2"
"""What every player can play."""
TOLERANCE = 1.1
"""An original of variable bit rate that is meant as 128k may come out a little below."""
HIGH_RATE, HIGHEST_RATE = 48_000, 192_000
"""Above the one (Hz) a lossless original has a rung of its own, up to the other."""
DEEPEST = 24
"""Bits of a sample that FLAC is given; a float's are more than it can keep."""
CONTAINER = 1.01
"""What the container adds to lossless sound, at most: 8 bytes for a packet of several thousand."""
LOWEST = tuple(
    next(each for each in LADDER if each.codec == codec) for codec in dict.fromkeys(each.codec for each in LADDER)
)
"""The first rung of each codec."""


class Rung(NamedTuple):
    """A rendition of one track, and what it takes (bit/s): at most, and on average where that is known."""

    rendition: Rendition
    bandwidth: int
    average: int | None


def offered(source: Source) -> tuple[Rung, ...]:
    """Return what a track is offered in: nothing better than its original, and of each codec at least the lowest."""
    lossless = lossless_names(source)
    most = TOLERANCE * worth(source)
    lossy = [each for each in LADDER if not each.lossless and (each.bitrate <= most or each in LOWEST)]
    rungs = [Rung(each, each.bandwidth, each.average) for each in lossy]
    return *rungs, *(whole(each, source) for each in LADDER if each.name in lossless)


def find(source: Source, name: str) -> Rendition:
    """Return the rendition of that name. Raises NotFound for one that the track is not offered in."""
    rendition = renditions.by_name(name)
    if rendition not in [rung.rendition for rung in offered(source)]:
        raise NotFound(f"This track is not offered in the quality {name}: its original is no better than the others.")
    return rendition


def worth(source: Source) -> float:
    """The bit rate (bit/s) beyond which nothing is gained: a lossy original's own, a lossless one's without packing."""
    if source.lossless and source.bits:
        return source.bits * source.rate * source.channels
    return source.bitrate or float("inf")


def lossless_names(source: Source) -> tuple[str, ...]:
    """Return the rungs of FLAC that keep every bit, and for a high sample rate one more for narrower lines.

    There are none for what was lossy already, is mixed down (surround), or has more bits than FLAC is given (floats).
    """
    floats = source.codec.startswith("pcm_f")
    if not source.lossless or floats or source.channels > 2 or not source.bits or source.bits > DEEPEST:
        return ()
    if source.rate <= HIGH_RATE:
        return ("flac-16",) if source.bits <= 16 else ("flac-24",)
    return ("flac-24", "flac-hires") if source.rate <= HIGHEST_RATE else ("flac-24",)


def whole(rendition: Rendition, source: Source) -> Rung:
    """A rung of FLAC, at most as large as the bare samples; what was FLAC and keeps its rate has the same average.

    Of others none is told: how far a sound can be packed, only packing it shows, and a guess from its format may be
    wrong by half (RFC 8216, section 4.3.4.2, leaves the average to whoever knows it).
    """
    rate = rendition.rate(source.rate)
    bound = round(CONTAINER * rendition.bits * rate * source.channels)
    known = source.codec == "flac" and rate == source.rate and source.bitrate
    return Rung(rendition, bound, min(bound, round(CONTAINER * source.bitrate)) if known and source.bitrate else None)


# A player that is left alone with several codecs keeps to the one it began with (hls.js calls it the codec set, and
# skips all others when it follows the line's speed), because the decoder must be changed between them. So the lossy
# rungs that one player sees are all of one codec: Opus where it is stated, whose rungs reach lower and hold their bit
# rates, else AAC. FLAC stands beside them as another codec: hls.js takes it when the listener picks it, or at the start
# if it takes the line to be fast enough.


def playable(rungs: tuple[Rung, ...], codecs: frozenset[str]) -> tuple[Rung, ...]:
    """Return the rungs for a player of these `codecs` (RFC 6381, in lower case); those of AAC where none suits."""
    unwanted = PLAIN if "opus" in codecs else ""
    suited = tuple(rung for rung in rungs if rung.rendition.codecs.lower() in codecs - {unwanted})
    return suited or tuple(rung for rung in rungs if rung.rendition.codecs == PLAIN)


def first(rungs: Sequence[Rung]) -> Rung:
    """Return the rung to begin with while the line is not measured: the middle of the lossy ones, if there are any."""
    lossy = [rung for rung in rungs if not rung.rendition.lossless] or rungs[:1]
    return lossy[len(lossy) // 2]


def stated(text: str) -> frozenset[str]:
    """Return the codecs of a list such as "mp4a.40.2,opus,flac", in any order; what is unknown does no harm."""
    return frozenset(word.strip().lower() for word in text.split(","))
