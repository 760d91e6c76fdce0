"""Looking after many recordings: found while one types, chosen with the mouse and by keyboard, edited together."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediaserver.media import artwork
from mediaserver.server.request import COOKIE
from tests import sounds
from tests.browser.conftest import Shop, Visit, Visiting, _request, publish

PHONE = {"width": 360, "height": 740}
TITLES = ["Hoarfrost", "Sleigh", "Thaw", "Туман"]


@pytest.fixture(scope="module")
def winter(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Private recordings, so that nothing else in the shop changes; their ids."""
    folder = tmp_path_factory.mktemp("winter")
    files = [sounds.write(folder / f"{title}.wav", sounds.tone(1 + n / 4)) for n, title in enumerate(TITLES)]
    return [publish(shop.root, shop.token, file, visibility="private")["id"] for file in files]


def now(shop: Shop, track_id: str) -> dict[str, Any]:
    found: dict[str, Any] = _request(shop.root, shop.token, f"/api/v1/tracks/{track_id}")
    return found


def change(shop: Shop, track_id: str, **changes: Any) -> None:
    headers = {"Cookie": f"{COOKIE}={shop.token}", "Content-Type": "application/json"}
    address = f"{shop.root}/api/v1/tracks/{track_id}"
    request = urllib.request.Request(address, json.dumps(changes).encode(), headers, method="PATCH")
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 200


def box(visit: Visit, title: str) -> Any:
    return visit.page.get_by_label(f"Choose {title}", exact=True)


def test_many_are_chosen_and_edited_together(owner: Visit, winter: list[str]) -> None:
    shop = owner.shop
    for number, each in enumerate(winter):
        change(shop, each, bpm=90 + number, language="deu")
    page = owner.open("/library/tracks")
    assert page.locator("[data-go]").is_disabled()
    box(owner, "Туман").click()
    box(owner, "Sleigh").click(modifiers=["Shift"])
    assert page.locator("[data-count]").inner_text() == "3 chosen"
    page.click("[data-go]")
    page.wait_for_selector("#editor h2:has-text('Edit 3 recordings')")
    owner.until("document.activeElement.matches('#editor h2')")
    assert page.get_by_label("Beats a minute").get_attribute("placeholder") == "Different values"
    assert page.get_by_label("Language").input_value() == "deu"
    page.get_by_label("Genres, separated by commas").fill("Ambient, Snow")
    page.get_by_label("Copyright").fill("℗ Winter")
    page.click("#editor .button:has-text('Save')")
    page.wait_for_selector(".said:has-text('3 recordings are saved.')")
    found = [now(shop, each) for each in winter]
    assert [each["genres"] for each in found] == [[], *[["Ambient", "Snow"]] * 3]
    assert [each["details"]["copyright"] for each in found] == [None, *["℗ Winter"] * 3]
    assert [each["details"]["bpm"] for each in found] == [90, 91, 92, 93]
    assert [each["title"] for each in found] == TITLES


def test_the_keyboard_alone_will_do(owner: Visit, winter: list[str]) -> None:
    page = owner.open("/library/tracks?q=thaw")
    page.get_by_label("Choose all on this page").focus()
    page.keyboard.press("Space")
    assert page.locator("[data-count]").inner_text() == "1 chosen"
    page.locator("[data-go]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#editor h2:has-text('Edit Thaw')")
    page.get_by_label("Subtitle").focus()
    page.keyboard.type("Slow")
    page.keyboard.press("Enter")
    page.wait_for_selector(".said")
    page.wait_for_url("**/library/tracks?q=thaw&saved=1")
    assert now(owner.shop, winter[2])["details"]["subtitle"] == "Slow"


def test_recordings_are_found_while_one_types(owner: Visit, winter: list[str]) -> None:
    page = owner.open("/library/tracks")
    page.get_by_label("Title of the recording or release").press_sequentially("hoar")
    box(owner, "Hoarfrost").wait_for()
    owner.until("document.querySelectorAll('[name=id]').length === 1")
    assert page.get_by_label("Title of the recording or release").input_value() == "hoar"
    page.get_by_label("Title of the recording or release").fill("")
    owner.until("document.querySelectorAll('[name=id]').length > 3")
    page.get_by_label("Title of the recording or release").press_sequentially("slei")
    owner.until("location.search === '?q=slei'")
    page.reload()
    box(owner, "Sleigh").wait_for()
    assert page.locator("[name=id]").count() == 1


def test_what_is_wrong_is_said_and_nothing_is_lost(owner: Visit, winter: list[str]) -> None:
    owner.expected |= {422}
    page = owner.open(f"/library/tracks/{winter[0]}/edit")
    page.get_by_label("Date", exact=True).fill("one day")
    page.get_by_label("Licence").fill("CC BY 4.0")
    page.click(".editor .button:has-text('Save')")
    page.wait_for_selector("[role=alert]:has-text('one day')")
    assert page.get_by_label("Licence").input_value() == "CC BY 4.0"
    page.get_by_label("Date", exact=True).fill("May 1997")
    page.click(".editor .button:has-text('Save')")
    page.wait_for_selector(".track-head h1:has-text('Hoarfrost')")
    found = now(owner.shop, winter[0])
    assert (found["date"], found["details"]["licence"]) == ("1997-05", "CC BY 4.0")


def test_a_picture_is_given_and_taken_away(owner: Visit, winter: list[str], tmp_path: Path) -> None:
    owner.expected |= {415}
    file, other = tmp_path / "sleeve.png", tmp_path / "sleeve.txt"
    file.write_bytes(artwork.encode_png(np.full((300, 300, 3), (180, 60, 20), np.uint8)))
    other.write_text("no picture")
    page = owner.open(f"/library/tracks/{winter[0]}/edit")
    page.set_input_files("[data-artwork] input", other)
    page.wait_for_selector("[data-artwork] .wrong:has-text('not a picture')")
    page.set_input_files("[data-artwork] input", file)
    page.wait_for_selector("[data-artwork] img")
    assert now(owner.shop, winter[0])["artwork"]["colour"] == "#b43c14"
    page.click("[data-remove]")
    page.wait_for_selector("[data-artwork] .sleeve:not(:has(img))")
    assert now(owner.shop, winter[0])["artwork"] is None


def test_an_artist_gets_a_portrait_and_words(owner: Visit, visiting: Visiting, tmp_path: Path) -> None:
    file = tmp_path / "face.png"
    file.write_bytes(artwork.encode_png(np.full((300, 300, 3), (20, 60, 180), np.uint8)))
    page = owner.open(owner.shop.artist)
    page.click("main >> text=Edit")
    page.set_input_files("[data-artwork] input", file)
    page.wait_for_selector("[data-artwork] .sleeve img")
    page.get_by_label("Words").fill("From the *weather* station.")
    page.click("main .button:has-text('Save')")
    page.wait_for_selector(".prose em:has-text('weather')")
    assert visiting().open(owner.shop.artist).locator(".portrait img").count() == 1
    page.click("main >> text=Edit")
    page.get_by_label("Words").fill("")
    page.click("[data-remove]")
    page.wait_for_selector("[data-artwork] .sleeve:not(:has(img))")


def test_one_and_many_are_edited_without_scripts_on_a_phone(visiting: Visiting, winter: list[str]) -> None:
    visit = visiting(signed_in=True, java_script_enabled=False, viewport=PHONE)
    page = visit.open("/library/tracks")
    for title in ("Hoarfrost", "Sleigh"):
        box(visit, title).check()
    page.click("text=Edit the chosen")
    page.get_by_label("Label, if not the release's").fill("Snow")
    page.click("main .button:has-text('Save')")
    assert "2 recordings are saved." in page.locator(".said").inner_text()
    assert [now(visit.shop, each)["details"]["label"] for each in winter[:3]] == ["Snow", "Snow", None]
    page.get_by_label("Edit Sleigh", exact=True).click()
    page.get_by_label("Title", exact=True).fill("Sledge")
    page.click("main .button:has-text('Save')")
    page.locator("th a", has_text="Sledge").wait_for()
    change(visit.shop, winter[1], title="Sleigh")


def test_timed_lyrics_follow_the_sound(visiting: Visiting) -> None:
    visit = visiting(signed_in=True)
    track = visit.shop.long
    lines = [[second * 1000, f"line {second}"] for second in range(60)]
    change(visit.shop, track["id"], synced_lyrics=lines)
    page = visit.open(track["url"])
    page.click(".track-head [data-play]")
    visit.until("document.querySelector('.sung') && document.querySelectorAll('.sung').length === 1")
    visit.until("Number(document.querySelector('.sung').dataset.ms) >= 2000")
    page.locator(".wave.tall").focus()
    page.keyboard.press("End")
    visit.until("document.querySelector('.sung').dataset.ms === '59000'")
    visit.until("document.querySelector('.lyrics').scrollTop > 0")
    change(visit.shop, track["id"], synced_lyrics=None)
