"""HLS playlists (RFC 8216): text made from a timeline and a ladder, with relative addresses throughout."""

from __future__ import annotations

from math import ceil

from mediaserver.media.renditions import LADDER
from mediaserver.media.timeline import Timeline

TYPE = "application/vnd.apple.mpegurl"
_VERSION = 7  # fMP4 segments in audio-only streams: RFC 8216, section 7


def write_master(version: str) -> str:
    """Return the master playlist: every rung of the ladder, below the folder `version`.

    The middle rung stands first, since a player that has not measured its line yet begins with the first one.
    """
    middle = LADDER[len(LADDER) // 2]
    rungs = (middle, *(rendition for rendition in LADDER if rendition is not middle))
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition in rungs:
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={rendition.bandwidth},AVERAGE-BANDWIDTH={rendition.average},"
            f'CODECS="{rendition.codecs}"',
            f"{version}/{rendition.name}/index.m3u8",
        ]
    return "\n".join(lines) + "\n"


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
