"""A private track: its owner hears it, locked on the way, and nobody hears it for long who has lost the right to."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from mediaserver.accounts import accounts
from mediaserver.base.db import Tx
from tests import running, sounds
from tests.browser.conftest import AUDIO, Shop, Visiting

SECONDS = 90.0
AHEAD = 33.0  # seconds of sound that a player holds at most; the server takes 20 to learn what another process changed
PIECE = re.compile(r"/hls/[^?]*\d\.m4s")


@dataclass(frozen=True)
class House:
    """A server in this process, in a thread of its own, with one private track; `disable` takes the owner's rights."""

    shop: Shop
    site: running.Site
    loop: asyncio.AbstractEventLoop

    def disable(self, name: str) -> None:
        change = self.site.services.db.write(_disable, name)
        asyncio.run_coroutine_threadsafe(change, self.loop).result(running.PATIENCE)


def _disable(tx: Tx, name: str) -> None:
    accounts.disable(tx, accounts.named(tx, name).id)


async def serve(folder: Path, ready: Future[House], over: asyncio.Event) -> None:
    path = sounds.write(folder / "diary.flac", sounds.tone(SECONDS, hz=220, level=0.2), metadata={"title": "Diary"})
    async with running.site(folder / "data") as site:
        ann = await site.join("ann")
        track = await ann.publish(BytesIO(path.read_bytes()), path.name, visibility="private")
        ready.set_result(House(Shop(site.root, ann.token or "", [track] * 3), site, asyncio.get_running_loop()))
        await over.wait()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ready: Future[House] = Future()
    over = asyncio.Event()
    thread = threading.Thread(target=partial(asyncio.run, serve(tmp_path, ready, over)), daemon=True)
    thread.start()
    found = ready.result(running.PATIENCE)
    try:
        yield found
    finally:
        found.loop.call_soon_threadsafe(over.set)
        thread.join(running.PATIENCE)


def test_who_loses_the_right_hears_no_more_than_is_there_already(visiting: Visiting, house: House) -> None:
    visit = visiting(signed_in=True, at=house.shop)
    visit.expected |= {404}
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.extend(PIECE.findall(request.url)))
    visit.open(house.shop.long["url"])
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds()
    kinds = visit.script(f"fetch('{asked[0]}').then(a => a.text()).then(text => text.match(/moof|mdat|styp/))")
    assert kinds is None, "the segment can be read without a key"
    held = f"{AUDIO}.filter(a => a.buffered.length).map(a => a.buffered.end(0) - a.currentTime)[0]"
    visit.until(f"{held} > 20")
    visit.page.wait_for_timeout(500)
    assert visit.script(held) < AHEAD
    house.disable("ann")
    visit.page.focus("#player [data-part=wave]")
    visit.page.keyboard.press("End")
    visit.until("document.querySelector('[data-part=notice]').textContent.includes('cannot be played')")
    assert visit.script(f"{AUDIO}.every(a => a.paused)")
