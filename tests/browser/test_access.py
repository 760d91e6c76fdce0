"""Everybody can use it: axe finds nothing on any page, in both colour schemes, on a phone and on a wide screen."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from tests import running
from tests.browser.conftest import Visiting

AXE = running.ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 800}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_axe_finds_nothing(visiting: Visiting, scheme: Literal["light", "dark"], viewport: dict[str, int]) -> None:
    visit = visiting(signed_in=True, color_scheme=scheme, viewport=viewport)
    visit.expected |= {404}
    shop = visit.shop
    one, other, _ = (track["id"] for track in shop.album)
    edits = [f"/library/tracks/{one}/edit", f"/library/releases/{shop.album[0]['release']['id']}/edit"]
    edits += ["/library/tracks", f"/library/tracks/edit?id={one}&id={other}"]
    addresses = ["/", shop.artist, shop.release, shop.long["url"], "/sign-in", "/upload", "/nowhere", *edits]
    visit.open(shop.release)
    visit.page.click("[data-play-all]")
    visit.until_it_sounds()
    found = {}
    for address in addresses:
        page = visit.open(address)
        visit.until("document.querySelector('#player.has-track')")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        seen: dict[str, Any] = page.evaluate(f"axe.run({{runOnly: {RULES}}})")
        found |= {f"{address} {one['id']}": [node["html"] for node in one["nodes"]] for one in seen["violations"]}
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide"
    assert found == {}
