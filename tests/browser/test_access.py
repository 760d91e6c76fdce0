"""Everybody can use it: axe finds nothing on any page, in both colour schemes, on a phone and on a wide screen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests import running, sounds
from tests.browser.conftest import SHORT, Visit, publish

AXE = running.ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 800}
LONGEST = 200  # characters
NAMES = {  # in three scripts, one of them from right to left, without a space to break at, and with other marks
    "words": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "right to left": "ليلة طويلة على شاطئ البحر ",
    "no spaces": "夜に駆ける長い題名の歌",
    "marks": "👩‍👩‍👧‍👦🎹 <b>&amp;\"'</b> ",
}


def long(name: str) -> str:
    return (NAMES[name] * LONGEST)[:LONGEST].strip()


LOOKS = (("light", WIDE), ("dark", PHONE))


def fits(visit: Visit, size: Any) -> bool:
    """Whether nothing of the page is beside a window of this size."""
    visit.page.set_viewport_size(size)
    return bool(visit.script("document.documentElement.scrollWidth <= innerWidth"))


def faults(visit: Visit, where: str, looks: Sequence[tuple[str, Any]] = LOOKS) -> dict[str, Any]:
    """What axe finds on the page as it stands, in each of the looks: a colour scheme, and a size of the window."""
    page: Any = visit.page
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for scheme, size in looks:
        page.emulate_media(color_scheme=scheme)
        if not fits(visit, size):
            found[f"{where} {scheme} is too wide"] = size
        seen = page.evaluate(f"axe.run({{runOnly: {RULES}}})")["violations"]
        found |= {f"{where} {scheme} {one['id']}": [node["html"] for node in one["nodes"]] for one in seen}
    return found


def test_axe_finds_nothing(owner: Visit) -> None:
    visit = owner
    visit.expected |= {404}
    shop = visit.shop
    one, other, _ = (track["id"] for track in shop.album)
    artist = shop.album[0]["artist"]["id"]
    edits = [f"/library/tracks/{one}/edit", f"/library/releases/{shop.album[0]['release']['id']}/edit"]
    edits += [f"/library/artists/{artist}/edit", f"/library/tracks/edit?id={one}&id={other}"]
    lists = ["/library/tracks", "/library/artists", f"/library/artists/{artist}/followers", "/settings"]
    admin = ["/admin/library", "/admin/blocklist"]
    visit.open(shop.release)
    visit.page.click("[data-play-all]")
    visit.until_it_sounds()
    found: dict[str, Any] = {}
    for address in ["/", shop.artist, shop.release, shop.long["url"], "/upload", "/nowhere", *edits, *lists, *admin]:
        visit.open(address)
        visit.until("document.querySelector('#player.has-track')")
        found |= faults(visit, address)
    page: Any = visit.page
    page.set_viewport_size(WIDE)
    for panel in ("queue", "settings"):
        page.click(f"[data-do={panel}]")
        found |= faults(visit, panel, LOOKS[:1])
    page.set_viewport_size(PHONE)
    page.click("[data-do=fold]")
    found |= faults(visit, "the large player", LOOKS[1:])
    assert found == {}


def test_axe_finds_nothing_before_one_is_signed_in(visit: Visit) -> None:
    visit.expected |= {401}
    found: dict[str, Any] = {}
    for address in ("/", visit.shop.artist, visit.shop.long["url"], "/sign-in", "/upload"):
        visit.open(address)
        visit.until("document.querySelector('h1')")
        found |= faults(visit, address)
    assert found == {}


def test_names_of_any_length_and_script_fit(owner: Visit, tmp_path: Path) -> None:
    shop = owner.shop
    tags = {"title": long("words"), "artist": long("right to left"), "album": long("right to left"), "track": "1"}
    path = sounds.write(tmp_path / "long.flac", sounds.tone(SHORT, hz=155), metadata=tags)
    track = publish(shop.root, shop.token, path, visibility="unlisted")
    changes = {"words": long("no spaces"), "label": long("marks"), "copyright": long("words")}
    changes |= {"credits": [{"role": "composer", "name": long("marks")}]}
    owner.open(track["url"])
    ask = f"(method, body) => fetch('/api/v1/tracks/{track['id']}', {{ method, body }}).then(answer => answer.status)"
    assert owner.page.evaluate(f"(body) => ({ask})('PATCH', body)", json.dumps(changes)) == 200
    owner.page.click(".track-head [data-play]")
    owner.until_it_sounds()
    place = f"/library/tracks/{track['id']}"
    wide = []
    for address in (track["url"], track["release"]["url"], f"{place}/edit", f"{place}/history", "/library/tracks"):
        owner.open(address)
        owner.until("document.querySelector('#player.has-track')")
        wide += [address for _, size in LOOKS if not fits(owner, size)]
    owner.script(f"({ask})('DELETE')")
    assert wide == []
