"""Two delivery hosts before one server: when one dies, the sound comes from the other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests import running, sounds
from tests.browser.conftest import AUDIO, Shop, Visit, Visiting, publish

SECONDS = 90.0


@contextmanager
def host() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A delivery host in a process of its own, which waits to be told its server, and its address."""
    command = [sys.executable, "-m", "tests.browser.proxy"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, cwd=running.ROOT) as process:
        assert process.stdout is not None
        try:
            yield process, f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def tell(process: subprocess.Popen[str], origin: str) -> None:
    assert process.stdin is not None
    process.stdin.write(origin + "\n")
    process.stdin.flush()


Branch = tuple[Shop, dict[str, "subprocess.Popen[str]"]]


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """A server with a long track, and the processes of its two delivery hosts by their addresses."""
    folder = tmp_path_factory.mktemp("branch")
    (token,) = running.prepared(folder / "data", ("ada", "admin"))
    path = sounds.write(folder / "1.flac", sounds.tone(SECONDS, hz=110, level=0.2), metadata={"title": "Surf"})
    with ExitStack() as stack:
        hosts = {address: process for process, address in (stack.enter_context(host()) for _ in range(2))}
        program = stack.enter_context(running.program(folder / "data", "--delivery-hosts", ",".join(hosts)))
        for process in hosts.values():
            tell(process, program.root)
        track = publish(program.root, token, path)
        yield Shop(program.root, token, [track] * 3), hosts


def test_one_host_takes_over_when_the_other_dies(branch: Branch, visiting: Visiting) -> None:
    shop, hosts = branch
    visit: Visit = visiting(at=shop)
    visit.expected |= {"net::ERR_", "CORS policy"}  # it may die in the middle of an answer
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.extend(re.findall(r"(http.*)/hls/.*m4s", request.url)))
    visit.open(shop.long["url"])
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds()
    visit.until(f"{AUDIO}.some(a => a.buffered.length && a.buffered.end(0) > 12)")  # enough to outlive the change
    visit.watch_supply()
    current, before = asked[-1], len(asked)
    (other,) = set(hosts) - {current}
    hosts[current].kill()
    hosts[current].wait()
    while other not in asked[before:]:
        visit.until_it_sounds(beyond=visit.time)
    end = visit.time
    visit.until(f"{AUDIO}.some(a => a.buffered.length && a.buffered.end(0) > {end} + 20)")
    assert not visit.starved
