"""A line that grows narrow, a server that has too much to do, an address that runs out: the sound goes on."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

import numpy as np
import pytest
from playwright.sync_api import CDPSession, Route

from mediaserver.base import clock
from tests import sounds
from tests.browser.conftest import AUDIO, LONG, RUNG, Shop, Visit, Visiting, play_long, publish
from tests.browser.listening import best, heard, listening

RATE = 48_000
HZ = 330.0  # of the long track's tone
WINDOW = RATE // 50
LATE = 5 * clock.SECOND
PIECES = re.compile(r"/hls/.*/\d+\.m4s")
HEARD = 10  # segments of a rung that are played at most before the line has changed twice


@pytest.fixture(scope="module")
def diary(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A private track."""
    sound = sounds.tone(LONG, hz=220, level=0.2)
    path = sounds.write(tmp_path_factory.mktemp("diary") / "diary.flac", sound, metadata={"title": "Diary"})
    return publish(shop.root, shop.token, path, visibility="private")


def names(address: str) -> list[str]:
    """The addresses in a playlist."""
    with urlopen(address, timeout=60) as answer:
        return [urljoin(address, name) for name in re.findall(r"^[^#\n]+$", answer.read().decode(), re.MULTILINE)]


@pytest.fixture
def at_hand(shop: Shop) -> None:
    """Every rung of the long track's beginning is made already: nothing but the line decides how fast it comes."""
    for playlist in names(f"{shop.root}{shop.long['stream']['hls']}?codecs=opus"):
        for piece in names(playlist)[:HEARD]:
            urlopen(piece, timeout=60).close()


def narrow(tools: CDPSession, kilobits: float) -> None:
    """Let the line carry so many kbit/s and no more, as the developer tools of the browser do."""
    line = {"offline": False, "latency": 20, "downloadThroughput": kilobits * 125, "uploadThroughput": -1}
    tools.send("Network.emulateNetworkConditions", line)


def slips(sound: np.ndarray) -> float:
    """By how much a tone is out of step at most, from one fiftieth of a second to the next (radians)."""
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    sound = sound[loud[0] + RATE // 10 : loud[-1] - RATE // 10]
    turned = sound * np.exp(-2j * np.pi * HZ / RATE * np.arange(len(sound)))
    phases = np.angle(turned[: len(turned) // WINDOW * WINDOW].reshape(-1, WINDOW).sum(axis=1))
    return float(np.abs(np.angle(np.exp(1j * np.diff(phases)))).max())


def hear_the_line_change(visiting: Visiting) -> np.ndarray:
    """Play over a line that grows wide, then narrow, until the rung has followed it; return what was heard."""
    visit = listening(visiting, RATE, "opus|flac|mp4a", "auto")
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.extend(re.findall(r"/([a-z]+-\d+)/\d+\.m4s", request.url)))
    tools = visit.page.context.new_cdp_session(visit.page)
    narrow(tools, 1000)
    with visit.page.expect_request(re.compile(r"/opus-160/\d+\.m4s")):
        play_long(visit)
    visit.pause()
    visit.until(f"{AUDIO}.some(a => a.buffered.length && a.buffered.end(0) > a.currentTime + 10)")
    visit.page.click("[data-do=toggle]")
    visit.until_it_sounds()
    begin = len(heard(visit))  # a busy browser may have been late with the second segment, but no longer is
    narrow(tools, 60)
    visit.until(f"{RUNG}.includes('163 kbit/s')")
    visit.until(f"{RUNG}.includes('35 kbit/s')")
    visit.until_it_sounds(beyond=visit.time)
    assert asked[0] == "opus-96"
    assert set(asked) <= {"opus-96", "opus-160", "opus-64", "opus-32"}  # FLAC is offered as well
    return heard(visit)[begin:]


@pytest.mark.usefixtures("at_hand")
def test_a_line_grows_wide_and_narrow_and_the_rung_follows_without_a_gap(visiting: Visiting) -> None:
    assert best(lambda: slips(hear_the_line_change(visiting)), good=0.2) < 0.2


def test_a_server_that_is_busy_is_asked_again_when_it_said(visit: Visit) -> None:
    visit.expected |= {429, 503}
    refusals = [(429, 2), (503, 3)]  # status, and seconds: more than hls.js waits by itself
    asked: list[int] = []

    def refuse(route: Route) -> None:
        asked.append(clock.now())
        if len(asked) > len(refusals):
            return route.continue_()
        status, seconds = refusals[len(asked) - 1]
        return route.fulfill(status=status, headers={"Retry-After": str(seconds)})

    visit.page.route(PIECES, refuse)
    play_long(visit)
    for (_, seconds), waited in zip(refusals, np.diff(asked), strict=False):
        assert waited >= seconds * 1000 - 50


class Exchange:
    """The server's tickets as if each lasted a few seconds: with a number behind, which is checked."""

    def __init__(self, seconds: float) -> None:
        self.ends: list[int] = []  # when each is refused: a little after it says, for what comes by way of this test
        self.used: list[int] = []
        self._lasts = round(seconds * 1000)

    def describe(self, route: Route) -> None:
        """Shorten the tickets of a page or a track on its way to the browser; let nothing follow the track."""
        response = route.fetch()
        number, end = len(self.ends), clock.now() + self._lasts
        self.ends.append(end + LATE)
        text = re.sub(r"(/hls/[^/\"]+)", rf"\1~{number}", response.text())
        text = re.sub(r'("expires_at": ?")[^"]+', rf"\g<1>{clock.rfc3339(end)}", text)
        route.fulfill(response=response, body=re.sub(r'data-then="[^"]*"', "", text))

    def check(self, route: Route) -> None:
        """Let a request pass that has a good ticket."""
        number = int(re.findall(r"~(\d+)", route.request.url)[0])
        if clock.now() > self.ends[number]:
            return route.fulfill(status=404)
        self.used.append(number)
        return route.continue_(url=re.sub(r"~\d+", "", route.request.url))


def test_a_ticket_is_exchanged_before_it_ends_and_nobody_hears_it(owner: Visit, diary: dict[str, Any]) -> None:
    exchange = Exchange(seconds=12)
    owner.page.route(re.compile(rf"{diary['url']}$|/api/v1/tracks/"), exchange.describe)
    owner.page.route(re.compile("/hls/"), exchange.check)
    owner.open(diary["url"])
    owner.page.click(".track-head [data-play]")
    owner.until_it_sounds()
    owner.until(f"{AUDIO}.some(a => a.buffered.length && a.buffered.end(0) > a.currentTime + 10)")
    owner.watch_supply()
    first = max(exchange.used)
    while max(exchange.used) < first + 2:
        owner.until_it_sounds(beyond=owner.time)
    assert not owner.starved


def test_a_locked_track_plays_where_the_browser_offers_no_cryptography(owner: Visit, diary: dict[str, Any]) -> None:
    """As it does not over plain HTTP from another machine."""
    owner.page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    owner.open(diary["url"])
    owner.page.click(".track-head [data-play]")
    owner.until_it_sounds()
    assert owner.script("crypto.subtle") is None
