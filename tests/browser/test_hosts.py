"""Two delivery hosts before one server: when the first dies, the sound comes from the second."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests import running, sounds
from tests.browser.conftest import AUDIO, Shop, Visit, Visiting, publish

SECONDS = 90.0


@contextmanager
def host(origin: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A delivery host in a process of its own, and its address."""
    command = [sys.executable, "-m", "tests.browser.proxy", origin]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=running.ROOT) as process:
        assert process.stdout is not None
        try:
            yield process, f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


Branch = tuple[Shop, list["subprocess.Popen[str]"], list[str]]


@pytest.fixture(scope="module")  # and so before the browser, as `chromium` wants it
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """A server with a long track, the processes of its two delivery hosts, and their addresses."""
    folder = tmp_path_factory.mktemp("branch")
    (token,) = asyncio.run(running.prepare(folder / "data", ("ada", "admin")))
    port = free_port()
    path = sounds.write(folder / "1.flac", sounds.tone(SECONDS, hz=110, level=0.2), metadata={"title": "Surf"})
    with ExitStack() as stack:
        hosts = [stack.enter_context(host(f"http://127.0.0.1:{port}")) for _ in range(2)]
        addresses = [address for _, address in hosts]
        flags = ["--port", str(port), "--delivery-hosts", ",".join(addresses)]
        program = stack.enter_context(running.program(folder / "data", *flags))
        track = publish(program.root, token, path)
        yield Shop(program.root, token, [track] * 3), [process for process, _ in hosts], addresses


def test_the_second_host_takes_over_when_the_first_dies(branch: Branch, visiting: Visiting) -> None:
    shop, (first, _), addresses = branch
    visit: Visit = visiting(at=shop)
    visit.expected |= {"ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "CORS policy"}
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.extend(re.findall(r"(http.*)/hls/.*m4s", request.url)))
    visit.open(shop.long["url"])
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds()
    assert set(asked) == {addresses[0]}
    visit.script(f"for (const a of {AUDIO}) a.addEventListener('waiting', () => window.waited = true)")
    first.kill()
    first.wait()
    while addresses[1] not in asked:
        visit.until_it_sounds(beyond=visit.time)
    end = visit.time
    visit.until(f"{AUDIO}.some(a => a.buffered.length && a.buffered.end(0) > {end} + 20)", 20_000)
    assert visit.script("window.waited") is None
