"""HLS playlists (RFC 8216 and its second edition): text made from timelines and the rungs on offer.

Addresses are relative, but for those of rungs where delivery hosts are configured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from mediaserver.media.timeline import Timeline
from mediaserver.streaming import offers
from mediaserver.streaming.offers import Rung
from mediaserver.streaming.steering import MANIFEST, Steering

TYPE = "application/vnd.apple.mpegurl"
_VERSION = 7  # fMP4 segments in audio-only streams: RFC 8216, section 7
_IN_THE_CLEAR = "#EXT-X-KEY:METHOD=NONE"


class Variant(NamedTuple):
    """A rung and the address of its playlist, relative to the folder of the master playlist."""

    rung: Rung
    address: str


class Part(NamedTuple):
    """One track of a media playlist: `folder` leads to its pieces ("" for the playlist's own, else with a slash)."""

    timeline: Timeline
    folder: str
    locked: bool


def write_master(folder: str, variants: Sequence[Variant], steering: Steering) -> str:
    """Return the master playlist that stands in `folder` ("/hls/.../"): every variant, on every delivery host.

    A player that has not measured its line yet begins with the one that stands first.
    """
    first = offers.first([each.rung for each in variants])
    order = sorted(variants, key=lambda each: each.rung != first)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if steering.has_choice:
        best = steering.priority()[0]
        lines.append(f'#EXT-X-CONTENT-STEERING:SERVER-URI="{MANIFEST}",PATHWAY-ID="{best}"')
    if not steering.pathways:
        lines += [line for each in order for line in (_stream(each.rung), each.address)]
    for pathway in steering.pathways:
        suffix = f',PATHWAY-ID="{pathway.id}"' if steering.has_choice else ""
        for each in order:
            lines += [_stream(each.rung) + suffix, f"{pathway.base}{folder}{each.address}"]
    return "\n".join(lines) + "\n"


def _stream(rung: Rung) -> str:
    average = "" if rung.average is None else f"AVERAGE-BANDWIDTH={rung.average},"
    return f'#EXT-X-STREAM-INF:BANDWIDTH={rung.bandwidth},{average}CODECS="{rung.rendition.codecs}"'


def write_media(parts: Sequence[Part]) -> str:
    """Return the playlist of one rung: each track's initialisation and segments, with their exact lengths.

    Between tracks there is a discontinuity: decode times begin anew (RFC 8216, section 4.3.2.3).
    """
    durations = [[samples / part.timeline.rate for samples in part.timeline.durations()] for part in parts]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{ceil(max(map(max, durations)))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    for n, part in enumerate(parts):
        if n:
            lines.append("#EXT-X-DISCONTINUITY")
            lines += [_IN_THE_CLEAR] if parts[n - 1].locked else []
        lines += _track(part, durations[n], first=n == 0)
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _track(part: Part, durations: Sequence[float], *, first: bool) -> Iterator[str]:
    """Yield one track's lines. Its keys stand behind the map, which they would lock as well (section 4.3.2.4).

    In the first track a segment's number is its media sequence number, and that is its vector where none is written.
    """
    yield f'#EXT-X-MAP:URI="{part.folder}init.mp4"'
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{part.folder}key"'
    if part.locked and first:
        yield key
    for n, duration in enumerate(durations):
        if part.locked and not first:
            yield f"{key},IV=0x{n:032x}"
        yield f"#EXTINF:{duration:.6f},"
        yield f"{part.folder}{n}.m4s"
