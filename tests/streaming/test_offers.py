from __future__ import annotations

from typing import Any

import m3u8
import pytest

from mediaserver.base.errors import NotFound
from mediaserver.catalog.tracks import Source
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.manifests import Variant
from mediaserver.streaming.offers import Rung
from mediaserver.streaming.steering import Steering

AAC = ["aac-64", "aac-128", "aac-256"]
OPUS = ["opus-32", "opus-64", "opus-96", "opus-160"]


def source(**told: Any) -> Source:
    facts = {
        "codec": "pcm_s16le",
        "lossless": 1,
        "bits": 16,
        "bitrate": 1_411_200,
        "rate": 44100,
        "channels": 2,
        **told,
    }
    return Source(track_id="t", original="o", samples=1, visibility="public", owner_id="a", **facts)


def lossy(bitrate: int | None, codec: str = "mp3", **told: Any) -> Source:
    return source(codec=codec, lossless=0, bits=None, bitrate=bitrate, **told)


def names(rungs: tuple[offers.Rung, ...]) -> list[str]:
    return [rung.rendition.name for rung in rungs]


@pytest.mark.parametrize(
    ("told", "flac"),
    [
        ({}, ["flac-16"]),
        ({"bits": 8, "codec": "pcm_u8"}, ["flac-16"]),
        ({"bits": 20, "codec": "flac"}, ["flac-24"]),
        ({"bits": 24, "rate": 48000, "channels": 1}, ["flac-24"]),
        ({"bits": 24, "rate": 96000}, ["flac-24", "flac-hires"]),
        ({"bits": 16, "rate": 192000}, ["flac-24", "flac-hires"]),
        ({"bits": 24, "rate": 352800}, ["flac-24"]),
        ({"bits": 32, "codec": "pcm_s32le"}, []),
        ({"bits": 32, "codec": "pcm_f32le"}, []),
        ({"bits": 16, "codec": "pcm_f16le"}, []),
        ({"bits": None, "codec": "dsd_lsbf", "rate": 352800}, []),
        ({"channels": 6}, []),
    ],
)
def test_lossless_is_offered_where_every_bit_is_kept(told: dict[str, Any], flac: list[str]) -> None:
    assert names(offers.offered(source(**told))) == [*AAC, *OPUS, *flac]


@pytest.mark.parametrize(
    ("bitrate", "expected"),
    [
        (320_000, [*AAC, *OPUS]),
        (192_000, [*AAC[:2], *OPUS]),
        (128_000, [*AAC[:2], *OPUS[:3]]),
        (118_000, [*AAC[:2], *OPUS[:3]]),
        (96_000, [*AAC[:1], *OPUS[:3]]),
        (64_000, [*AAC[:1], *OPUS[:2]]),
        (16_000, [*AAC[:1], *OPUS[:1]]),
        (None, [*AAC, *OPUS]),
    ],
)
def test_nothing_is_offered_that_is_better_than_the_original(bitrate: int | None, expected: list[str]) -> None:
    assert names(offers.offered(lossy(bitrate))) == expected


def test_a_thin_lossless_original_has_no_rich_rungs() -> None:
    assert names(offers.offered(source(rate=8000, channels=1))) == [*AAC[:2], *OPUS[:3], "flac-16"]


@pytest.mark.parametrize(
    ("codecs", "expected"),
    [
        ("", AAC),
        ("mp4a.40.2", AAC),
        ("vorbis,av01.0.04M.08", AAC),
        ("mp4a.40.2,opus,flac", [*OPUS, "flac-16"]),
        ("FLAC , Opus,mp4a.40.2,opus,x", [*OPUS, "flac-16"]),
        ("opus", OPUS),
        ("mp4a.40.2,fLaC", [*AAC, "flac-16"]),
        ("flac", ["flac-16"]),
        (",,;\0\n" * 1000, AAC),
    ],
)
def test_a_player_is_shown_what_it_can_play(codecs: str, expected: list[str]) -> None:
    assert names(offers.playable(offers.offered(source()), offers.stated(codecs))) == expected


def test_a_player_of_flac_alone_still_gets_a_lossy_original() -> None:
    assert names(offers.playable(offers.offered(lossy(128_000)), offers.stated("flac"))) == AAC[:2]


def test_a_rung_that_is_not_offered_is_not_found() -> None:
    assert offers.find(source(), "flac-16").name == "flac-16"
    for track, name in ((lossy(320_000), "flac-16"), (lossy(96_000), "aac-256"), (source(), "flac-24"), (source(), "")):
        with pytest.raises(NotFound):
            offers.find(track, name)


def write_master(rungs: tuple[Rung, ...], *hosts: str) -> str:
    variants = [Variant(rung, f"v/{rung.rendition.name}/index.m3u8") for rung in rungs]
    return manifests.write_master("/hls/t/x/", variants, Steering(hosts))


def test_the_master_playlist_is_strict_and_says_what_each_rung_takes() -> None:
    for track in (source(), source(bits=24, rate=96000), source(codec="flac", bitrate=700_000), lossy(64_000)):
        rungs = offers.playable(offers.offered(track), offers.stated("opus,flac"))
        master = m3u8.loads(write_master(rungs))
        assert master.is_variant
        told = {entry.uri: entry.stream_info for entry in master.playlists}
        assert set(told) == {f"v/{rung.rendition.name}/index.m3u8" for rung in rungs}
        for rung in rungs:
            info = told[f"v/{rung.rendition.name}/index.m3u8"]
            assert (info.codecs, info.bandwidth) == (rung.rendition.codecs, rung.bandwidth)
            assert info.average_bandwidth == rung.average
            assert (rung.average or 1) <= rung.bandwidth


@pytest.mark.parametrize(
    ("codecs", "first"), [("", "aac-128"), ("opus", "opus-96"), ("opus,flac", "opus-96"), ("flac", "flac-16")]
)
def test_the_middle_of_the_lossy_rungs_stands_first(codecs: str, first: str) -> None:
    text = write_master(offers.playable(offers.offered(source()), offers.stated(codecs)))
    assert next(line for line in text.splitlines() if line.startswith("v/")) == f"v/{first}/index.m3u8"


def test_the_average_of_a_flac_is_known_where_it_keeps_its_rate() -> None:
    kept = offers.offered(source(codec="flac", bitrate=700_000))[-1]
    assert (kept.average, kept.bandwidth) == (707_000, round(1.01 * 16 * 44100 * 2))
    lower, high = offers.offered(source(codec="flac", bitrate=2_500_000, bits=24, rate=96000))[-2:]
    assert (lower.average, lower.bandwidth) == (None, round(1.01 * 24 * 48000 * 2))
    assert (high.average, high.bandwidth) == (2_525_000, round(1.01 * 24 * 96000 * 2))
    assert offers.offered(source())[-1].average is None
