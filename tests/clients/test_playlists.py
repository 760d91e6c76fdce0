"""Every playlist is read by a strict parser, and held against what RFC 8216 demands of it."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from urllib.parse import urljoin

import m3u8
import pytest

from tests.clients.conftest import Track

CODECS = ["", "mp4a.40.2", "opus", "flac", "opus,flac,mp4a.40.2"]
ONCE = ("#EXTM3U", "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-ENDLIST")


@pytest.mark.parametrize("codecs", CODECS)
@pytest.mark.parametrize("visibility", ["public", "private"])
def test_playlists_of_a_track(track: Track, visibility: str, codecs: str) -> None:
    facts = track.client.upload(track.original, visibility=visibility)
    assert_strict(track, f"{facts['stream']['hls']}?codecs={codecs}")


@pytest.mark.parametrize("codecs", CODECS)
def test_playlists_of_a_run(track: Track, codecs: str) -> None:
    other = track.client.upload(track.original, visibility="private")
    of = ",".join("/".join(each["stream"]["hls"].split("/")[2:4]) for each in (track.facts, other, track.facts))
    assert_strict(track, f"/hls/run/master.m3u8?of={of}&codecs={codecs}")


def assert_strict(track: Track, address: str) -> None:
    text = track.client.ask(address)[0].decode()
    master = parse(text)
    assert master.is_variant
    assert len({entry.uri for entry in master.playlists}) == len(master.playlists) > 0
    for entry in master.playlists:
        assert entry.stream_info.codecs
        assert entry.stream_info.bandwidth >= (entry.stream_info.average_bandwidth or 0)
        assert_media(track, urljoin(address, entry.uri))


def assert_media(track: Track, address: str) -> None:
    text = track.client.ask(address)[0].decode()
    media = parse(text)
    assert all(text.count(f"{tag}\n") + text.count(f"{tag}:") == 1 for tag in ONCE)
    assert text.endswith("#EXT-X-ENDLIST\n")
    assert (media.playlist_type, media.media_sequence, media.is_endlist) == ("vod", 0, True)
    longest = max(segment.duration for segment in media.segments)
    assert round(longest) <= media.target_duration <= ceil(longest)
    for before, segment in pairwise(media.segments):
        assert segment.discontinuity == (segment.init_section.uri != before.init_section.uri)
    for name in {each.uri for each in media.segment_map} | {key.uri for key in media.keys if key and key.uri}:
        assert track.client.ask(urljoin(address, name))[0]
    assert track.client.ask(urljoin(address, media.segments[-1].uri))[0]


def parse(text: str) -> m3u8.M3U8:
    """Read strictly: the parser refuses tags that the stated version does not have, and lines that it does not know."""
    assert text.startswith("#EXTM3U\n")
    assert "\r" not in text
    m3u8.parse(text, strict=True)
    return m3u8.loads(text)
