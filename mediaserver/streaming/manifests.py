"""HLS playlists (RFC 8216): text made from a timeline and the rungs on offer, with relative addresses throughout."""

from __future__ import annotations

from math import ceil

from mediaserver.media.timeline import Timeline
from mediaserver.streaming import offers
from mediaserver.streaming.offers import Rung

TYPE = "application/vnd.apple.mpegurl"
_VERSION = 7  # fMP4 segments in audio-only streams: RFC 8216, section 7


def write_master(version: str, rungs: tuple[Rung, ...]) -> str:
    """Return the master playlist of these rungs, below the folder `version`.

    A player that has not measured its line yet begins with the one that stands first.
    """
    first = offers.first(rungs)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rung in (first, *(rung for rung in rungs if rung != first)):
        lines += [f"#EXT-X-STREAM-INF:{_write_attributes(rung)}", f"{version}/{rung.rendition.name}/index.m3u8"]
    return "\n".join(lines) + "\n"


def _write_attributes(rung: Rung) -> str:
    average = "" if rung.average is None else f"AVERAGE-BANDWIDTH={rung.average},"
    return f'BANDWIDTH={rung.bandwidth},{average}CODECS="{rung.rendition.codecs}"'


def write_media(timeline: Timeline) -> str:
    """Return the playlist of one rung: its initialisation and every segment with its exact length."""
    durations = [samples / timeline.rate for samples in timeline.durations()]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{ceil(max(durations))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for n, duration in enumerate(durations):
        lines += [f"#EXTINF:{duration:.6f},", f"{n}.m4s"]
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
