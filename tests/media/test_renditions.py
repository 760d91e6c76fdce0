from __future__ import annotations

import dataclasses

import pytest

from mediaserver.base.errors import NotFound
from mediaserver.media import encode, renditions
from tests import sounds


@pytest.mark.parametrize(
    ("original", "streamed"),
    [
        (8000, 8000), (44100, 44100), (48000, 48000), (96000, 48000), (88200, 44100), (176400, 44100), (192000, 48000),
        (352800, 44100), (37800, 44100), (6000, 8000), (9000, 11025), (64000, 32000), (50000, 48000), (5644800, 44100),
    ],
)  # fmt: skip
def test_rates_are_kept_or_changed_by_whole_numbers_where_that_can_be(original: int, streamed: int) -> None:
    assert renditions.LADDER[0].rate(original) == streamed


@pytest.mark.parametrize(
    ("name", "original", "streamed"),
    [
        ("opus-96", 8000, 48000), ("opus-96", 44100, 48000), ("opus-96", 192000, 48000), ("opus-96", 88200, 48000),
        ("flac-16", 37800, 37800), ("flac-24", 48000, 48000), ("flac-24", 88200, 44100), ("flac-24", 96000, 48000),
        ("flac-hires", 88200, 88200), ("flac-hires", 192000, 192000),
    ],
)  # fmt: skip
def test_opus_has_one_rate_and_flac_keeps_what_it_can(name: str, original: int, streamed: int) -> None:
    assert renditions.by_name(name).rate(original) == streamed


@pytest.mark.parametrize("rendition", renditions.LADDER, ids=lambda each: each.name)
def test_every_rung_is_cut_on_the_common_grid(rendition: renditions.Rendition) -> None:
    assert renditions.UNIT % rendition.frame == rendition.priming % rendition.frame == 0
    assert 0 <= rendition.delay <= rendition.priming


def test_a_rung_is_found_by_its_name() -> None:
    assert [renditions.by_name(each.name) for each in renditions.LADDER] == list(renditions.LADDER)
    with pytest.raises(NotFound, match=r"aac-64, .*, opus-32, .*, flac-16"):
        renditions.by_name("flac")


def test_any_change_of_a_setting_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = renditions.fingerprint()
    assert renditions.fingerprint() == before
    low = renditions.LADDER[0]
    for change in ({"version": 2}, {"settings": (*low.settings, ("aac_tns", "0"))}, {"preroll": 25}):
        monkeypatch.setattr(renditions, "LADDER", (dataclasses.replace(low, **change), *renditions.LADDER[1:]))
        assert renditions.fingerprint() != before
        monkeypatch.undo()
    monkeypatch.setattr(renditions, "UNIT", 1024)
    assert renditions.fingerprint() != before


@pytest.mark.parametrize(
    "rendition", [each for each in renditions.LADDER if each.codec == "aac"], ids=lambda each: each.name
)
@pytest.mark.parametrize("rate", [44100, 48000])
def test_bandwidth_is_never_exceeded_and_the_average_is_about_what_is_said(
    rendition: renditions.Rendition, rate: int
) -> None:
    spent = {}
    for kind in (sounds.music, sounds.noise, sounds.tone, sounds.impulses):
        packets = encode.packets(kind(6, rate)[: 250 * 1024], rendition, rate)[1:]
        spent[kind.__name__] = sum(len(packet) + 8 for packet in packets) * 8 * rate / 1024 / len(packets)
    assert max(spent.values()) < rendition.bandwidth
    assert 0.7 * rendition.average < spent["music"] < 1.3 * rendition.average
