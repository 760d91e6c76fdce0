"""Two delivery hosts before the server, each an nginx of its own, and a player that loses the first one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import running
from tests.browser.conftest import AUDIO, LONG, Shop, Visiting, _publish, _record
from tests.server.test_proxies import nginx

FETCHED = "performance.getEntriesByType('resource').map(each => each.name).filter(name => name.includes('.m4s'))"


@dataclass(frozen=True)
class Hosts:
    """A shop whose sound comes from two other hosts, the first of which can be ended."""

    shop: Shop
    first: str
    second: str
    end_first: ExitStack


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder: Path = tmp_path_factory.mktemp("hosts")
    (token,) = asyncio.run(running.prepare(folder / "data", ("ada", "admin")))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ExitStack() as end_first, nginx(folder / "second", f"http://127.0.0.1:{port}") as second:
        first = end_first.enter_context(nginx(folder / "first", f"http://127.0.0.1:{port}"))
        flags = ("--port", str(port), "--delivery-hosts", f"{first},{second}")
        with running.program(folder / "data", *flags) as program:
            track = _publish(program.root, token, _record(folder, 1, "Long Rain", LONG))
            yield Hosts(Shop(program.root, token, [track]), first, second, end_first)


def test_a_player_moves_over_when_its_host_dies(hosts: Hosts, visiting: Visiting) -> None:
    visit = visiting(at=hosts.shop)
    page = visit.open(str(hosts.shop.album[0]["url"]))
    page.click(".track-head [data-play]")
    visit.until_it_sounds()
    fetched = visit.script(FETCHED)
    assert fetched
    assert all(address.startswith(hosts.first) for address in fetched)
    hosts.end_first.close()
    visit.script(f"{AUDIO}.find(a => !a.paused).currentTime = {LONG - 40}")
    visit.until_it_sounds(beyond=LONG - 40, milliseconds=30_000)
    assert any(address.startswith(hosts.second) for address in visit.script(FETCHED))
    lost = [each for each in visit.complaints if "net::ERR_CONNECTION" in each]
    assert lost
    visit.complaints[:] = [each for each in visit.complaints if each not in lost]
