"""The two servers that benchmarks run: ours on an empty folder, and nginx with one worker as the yardstick."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from tests.running import reserved_port

PATIENCE = 120.0
POLL = 0.02
KEPT = 30.0  # seconds for which a connection is kept on which nothing is asked; the server ends it after 75
PROGRAM = [sys.executable, "-m", "mediaserver"]
NAME, PASSWORD = "bench", "a long enough passphrase"
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 100000; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=10000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ audio/mp4 m4s mp4; }}
    server {{ listen 127.0.0.1:{port}; root {root}; keepalive_requests 1000000000; }}
}}
"""


class Client:
    """One kept connection to a server on this machine, signed in, as a browser holds it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.root = f"http://127.0.0.1:{port}"
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._cookie = ""
        self._asked = time.monotonic()

    def another(self) -> Client:
        """Return another connection of the same visitor."""
        other = Client(self.port, self.pid)
        other._cookie = self._cookie
        return other

    @property
    def cookie(self) -> str:
        """What a request says to be this visitor's."""
        return self._cookie

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def ask(self, address: str, body: Any = None, kind: str = "application/octet-stream") -> tuple[bytes, Any]:
        """GET, or POST where there is a body; returns the answer and its headers."""
        headers = {"Cookie": self._cookie, "Origin": self.root}
        if body is not None:
            headers["Content-Type"] = kind
        if time.monotonic() - self._asked > KEPT:
            self.close()  # and the next request opens another
        self._connection.request("GET" if body is None else "POST", address, body, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        self._asked = time.monotonic()
        if answer.status >= 400:
            raise AssertionError(f"{address}: {answer.status} {data[:300]!r}")
        return data, answer.headers

    def sign_in(self) -> None:
        """Open a session, and keep its cookie."""
        words = json.dumps({"name": NAME, "password": PASSWORD}).encode()
        _, headers = self.ask("/api/v1/session", words, "application/json")
        self._cookie = headers["Set-Cookie"].split(";")[0]

    def upload(self, path: Path, **wishes: str) -> dict[str, Any]:
        """Send a file, wait until it is ready to play, and return the track; `wishes` as the API takes them."""
        query = urlencode({"filename": path.name, **wishes})
        with path.open("rb") as file:
            _, headers = self.ask(f"/api/v1/uploads?{query}", file)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            upload = json.loads(self.ask(headers["Location"])[0])
            if upload["state"] == "ready":
                track: dict[str, Any] = upload["track"]
                return track
            if upload["state"] == "failed":
                raise AssertionError(f"{path.name}: {upload['problem']}")
            time.sleep(POLL)
        raise AssertionError(f"{path.name} was not ready after {PATIENCE:.0f} s")


@dataclass(frozen=True)
class Yardstick:
    """nginx at work: the port of its one worker, and the process that began it."""

    port: int
    pid: int

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def ours(*flags: str, log: Path | None = None) -> Iterator[Client]:
    """Run this program on an empty folder, which goes with it; yields what `serving` does."""
    with TemporaryDirectory(prefix="bench-") as folder:
        prepare(Path(folder))
        with serving(Path(folder), *flags, log=log) as client:
            yield client


def prepare(folder: Path) -> None:
    """Make an empty folder one that has an administrator."""
    words = ["user", "add", NAME, "--role", "admin", "--password-stdin", "--data", str(folder)]
    subprocess.run([*PROGRAM, *words], input=PASSWORD + "\n", text=True, check=True, stdout=subprocess.DEVNULL)


def settle(folder: Path) -> None:
    """Wait until the server on that folder has done all that its uploads left to do."""
    end = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(f"file:{folder / 'mediaserver.db'}?mode=ro", uri=True)) as database:
        while database.execute("SELECT 1 FROM jobs WHERE state <> 'dead' LIMIT 1").fetchone():
            assert time.monotonic() < end, "there is no end to the jobs"
            time.sleep(POLL)


@contextmanager
def serving(folder: Path, *flags: str, log: Path | None = None) -> Iterator[Client]:
    """Run this program on a prepared folder; yields a client that is signed in as its administrator.

    What the program logs goes to the file `log`, or to the terminal.
    """
    with reserved_port() as port:
        serve = [*PROGRAM, "serve", "--data", str(folder), "--port", str(port), "--log-level", "warning", *flags]
        with _running(serve, port, log) as process, closing(Client(port, process.pid)) as client:
            client.sign_in()
            yield client


@contextmanager
def nginx(root: Path) -> Iterator[Yardstick]:
    """Run nginx with one worker over the files below `root`."""
    with TemporaryDirectory(prefix="bench-nginx-") as folder, reserved_port() as port:
        settings = Path(folder, "nginx.conf")
        settings.write_text(NGINX.format(folder=folder, port=port, root=root), encoding="utf-8")
        # Started as root, nginx gives its worker to another account, which must reach the files.
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        with _running(["nginx", "-e", "stderr", "-p", folder, "-c", str(settings), *user], port) as process:
            yield Yardstick(port, process.pid)


@contextmanager
def _running(command: list[str], port: int, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") if log else nullcontext() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        _wait_for(process, port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            connection.getresponse().read()
            return
        except (OSError, HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"{process.args!r} does not answer; exit code {process.poll()}")
