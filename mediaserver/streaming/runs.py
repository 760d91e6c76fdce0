"""Runs: several tracks in one playlist, so that one media element plays them without a gap.

The tracks of a run need not be offered in the same qualities: a rung of the run is, for each track, its best one that
is no better.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from mediaserver.base.errors import Malformed, NotFound
from mediaserver.catalog.tracks import Source
from mediaserver.media import renditions, timeline
from mediaserver.media.renditions import LADDER
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.admission import Admission, Opened
from mediaserver.streaming.manifests import Part, Variant
from mediaserver.streaming.offers import Rung
from mediaserver.streaming.shelf import NOT_HERE, Title
from mediaserver.streaming.steering import Steering

MOST = 24
FOLDER = "/hls/run/"
LOSSLESS, HIGH = "flac", "flac-hires"
"""A run's lossless rungs: every bit up to 48 kHz, and beyond it where a track has more."""


class Entry(NamedTuple):
    """One track of a run, as its address names it."""

    ticket: str
    track_id: str


def parse(text: str) -> tuple[Entry, ...]:
    """Read "TICKET/TRACK,TICKET/TRACK". Raises Malformed for none, too many, or what is not of that form."""
    words = [word.split("/") for word in text.split(",")] if text else []
    if not 1 <= len(words) <= MOST:
        raise Malformed(
            f"A run has 1 to {MOST} tracks, written as ?of=TICKET/TRACK,TICKET/TRACK; here are {len(words)}."
        )
    for n, word in enumerate(words, 1):
        if len(word) != 2 or not all(word):
            raise Malformed(f"Track {n} of this run cannot be read: each is written as TICKET/TRACK.")
    return tuple(Entry(*word) for word in words)


class Runs:
    """Playlists of runs. Raises NotFound, naming the track, for one that its ticket does not open."""

    def __init__(self, admission: Admission, steering: Steering) -> None:
        self._admission = admission
        self._steering = steering

    async def master(self, entries: Sequence[Entry], codecs: frozenset[str]) -> str:
        """Return the master playlist of a run for a player of these codecs, or for any if none is stated."""
        titles = [opened.title for opened in await self._open(entries)]
        query = ",".join("/".join(entry) for entry in entries)
        named = {name: _join(name, titles) for name in _names(titles)}
        suited = offers.playable(tuple(named.values()), codecs)
        variants = [Variant(rung, f"{name}/index.m3u8?of={query}") for name, rung in named.items() if rung in suited]
        return manifests.write_master(FOLDER, variants, self._steering)

    async def playlist(self, entries: Sequence[Entry], name: str) -> str:
        """Return the playlist of one rung of a run: its tracks one after the other."""
        opened = await self._open(entries)
        if name not in _names([each.title for each in opened]):
            raise NotFound(NOT_HERE)
        return await asyncio.to_thread(manifests.write_media, [_part(each, name) for each in opened])

    async def _open(self, entries: Sequence[Entry]) -> list[Opened]:
        opened = []
        for n, entry in enumerate(entries, 1):
            try:
                opened.append(await self._admission.open(*entry))
            except NotFound as problem:
                raise NotFound(f"Track {n} of this run: {problem}") from None
        return opened


def _part(opened: Opened, name: str) -> Part:
    title = opened.title
    rung = resolve(title.source, name).rendition
    folder = f"../../{opened.ticket}/{title.source.track_id}/{title.version}/{rung.name}/"
    return Part(timeline.of(title.original, rung), folder, opened.locked)


def _names(titles: Sequence[Title]) -> list[str]:
    """Return the run's rungs: the lossy ones that any track has, and lossless ones where all have such."""
    offered = {rung.rendition.name for title in titles for rung in offers.offered(title.source)}
    lossy = [each.name for each in LADDER if not each.lossless and each.name in offered]
    lossless = [offers.lossless_names(title.source) for title in titles]
    if not all(lossless):
        return lossy
    return [*lossy, LOSSLESS, *([HIGH] if any(len(names) > 1 for names in lossless) else [])]


def resolve(source: Source, name: str) -> Rung:
    """Return the track's own rung that the run's rung `name` stands for, which the run must have."""
    offered = {rung.rendition.name: rung for rung in offers.offered(source)}
    if name in (LOSSLESS, HIGH):
        names = offers.lossless_names(source)
        return offered[names[0] if name == LOSSLESS else names[-1]]
    most = renditions.by_name(name)
    below = [each for each in offered.values() if each.rendition.codec == most.codec]
    return max((each for each in below if each.rendition.bitrate <= most.bitrate), key=lambda each: each.bandwidth)


def _join(name: str, titles: Sequence[Title]) -> Rung:
    """Return what a rung of the run takes: at most what its hungriest track does, on average by their lengths."""
    rungs = [resolve(title.source, name) for title in titles]
    bits, seconds = 0.0, 0.0
    for rung, title in zip(rungs, titles, strict=True):
        length = title.source.samples / title.source.rate
        bits += length * (rung.average or 0)
        seconds += length
    known = all(rung.average is not None for rung in rungs)
    highest = max(rungs, key=lambda rung: rung.bandwidth)
    return Rung(highest.rendition, highest.bandwidth, round(bits / seconds) if known else None)
