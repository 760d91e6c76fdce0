"""Pages that were left are let go of, whatever plays meanwhile: a visit of hours must not fill the browser's memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mutagen.flac
import numpy as np
import pytest

from mediaserver.media import artwork
from tests import sounds
from tests.browser.conftest import SHORT, Shop, Visit, publish

KEPT = 12  # pages: more than Turbo keeps for going back
HELD = 1500  # nodes: a third of what as many pages have
NOTHING = "document.querySelector('html[aria-busy]') === null"


def sleeved(folder: Path, number: int) -> Path:
    """A track of one album, with a picture of its own."""
    tags = {"title": f"Side {number}", "album": "Two Sides", "track": str(number)}
    path = sounds.write(folder / f"{number}.flac", sounds.tone(SHORT, hz=200 * number, level=0.1), metadata=tags)
    tagged, picture = mutagen.flac.FLAC(path), mutagen.flac.Picture()
    picture.type, picture.mime = 3, "image/png"
    picture.data = artwork.encode_png(np.full((700, 700, 3), 60 * number, np.uint8))
    tagged.add_picture(picture)
    tagged.save()
    return path


@pytest.fixture(scope="module")
def sides(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sides")
    return [publish(shop.root, shop.token, sleeved(folder, number), visibility="unlisted") for number in (1, 2)]


class Meter:
    """Counts the nodes that the browser holds, those of pages in its hands and those of pages that were left."""

    def __init__(self, visit: Visit) -> None:
        self._devtools = visit.page.context.new_cdp_session(visit.page)
        self._devtools.send("HeapProfiler.enable")

    def nodes(self) -> int:
        self._devtools.send("HeapProfiler.collectGarbage")
        return int(self._devtools.send("Memory.getDOMCounters")["nodes"])


def walk(visit: Visit, sides: list[dict[str, Any]], *, playing: bool) -> None:
    """Go to and fro between the album and its tracks, and play each of them if so wished."""
    for number in range(KEPT):
        side = sides[number // 2 % 2]
        address = side["release"]["url"] if number % 2 else side["url"]
        visit.page.click(f"main a[href='{address}']")
        visit.until(f"location.pathname === '{address}' && {NOTHING}")
        if playing and address == side["url"]:
            visit.page.click(".track-head [data-play]")
            visit.until(f"document.querySelector('#player [data-part=title]').textContent === '{side['title']}'")


@pytest.mark.parametrize("playing", [False, True], ids=["one track", "several tracks"])
def test_left_pages_are_let_go_of(visit: Visit, sides: list[dict[str, Any]], playing: bool) -> None:
    visit.open(sides[0]["release"]["url"])
    visit.page.click("main [data-play]")
    visit.until_it_sounds()
    meter = Meter(visit)
    walk(visit, sides, playing=playing)
    before = meter.nodes()
    walk(visit, sides, playing=playing)
    visit.until_it_is(True, lambda: meter.nodes() < before + HELD)
