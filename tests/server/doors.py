"""Every address at which a track can be had by whoever knows or guesses it."""

from __future__ import annotations

import re
from typing import Any

from tests.running import Visitor

HTML = {"Accept": "text/html"}
_TICKET = re.compile(r"(/hls/(?!run/)|\?of=)[^/]+/")


async def addresses(visitor: Visitor, track: dict[str, Any]) -> list[str]:
    """The doors of a track as `visitor`, who may have it, is given them: pages, JSON, HLS, runs, stream, waveform."""
    hls = track["stream"]["hls"]
    ticket, base = hls.split("/")[2], hls.rpartition("/")[0]
    master = (await visitor.get(hls)).ok().text
    rung = next(line for line in master.splitlines() if line.endswith("index.m3u8")).rpartition("/")[0]
    run = f"/hls/run/{{}}?of={ticket}/{track['id']}"
    name = rung.rpartition("/")[2]
    return [
        track["url"],
        f"/api/v1/tracks/{track['id']}",
        hls,
        *(f"{base}/{rung}/{each}" for each in ("index.m3u8", "init.mp4", "0.m4s")),
        *([] if ticket == "public" else [f"{base}/{rung}/key"]),
        run.format("master.m3u8"),
        run.format(f"{name}/index.m3u8"),
        track["stream"]["progressive"],
        f"/api/v1/tracks/{track['id']}/stream?format=wav",
        track["waveform"],
    ]


def for_everybody(addresses: list[str]) -> list[str]:
    """The same addresses with the ticket that anybody can write."""
    return [_TICKET.sub(r"\1public/", each) for each in addresses]


async def states(visitor: Visitor, addresses: list[str]) -> dict[str, int]:
    return {each: (await visitor.get(each, headers=HTML)).status for each in addresses}


async def assert_open(visitor: Visitor, addresses: list[str]) -> None:
    assert await states(visitor, addresses) == dict.fromkeys(addresses, 200)


async def assert_closed(visitor: Visitor, addresses: list[str]) -> None:
    assert await states(visitor, addresses) == dict.fromkeys(addresses, 404)
