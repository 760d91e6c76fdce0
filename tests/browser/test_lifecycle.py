"""Coming and going in a real browser: a sound replaced, a date in one's own time, something deleted and undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import sounds
from tests.browser.conftest import Shop, Visit, Visiting, publish
from tests.browser.test_access import faults


@pytest.fixture
def track(shop: Shop, tmp_path: Path) -> dict[str, Any]:
    path = sounds.write(tmp_path / "Vault.flac", sounds.tone(2, hz=200), metadata={"title": "Vault"})
    return publish(shop.root, shop.token, path)


def test_a_sound_is_replaced_with_its_progress_shown(visiting: Visiting, track: dict[str, Any], tmp_path: Path) -> None:
    visit = visiting(signed_in=True)
    page = visit.open(track["url"])
    page.click("[data-opens=edit]")
    page.set_input_files("[data-replace] input[type=file]", sounds.write(tmp_path / "new.flac", sounds.tone(3)))
    visit.until("document.querySelector('.track-times time')?.textContent === '0:03'")
    page.click("[data-opens=edit]")
    page.click("text=Bring back")
    visit.until("document.querySelector('.track-times time')?.textContent === '0:02'")


def test_a_file_that_is_no_sound_is_refused_beside_the_button(
    visiting: Visiting, track: dict[str, Any], tmp_path: Path
) -> None:
    visit = visiting(signed_in=True)
    page = visit.open(track["url"])
    page.click("[data-opens=edit]")
    wrong = tmp_path / "letter.wav"
    wrong.write_text("Dear Sir or Madam")
    page.set_input_files("[data-replace] input[type=file]", wrong)
    visit.until("document.querySelector('[data-replace].wrong [data-said]')?.textContent.endsWith('.')")
    assert page.locator(".track-times time").inner_text() == "0:02"


def test_a_date_is_in_the_visitors_own_time(visiting: Visiting, track: dict[str, Any]) -> None:
    visit = visiting(signed_in=True, timezone_id="Asia/Kolkata")
    page = visit.open(track["url"])
    page.click("[data-opens=edit]")
    assert "Asia/Calcutta" in page.locator("[data-zone]").inner_text()
    page.fill("[name=publish_at]", "2999-06-01T12:00")
    page.click("text=Set the date")
    visit.until("document.querySelector('.mark-hidden')?.textContent.includes('1 June 2999')")
    told = page.evaluate(f"fetch('/api/v1/tracks/{track['id']}').then(answer => answer.json())")
    assert told["publish_at"] == "2999-06-01T06:30:00Z"
    page.click("[data-opens=edit]")
    visit.until_it_is("2999-06-01T12:00", lambda: page.input_value("[name=publish_at]"))
    page.click("text=Publish now")
    visit.until("!document.querySelector('.track-head .mark-hidden')")


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without"])
def test_deleting_offers_to_undo_it_at_once(visiting: Visiting, track: dict[str, Any], scripted: bool) -> None:
    visit = visiting(signed_in=True, java_script_enabled=scripted)
    page = visit.open(f"/library/tracks/{track['id']}/edit")
    page.click("text=Delete Vault")
    page.wait_for_url("**/library/deleted?**")
    assert "Vault is deleted." in page.locator(".undo").inner_text()
    page.click(".undo button")
    page.wait_for_url(f"**{track['url']}")
    page.locator("h1:text-is('Vault')").wait_for()


def test_axe_finds_nothing(owner: Visit, track: dict[str, Any], tmp_path: Path) -> None:
    shop = owner.shop
    path = sounds.write(tmp_path / "Gone.flac", sounds.tone(1), metadata={"title": "Gone"})
    gone = publish(shop.root, shop.token, path)
    owner.open("/")
    owner.script(f"fetch('/api/v1/tracks/{gone['id']}', {{method: 'DELETE'}}).then(answer => answer.ok)")
    place = f"/library/tracks/{track['id']}"
    addresses = [track["url"], f"{place}/edit", f"{place}/history", "/admin/history", "/library/deleted"]
    found: dict[str, Any] = {}
    for address in [*addresses, f"/library/deleted?undo=track-{gone['id']}", shop.artist]:
        page = owner.open(address)
        if page.locator("[data-opens=edit]").count():
            page.click("[data-opens=edit]")
        found |= faults(owner, address)
    owner.script(f"fetch('/api/v1/deleted/tracks/{gone['id']}', {{method: 'DELETE'}}).then(answer => answer.ok)")
    assert found == {}
