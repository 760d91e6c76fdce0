"""The example of docs/proxies.md, run: nginx before the server, with nothing changed but ports and folders."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import running
from tests.running import ROOT, Site, Visitor
from tests.streaming.test_locked import addresses

SURROUNDINGS = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""


def example() -> str:
    [text] = re.findall(r"^```nginx\n(.*?)^```", (ROOT / "docs" / "proxies.md").read_text("utf-8"), re.DOTALL | re.M)
    return str(text)


def settings(folder: Path, server: str, port: int) -> str:
    text = example()
    for said, here in (
        ("/var/cache/nginx/mediaserver", str(folder / "kept")),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("http://127.0.0.1:8040", server),
    ):
        assert said in text
        text = text.replace(said, here)
    user = "user root;" if Path("/proc/self").owner() == "root" else ""
    return SURROUNDINGS.format(folder=folder, example=text, user=user)


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[str]:
    """Nginx before `server`; yields its own address."""
    folder.mkdir()
    with running.reserved_port() as port:
        path = folder / "nginx.conf"
        path.write_text(settings(folder, server, port), encoding="utf-8")
        process = subprocess.Popen(["nginx", "-e", "stderr", "-p", str(folder), "-c", str(path)])
        try:
            running.wait_for(lambda: _answers(port) or process.poll() is not None)
            assert process.poll() is None, "nginx did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(running.PATIENCE)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def proxy(tmp_path: Path, site: Site) -> Iterator[str]:
    with nginx(tmp_path / "nginx", site.root) as address:
        yield address


async def test_public_media_are_asked_for_once(site: Site, wave: bytes, proxy: str) -> None:
    ann = await site.join()
    through = Visitor(site.http, proxy)
    track = await Visitor(site.http, proxy, ann.token).publish(wave)
    *found, _ = await addresses(site, track)
    run = f"/hls/run/aac-64/index.m3u8?of=public/{track['id']}"
    for address in (*found, run, track["waveform"]):
        direct = (await site.guest.get(address)).ok()
        answers = [(await through.get(address)).ok() for _ in range(2)]
        assert [answer.headers["X-Cache-Status"] for answer in answers] == ["MISS", "HIT"], address
        for answer in answers:
            assert answer.body == direct.body
            assert answer.headers["Cache-Control"] == direct.headers["Cache-Control"]
            assert answer.headers["ETag"] == direct.headers["ETag"]
            if address.startswith("/hls/"):
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
    part = await through.get(found[-1], headers={"Range": "bytes=100-199"})
    assert (part.status, part.headers["X-Cache-Status"]) == (206, "HIT")
    assert part.body == (await site.guest.get(found[-1])).body[100:200]
    known = await through.get(found[-1], headers={"If-None-Match": part.headers["ETag"]})
    assert (known.status, known.headers["X-Cache-Status"]) == (304, "HIT")


async def test_what_is_not_for_everybody_is_never_kept(site: Site, wave: bytes, proxy: str) -> None:
    ann = await site.join()
    through, behind = Visitor(site.http, proxy), Visitor(site.http, proxy, ann.token)
    track = await ann.publish(wave, visibility="private")
    found = await addresses(site, track)
    ticket = found[0].split("/")[2]
    for address in (*found, f"/hls/run/master.m3u8?of={ticket}/{track['id']}", track["waveform"]):
        for _ in range(2):
            answer = (await behind.get(address)).ok()
            assert answer.headers["X-Cache-Status"] == "MISS", address
    (await through.get(track["waveform"])).problem(404)
    for _ in range(2):
        lost = await through.get(f"/hls/public/{track['id']}/master.m3u8")
        assert (lost.status, lost.headers["X-Cache-Status"]) == (404, "MISS")
    page = await behind.get("/")
    assert (page.status, "X-Cache-Status" in page.headers) == (200, False)
