from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediaserver.server import steering
from mediaserver.server.steering import watching
from tests import running
from tests.running import Site, until


@pytest.fixture
def silent() -> Iterator[str]:
    """A host that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def nobody() -> Iterator[str]:
    """A host that is not there."""
    with running.reserved_port() as port:
        yield f"http://127.0.0.1:{port}"


def name(host: str) -> str:
    return host.removeprefix("http://").replace(":", "-")


async def order(site: Site) -> list[str]:
    answer = (await site.guest.get("/hls/steering.json?_HLS_pathway=x&_HLS_throughput=5000000")).ok()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (answer.json["VERSION"], answer.json["TTL"]) == (1, 30)
    found: list[str] = answer.json["PATHWAY-PRIORITY"]
    return found


async def test_a_host_that_dies_goes_to_the_end_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wave: bytes
) -> None:
    monkeypatch.setattr(steering, "EVERY", 0.05)
    with (
        running.reserved_port() as port,
        running.program(tmp_path / "a", "--port", str(port)) as first,
        running.program(tmp_path / "b") as second,
    ):
        names = [name(first.root), name(second.root)]
        async with running.site(tmp_path / "data", delivery_hosts=(first.root, second.root)) as site:
            hls = (await (await site.join()).publish(wave))["stream"]["hls"]
            async with watching(site.services.steering):
                await until(lambda: _is(site, names))
                await asyncio.to_thread(first.stop)
                await until(lambda: _is(site, names[::-1]))
                await until(lambda: _begins_with(site, hls, names[1]))
                with running.program(tmp_path / "a", "--port", str(port)):
                    await until(lambda: _is(site, names))


async def _is(site: Site, names: list[str]) -> bool:
    return await order(site) == names


async def _begins_with(site: Site, hls: str, host: str) -> bool:
    """Whether players are sent to that host first."""
    return f'PATHWAY-ID="{host}"\n' in (await site.guest.get(hls)).ok().text.split("#EXT-X-STREAM")[0]


async def test_a_host_that_never_answers_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    monkeypatch.setattr(steering, "PATIENCE", 1.0)
    monkeypatch.setattr(steering, "EVERY", 0.05)
    with running.program(tmp_path / "a") as well:
        async with (
            running.site(tmp_path / "data", delivery_hosts=(silent, well.root)) as site,
            watching(site.services.steering),
        ):
            await until(lambda: _is(site, [name(well.root), name(silent)]))


async def test_the_program_looks_after_its_hosts(tmp_path: Path, nobody: str) -> None:
    """A host of its own kind is well, and one that is not there is not."""
    with (
        running.program(tmp_path / "a") as well,
        running.program(tmp_path / "data", "--delivery-hosts", f"{nobody},{well.root}") as server,
    ):
        async with running.browsers() as http:
            visitor = server.visitor(http)

            async def is_steered() -> bool:
                manifest = (await visitor.get("/hls/steering.json")).ok().json
                return bool(manifest["PATHWAY-PRIORITY"] == [name(well.root), name(nobody)])

            await until(is_steered)
            page = await server.visitor(http).get("/")
            policy = page.headers["Content-Security-Policy"].split("; ")
            assert f"connect-src 'self' {nobody} {well.root}" in policy
            assert f"media-src 'self' blob: {nobody} {well.root}" in policy
        assert server.stop() == 0


async def test_without_hosts_nobody_is_asked(site: Site) -> None:
    async with watching(site.services.steering):
        assert await order(site) == []
