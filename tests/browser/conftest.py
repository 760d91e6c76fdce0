"""A real server with some records in it, and a real Chromium to walk through it."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from mediaserver.server.request import COOKIE
from tests import running, sounds

HERE = Path(__file__).parent
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AUDIO = "[...document.querySelectorAll('audio')]"
TITLE = "document.querySelector('#player [data-part=title]').textContent"
RUNG = "document.querySelector('[data-part=playing-now]').textContent"
STARVES = """(a) => a.addEventListener("waiting", () => {
  const holds = (n) => a.buffered.start(n) <= a.currentTime && a.buffered.end(n) > a.currentTime + 0.5;
  window.starved ||= ![...Array(a.buffered.length).keys()].some(holds);
})"""
LOOK = 20.0  # milliseconds
LEFT = re.compile("Execution context was destroyed|navigat")  # what a page says that was just left
PATIENCE = running.PATIENCE * 1000  # milliseconds: what comes about soon costs none of it
SHORT = 30.0  # seconds: time enough to look at what plays, on the slowest machine
LONG = 240.0  # seconds: longer than any player fetches ahead


@dataclass(frozen=True)
class Shop:
    """A running server with an album of three tracks in it, one of them long."""

    root: str
    token: str
    album: list[dict[str, Any]]

    @property
    def long(self) -> dict[str, Any]:
        return self.album[2]

    @property
    def release(self) -> str:
        return str(self.album[0]["release"]["url"])

    @property
    def artist(self) -> str:
        return str(self.album[0]["artist"]["url"])


@dataclass
class Visit:
    """One browser's walk, and what it complained about on the way."""

    shop: Shop
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: set[int | str] = field(default_factory=set)  # status codes, and words of other complaints

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        words = [f"status of {each}" if isinstance(each, int) else each for each in self.expected]
        refused = any(each in message.text for each in words)
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(message.text)

    def open(self, address: str) -> Page:
        self.page.goto(self.shop.root + address)
        return self.page

    def script(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def until(self, condition: str, milliseconds: float = PATIENCE) -> None:
        """Wait until the expression holds in the page.

        Asked from outside: what Playwright would have the page itself evaluate again and again, its policy forbids.
        """
        end = time.monotonic() + milliseconds / 1000
        while not self._holds(condition):
            assert time.monotonic() < end, f"it never came about: {condition}"
            self.page.wait_for_timeout(LOOK)

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.script(f"Boolean({condition})"))
        except Error as error:
            if LEFT.search(error.message):
                return False
            raise

    def until_it_is(self, wanted: Any, look: Callable[[], Any]) -> None:
        """Wait until a look at the page gives what is wanted."""
        end = time.monotonic() + PATIENCE / 1000
        while (found := look()) != wanted:
            assert time.monotonic() < end, f"it is {found!r} and not {wanted!r}"
            self.page.wait_for_timeout(LOOK)

    def until_it_plays(self, title: str) -> None:
        """Wait until this track is the one that plays, and sounds."""
        self.until(f"{TITLE} === {json.dumps(title)}")
        self.until_it_sounds()

    def until_it_sounds(self, beyond: float = 0, milliseconds: float = PATIENCE) -> None:
        """Wait until the sound runs on from some second."""
        self.until(f"{AUDIO}.some(a => !a.paused && a.currentTime > {beyond})", milliseconds)
        before = self.script(f"{AUDIO}.map(a => a.currentTime)")
        self.until(f"{AUDIO}.some((a, i) => !a.paused && a.currentTime > {before}[i] + 0.2)")

    def go_to_end(self) -> None:
        """Seek to the very end of the track."""
        self.page.focus("#player [data-part=wave]")
        self.page.keyboard.press("End")

    def pause(self) -> None:
        """Stop the sound, so that nothing that follows is a race with it."""
        self.page.click("[data-do=toggle]")
        self.until(f"{AUDIO}.every(a => a.paused)")

    def watch_supply(self) -> None:
        """From now on, note whether the sound ever stops for want of data.

        It stops for want of a processor as well, where the machine is busy: then there is data, and nothing is noted.
        """
        self.script(f"{AUDIO}.forEach({STARVES})")

    @property
    def starved(self) -> bool:
        return bool(self.script("window.starved"))

    @property
    def time(self) -> float:
        """Where in the track the sound is, in seconds."""
        return float(self.script(f"{AUDIO}.find(a => !a.paused).currentTime"))

    @property
    def playing(self) -> str:
        return self.page.locator("[data-part=title]").inner_text()


def _request(root: str, token: str, path: str, data: bytes | None = None) -> Any:
    request = urllib.request.Request(root + path, data=data, headers={"Cookie": f"{COOKIE}={token}"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def publish(root: str, token: str, path: Path, **wishes: str) -> dict[str, Any]:
    """Upload what must become a track; return the track."""
    query = urlencode({"filename": path.name, **wishes})
    upload = _request(root, token, f"/api/v1/uploads?{query}", path.read_bytes())

    def look() -> dict[str, Any] | None:
        now: dict[str, Any] = _request(root, token, f"/api/v1/uploads/{upload['id']}")
        return now if now["state"] in ("ready", "failed") else None

    done = running.wait_for(look)
    assert done["state"] == "ready", done["problem"]
    track: dict[str, Any] = done["track"]
    return track


def _record(folder: Path, number: int, title: str, seconds: float) -> Path:
    tags = {"title": title, "album": "Weather Report", "track": str(number), "genre": "Ambient"}
    return sounds.write(folder / f"{number}.flac", sounds.tone(seconds, hz=110 * number, level=0.2), metadata=tags)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (token,) = running.prepared(folder / "data", ("ada", "admin"))
    records = [("Drizzle", SHORT), ("Fog", SHORT), ("Long Rain", LONG)]
    paths = [_record(folder, number, *record) for number, record in enumerate(records, 1)]
    with running.program(folder / "data") as program:
        yield Shop(program.root, token, [publish(program.root, token, path) for path in paths])


_open = ExitStack()
_browsers: list[Browser] = []


@pytest.fixture
def chromium(shop: Shop) -> Browser:
    """The one browser of the tests in this folder, which ends with the last of them.

    Until it is stopped, Playwright keeps a loop of its own going in this thread, in which no other may run: so `shop`
    comes before it, and whatever else wants a loop has it in a thread of its own.
    """
    if not _browsers:
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert path, "These tests drive a real browser. On Debian or Ubuntu: apt-get install chromium"
        playwright = _open.enter_context(sync_playwright())
        _browsers.append(playwright.chromium.launch(executable_path=path, args=FLAGS))
        _open.callback(lambda: _browsers.pop().close())
    return _browsers[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is None or HERE not in nextitem.path.parents:
        _open.close()


Visiting = Callable[..., Visit]


def play_album(visit: Visit) -> None:
    """Play the album from its page."""
    visit.open(visit.shop.release)
    visit.page.click("[data-play-all]")
    visit.until_it_sounds()


def play_long(visit: Visit) -> None:
    """Play the long track from its page."""
    visit.open(visit.shop.long["url"])
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds()


@pytest.fixture
def visiting(chromium: Browser, shop: Shop) -> Iterator[Visiting]:
    """Begin walks: `visiting()`, `visiting(signed_in=True, java_script_enabled=False, ...)`."""
    walks: list[tuple[BrowserContext, Visit]] = []

    def begin(*, signed_in: bool = False, at: Shop = shop, **settings: Any) -> Visit:
        context = chromium.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | settings
        )
        context.set_default_timeout(PATIENCE)
        if signed_in:
            context.add_cookies([{"name": COOKIE, "value": at.token, "url": at.root}])
        visit = Visit(at, context.new_page())
        walks.append((context, visit))
        return visit

    yield begin
    for context, _ in walks:
        context.close()
    assert [visit.complaints for _, visit in walks if visit.complaints] == []


@pytest.fixture
def visit(visiting: Visiting) -> Visit:
    return visiting()


@pytest.fixture
def owner(visiting: Visiting) -> Visit:
    return visiting(signed_in=True)
