"""The shortest whole walk against a built program: start on an empty folder, upload a WAV, play every segment, stop.

Usage: `smoke.py dist/mediaserver`, or any other COMMAND... that runs the program. Standard library only.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

RATE = 44_100
SECONDS = 15.25
FRAME = 1024 / RATE  # an AAC frame: what a playlist's length may differ from the sound's
PATIENCE = 60.0  # seconds for anything but the stop
STOP = 10.0  # seconds after SIGTERM
NAME, PASSWORD = "smoke", "a long enough passphrase"


def main(command: list[str]) -> None:
    """Walk from an empty folder to a stopped server; an AssertionError says where it ended."""
    if not command:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="smoke-") as scratch:
        data, temporary = Path(scratch, "data"), Path(scratch, "tmp")
        temporary.mkdir()
        environment = os.environ | {"TMPDIR": str(temporary)}
        with serving(command, data, environment) as site:
            add_account(command, data, environment)
            site.sign_in()
            track = site.upload("smoke.wav", make_wave())
            played = site.play(track["stream"]["hls"])
            check_page(site.fetch("/"), "<html")
            check_page(site.fetch(track["url"]), "<html")
        left = sorted(path.name for path in temporary.iterdir())
        assert not left, f"left behind in the temporary folder: {left}"
    print(f"smoke: played {played} segments, stopped cleanly")


@contextmanager
def serving(command: list[str], data: Path, environment: dict[str, str]) -> Iterator[Site]:
    """Run the server for the time of the block, then end it by SIGTERM and hold it to a clean end."""
    port = free_port()
    started = time.monotonic()
    server = subprocess.Popen(
        [*command, "serve", "--data", str(data), "--port", str(port)], env=environment, start_new_session=True
    )
    try:
        site = Site(f"http://127.0.0.1:{port}")
        site.wait_until_ready(server)
        print(f"smoke: ready after {time.monotonic() - started:.2f} s")
        yield site
        server.send_signal(signal.SIGTERM)
        code = server.wait(STOP)
        assert code == 0, f"SIGTERM: exit code {code}, not 0"
        assert not group_lives(server.pid), "a child process outlived the server"
    finally:
        if group_lives(server.pid):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


class Site:
    """A signed-in visitor of the server under test."""

    def __init__(self, root: str) -> None:
        self._root = root
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        """Ask /readyz until it answers; fail as soon as the process has ended."""
        for _ in patiently("the server to be ready"):
            assert server.poll() is None, f"the server ended with exit code {server.returncode}"
            try:
                self.fetch("/readyz")
            except (OSError, http.client.HTTPException):
                continue
            return

    def fetch(self, address: str, body: bytes | None = None, kind: str = "") -> bytes:
        """GET, or POST where there is a body; a status of 400 and above is an error that shows the answer."""
        return self._ask(address, body, kind)[0]

    def sign_in(self) -> None:
        """Open a session; its cookie is kept."""
        self.fetch("/api/v1/session", json.dumps({"name": NAME, "password": PASSWORD}).encode(), "application/json")

    def upload(self, name: str, sound: bytes) -> dict[str, Any]:
        """Hand in a recording and wait until it can be played; returns the track."""
        _, headers = self._ask(f"/api/v1/uploads?filename={name}", sound, "application/octet-stream")
        for _ in patiently("the upload to be ready"):
            upload = json.loads(self.fetch(headers["Location"]))
            assert upload["state"] not in {"failed", "refused"}, upload
            if upload["state"] == "ready":
                track: dict[str, Any] = upload["track"]
                return track
        raise AssertionError("unreachable: patience ends with an error")

    def play(self, address: str) -> int:
        """Fetch every segment of every rendition as a player does; returns how many there were."""
        master = self.fetch(address).decode()
        renditions = [urljoin(address, line) for line in master.splitlines() if line and not line.startswith("#")]
        assert renditions, f"no rendition in the master playlist:\n{master}"
        return sum(self._play_rendition(rendition) for rendition in renditions)

    def _play_rendition(self, address: str) -> int:
        playlist = self.fetch(address).decode()
        lengths = [float(length) for length in re.findall(r"#EXTINF:([\d.]+)", playlist)]
        assert abs(sum(lengths) - SECONDS) <= FRAME, f"{address} lasts {sum(lengths)} s, not {SECONDS} s"
        first = re.search(r'#EXT-X-MAP:URI="([^"]+)"', playlist)
        assert first, f"no initialisation in {address}"
        assert box_names(self.fetch(urljoin(address, first[1]))) == ["ftyp", "moov"], first[1]
        segments = [line for line in playlist.splitlines() if line and not line.startswith("#")]
        assert len(segments) == len(lengths), f"{len(segments)} segments, {len(lengths)} lengths"
        for segment in segments:
            names = box_names(self.fetch(urljoin(address, segment)))
            assert names[-2:] == ["moof", "mdat"], f"{segment} holds {names}"
        return len(segments)

    def _ask(self, address: str, body: bytes | None, kind: str) -> tuple[bytes, http.client.HTTPMessage]:
        headers = {"Content-Type": kind, "Origin": self._root} if body is not None else {}
        request = urllib.request.Request(urljoin(self._root, address), body, headers)
        try:
            with self._opener.open(request, timeout=PATIENCE) as response:
                return response.read(), response.headers
        except urllib.error.HTTPError as error:
            error.add_note(f"{address}: {error.read()[:500]!r}")
            raise


def add_account(command: list[str], data: Path, environment: dict[str, str]) -> None:
    """Make an administrator from the command line, beside the running server."""
    words = ["user", "add", NAME, "--role", "admin", "--password-stdin", "--data", str(data)]
    subprocess.run([*command, *words], input=PASSWORD + "\n", text=True, env=environment, check=True, timeout=PATIENCE)


def make_wave() -> bytes:
    """Return a WAV of a chord, 16 bits in stereo."""
    chord = [sum(math.sin(2 * math.pi * f * n / RATE) for f in (220, 277, 330)) for n in range(int(SECONDS * RATE))]
    samples = array("h", (int(8000 * value) for value in chord for _ in range(2)))
    if sys.byteorder == "big":
        samples.byteswap()
    sound = BytesIO()
    with wave.open(sound, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())
    return sound.getvalue()


def box_names(data: bytes) -> list[str]:
    """Return the names of the outermost boxes (ISO/IEC 14496-12, 4.2), which must fill the data exactly."""
    names, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        assert size >= 8, f"a box of {size} bytes at {at}"
        names.append(data[at + 4 : at + 8].decode("ascii"))
        at += size
    assert at == len(data), f"the last box ends at {at} of {len(data)}"
    return names


def check_page(page: bytes, word: str) -> None:
    """Hold an HTML page to the least: it is one."""
    assert word in page.decode(), page[:200]


def patiently(what: str) -> Iterator[None]:
    """Yield every twentieth of a second until the patience is at its end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")


def free_port() -> int:
    """Return a port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def group_lives(group: int) -> bool:
    """Tell whether any process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
