"""Servers for tests: the application in this process on a free port, and the program in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict
from yarl import URL

from mediaserver import app
from mediaserver.accounts import accounts, sessions
from mediaserver.accounts.accounts import Account
from mediaserver.app import Instance
from mediaserver.base.config import Config
from mediaserver.base.db import Tx
from mediaserver.server import routes
from mediaserver.server.connection import Connections
from mediaserver.server.request import COOKIE
from mediaserver.server.services import Services
from tests import nursery, warm

T = TypeVar("T")
ROOT = warm.ROOT
PROGRAM = [sys.executable, "-m", "mediaserver"]
PASSWORD = "a long enough passphrase"
PATIENCE = 120.0  # seconds within which whatever is waited for must have come about, on the busiest of machines
LOOK = 0.02


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    def ok(self) -> Answer:
        assert 200 <= self.status < 300, f"{self.status}: {self.body[:500]!r}"
        return self

    def problem(self, status: int, code: str | None = None) -> str:
        """The sentence of the problem document that this must be (RFC 9457)."""
        assert self.status == status, f"{self.status}: {self.body[:500]!r}"
        assert self.headers["Content-Type"].split(";")[0] == "application/problem+json"
        assert set(self.json) == {"type", "title", "status", "detail", "code"}
        assert self.json["status"] == status
        assert code in (None, self.json["code"])
        assert_sentence(self.json["detail"])
        detail: str = self.json["detail"]
        return detail


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser, who may be signed in."""

    http: ClientSession
    root: str
    token: str | None = None

    async def ask(self, method: str, address: str, **options: Any) -> Answer:
        """One request; the address goes out just as it is written here."""
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers.setdefault("Cookie", f"{COOKIE}={self.token}")
        url = URL(self.root + address, encoded=True)
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **options) as response:
            return Answer(response.status, CIMultiDict(response.headers), await response.read())

    async def get(self, address: str, **options: Any) -> Answer:
        return await self.ask("GET", address, **options)

    async def send(self, data: Any, filename: str = "sound.wav", **wishes: str) -> Answer:
        query = urlencode({"filename": filename, **wishes}, quote_via=quote)
        return await self.ask("POST", f"/api/v1/uploads?{query}", data=data)

    async def upload(self, data: Any, filename: str = "sound.wav", **wishes: str) -> dict[str, Any]:
        """Send a file and wait until something has become of it; return the upload."""
        sent = await self.send(data, filename, **wishes)
        assert sent.status == 202, f"{sent.status}: {sent.body[:500]!r}"
        return await self.end_of(sent.headers["Location"])

    async def end_of(self, address: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            upload: dict[str, Any] = (await self.get(address)).ok().json
            return upload if upload["state"] in ("ready", "failed") else None

        return await until(look)

    async def publish(self, data: Any, filename: str = "sound.wav", **wishes: str) -> dict[str, Any]:
        """Upload what must become a track; return the track."""
        upload = await self.upload(data, filename, **wishes)
        assert upload["state"] == "ready", upload["problem"]
        track: dict[str, Any] = upload["track"]
        return track


@dataclass(frozen=True)
class Site:
    """A server in this process, with its services within reach."""

    http: ClientSession
    root: str
    instance: Instance
    app: web.Application

    @property
    def services(self) -> Services:
        return self.instance.services

    @property
    def guest(self) -> Visitor:
        return Visitor(self.http, self.root)

    async def join(self, name: str = "ann", role: str = "creator") -> Visitor:
        """A new account, signed in."""
        return Visitor(self.http, self.root, await self.services.db.write(enrol, name, role))

    async def rest(self) -> None:
        """Wait until no background work is left, such as the warming of a new track."""

        async def look() -> bool:
            return not await self.services.db.read(lambda r: r.value("SELECT 1 FROM jobs LIMIT 1"))

        await until(look)

    def originals(self) -> list[Path]:
        """Every file among the originals, whole or half."""
        return files_below(self.services.folder.originals)


@asynccontextmanager
async def site(data: Path, *, working: bool = True, **settings: Any) -> AsyncIterator[Site]:
    """Serve `data` in this process; without `working` received files stay unanalysed."""
    config = Config(data=data, port=0, workers=2, **settings)
    async with app.open_instance(config) as instance, browsers() as http, _served(instance, http) as site:
        with nursery.lent_to(instance.services.first_touch._children):
            if working:
                async with app.working(instance):
                    yield site
            else:
                yield site


@asynccontextmanager
async def _served(instance: Instance, http: ClientSession) -> AsyncIterator[Site]:
    await asyncio.to_thread(instance.services.cache.open)
    await asyncio.to_thread(instance.services.pictures.open)
    application = routes.application(instance.services, app.WEB)
    runner = Connections(
        application, instance.services.packager, access_log=None, handler_cancellation=True, shutdown_timeout=1
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Site(http, f"http://127.0.0.1:{runner.addresses[0][1]}", instance, application)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def browsers() -> AsyncIterator[ClientSession]:
    """What visitors ask through: keeps no cookies of its own."""
    async with ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(PATIENCE)) as http:
        yield http


def enrol(tx: Tx, name: str, role: str) -> str:
    """Keep an account; return the token of a session of it."""
    account: Account = accounts.add(tx, name, role, known_hash())
    return sessions.start(tx, account.id, "test", 1)


@cache
def known_hash() -> str:
    return accounts.hash_password(PASSWORD)


async def until(look: Callable[[], Awaitable[T | None]], patience: float = PATIENCE) -> T:
    """What `look` gives as soon as it is something; fails when that takes too long."""
    end = time.monotonic() + patience
    while not (found := await look()):
        assert time.monotonic() < end, "it never came about"
        await asyncio.sleep(LOOK)
    return found


def wait_for(look: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """The same without a loop."""
    end = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < end, "it never came about"
        time.sleep(LOOK)
    return found


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def assert_sentence(text: str) -> None:
    """Hold a message to be one for people: a capital, an end, one line, nothing of the machine's inside."""
    assert text[:1].isupper() or text[:1] in '"/-0123456789', text
    assert text.endswith((".", "?", "!")), text
    assert "\n" not in text, text
    for inner in ("Traceback", "Errno", "Error:", "<class", "0x"):
        assert inner not in text, text


@dataclass
class Program:
    """`mediaserver serve` in a process of its own."""

    process: subprocess.Popen[str]
    root: str
    said: list[str] = field(default_factory=list)

    @property
    def resident(self) -> int:
        """Bytes of memory that the process holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def stop(self, number: int = signal.SIGTERM, patience: float = PATIENCE) -> int:
        self.process.send_signal(number)
        return self.process.wait(patience)

    def visitor(self, http: ClientSession, token: str | None = None) -> Visitor:
        return Visitor(http, self.root, token)


@contextmanager
def program(data: Path, *flags: str, errors: Path | None = None, greeted: bool = True) -> Iterator[Program]:
    """Run the program on `data` and wait for its greeting; whatever happens, it ends with the block."""
    command = [*PROGRAM, "serve", "--data", str(data), "--port", "0", *flags]
    with (errors or data.with_suffix(".log")).open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=environment())
    try:
        yield Program(process, _greeting(process) if greeted else "")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


def _greeting(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    assert ready, "the server did not greet"
    line = process.stdout.readline()
    assert line.startswith("mediaserver is at http://"), f"{line!r}, exit code {process.poll()}"
    return line.split()[-1].rstrip("/")


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of this machine that nobody is given by chance; a server that names it may listen on it, and again.

    It is bound here, so that the kernel gives it to nobody who asks for any, and not listened on; servers bind with
    SO_REUSEADDR, which lets them have it beside a socket that does so too (socket(7)).
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def environment(**more: str) -> dict[str, str]:
    """The surroundings of a program: ours, without any settings of a mediaserver."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MEDIASERVER_")} | more


def run(*words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """One command of the program, to its end."""
    return warm.run(list(words), stdin, environment(**variables))


def prepared(data: Path, *people: tuple[str, str]) -> list[str]:
    """The same as `prepare`, where there is no loop, or one that is not to be disturbed."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, prepare(data, *people)).result()


async def prepare(data: Path, *people: tuple[str, str]) -> list[str]:
    """Make a data folder with accounts (name, role), as nobody serves it; return a session's token for each."""
    async with app.open_instance(Config(data=data, workers=1)) as instance:
        return [await instance.services.db.write(enrol, name, role) for name, role in people]
