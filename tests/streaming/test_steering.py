from __future__ import annotations

import m3u8
import pytest

from mediaserver.streaming import offers
from mediaserver.streaming.steering import Pathway, Steering
from tests.streaming.test_offers import source, write_master

A, B, C = "https://a.example.org", "https://b.example.org:8443", "http://[::1]:8040"
RUNGS = offers.playable(offers.offered(source()), frozenset())


def listed(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_those_that_are_well_stand_first_in_their_order() -> None:
    steering = Steering((A, B, C))
    assert [each.id for each in steering.pathways] == ["a.example.org", "b.example.org-8443", "---1--8040"]
    a, b, c = steering.pathways
    assert steering.priority() == [a.id, b.id, c.id]
    steering.note(a, well=False)
    assert steering.priority() == [b.id, c.id, a.id]
    steering.note(c, well=False)
    assert steering.priority() == [b.id, a.id, c.id]
    steering.note(a, well=True)
    assert steering.priority() == [a.id, b.id, c.id]
    for each in steering.pathways:
        steering.note(each, well=False)
    assert steering.priority() == [a.id, b.id, c.id]


def test_without_hosts_addresses_are_relative() -> None:
    text = write_master(RUNGS)
    assert all(address.startswith("v/") for address in listed(text))
    assert "PATHWAY" not in text
    assert "STEERING" not in text


def test_with_one_host_addresses_lead_to_it_and_nothing_is_steered() -> None:
    text = write_master(RUNGS, A)
    assert listed(text) == [f"{A}/hls/t/x/{address}" for address in listed(write_master(RUNGS))]
    assert "PATHWAY" not in text
    assert "STEERING" not in text


def test_with_more_every_rung_stands_once_for_each() -> None:
    text = write_master(RUNGS, A, B)
    assert listed(text) == [f"{host}/hls/t/x/{address}" for host in (A, B) for address in listed(write_master(RUNGS))]
    master = m3u8.loads(text)
    assert master.content_steering.uri == "/hls/steering.json"
    assert master.content_steering.pathway_id == "a.example.org"
    by_pathway = {name: [each.stream_info for each in master.playlists if each.stream_info.pathway_id == name]
                  for name in ("a.example.org", "b.example.org-8443")}  # fmt: skip
    shown = [[(info.bandwidth, info.codecs) for info in infos] for infos in by_pathway.values()]
    assert shown[0] == shown[1]
    assert len(shown[0]) == len(RUNGS)


@pytest.mark.parametrize("failing", [0, 1])
def test_a_player_begins_with_one_that_is_well(failing: int) -> None:
    steering = Steering((A, B))
    steering.note(steering.pathways[failing], well=False)
    assert steering.manifest() == {
        "VERSION": 1,
        "TTL": 30,
        "PATHWAY-PRIORITY": [steering.pathways[1 - failing].id, steering.pathways[failing].id],
    }


def test_what_is_noted_of_an_unknown_host_changes_nothing() -> None:
    steering = Steering((A, B))
    steering.note(Pathway("elsewhere", C), well=False)
    assert steering.priority() == ["a.example.org", "b.example.org-8443"]
