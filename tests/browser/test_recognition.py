"""Sounds that are here already, and sounds that are refused, as who sends them sees it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests import sounds
from tests.browser.conftest import Visit


def send(page: Page, file: Path, state: str) -> Locator:
    page.set_input_files("[name=file]", file)
    row = page.locator(f".upload-row.{state}", has_text=file.stem)
    row.wait_for()
    return row


def test_an_uploader_is_shown_what_is_here_already(owner: Visit, tmp_path: Path) -> None:
    sound = sounds.music(8, seed=21)
    flac = sounds.write(tmp_path / "Puddle.flac", sound)
    coded = sounds.write(tmp_path / "Puddle again.mp3", sound, bit_rate=64_000)
    page = owner.open("/upload")
    assert send(page, flac, "ready").locator(".upload-twins").count() == 0
    row = send(page, coded, "ready")
    note = row.locator(".upload-twins")
    assert note.inner_text() == "This sounds the same as what is here already: ada – Puddle"
    flac.rename(tmp_path / "Copy.flac")
    page.set_input_files("[name=file]", tmp_path / "Copy.flac")
    page.wait_for_selector(".upload-twins:has-text('This very file is here already')")
    page.locator(".upload-twins a").first.click()
    page.wait_for_selector("h1:has-text('Puddle')")


def test_an_administrator_refuses_a_sound(owner: Visit, tmp_path: Path) -> None:
    file = sounds.write(tmp_path / "Flood.flac", sounds.music(8, seed=22))
    page = owner.open("/upload")
    send(page, file, "ready").locator(".upload-title a").click()
    page.wait_for_selector("h1:has-text('Flood')")
    address = page.url
    page.click("footer a:has-text('Refused sounds')")
    page.fill("[name=track]", address)
    page.fill("[name=reason]", "It is too wet.")
    page.click("main form .button:has-text('Refuse')")
    page.wait_for_selector(".blocklist li:has-text('Flood')")
    again = file.rename(tmp_path / "Flood again.flac")
    page = owner.open("/upload")
    assert "It is too wet." in send(page, again, "failed").locator(".upload-state").inner_text()
    owner.open("/admin/blocklist").click(".blocklist li:has-text('Flood') button")
    page.wait_for_selector("main:has-text('Nothing is refused')")
