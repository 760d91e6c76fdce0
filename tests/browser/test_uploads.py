"""Uploads from the page over a line that breaks, in a tab that is closed, within what an account may have."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Dialog

from tests import sounds
from tests.browser.conftest import Shop, Visit, Visiting
from tests.server.cutting import Line, cutting

MiB = 2**20
SIZE = 48 * MiB  # each request brings 16 MiB, on whatever connection: so a cut comes before that
NUMBERS = itertools.count(1)
BROKEN = "net::ERR_"  # what the browser says of a line that breaks


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = sounds.large_wave(tmp_path / f"Downpour {next(NUMBERS)}.wav", SIZE)
    with path.open("r+b") as file:
        file.seek(MiB)
        file.write(str(tmp_path).encode() * 2)  # so that no two tests send the same
    return path


def ready(song: Path) -> str:
    return f".upload-row.ready a:text-is('{song.stem}')"


def over(visiting: Visiting, shop: Shop, address: str) -> Visit:
    visit = visiting(signed_in=True, at=replace(shop, root=address))
    visit.expected |= {BROKEN, 409}  # a browser that sends again by itself meets what has arrived already
    return visit


def left_midway(visiting: Visiting, shop: Shop, song: Path, address: str, line: Line) -> Visit:
    """Begin an upload that the line cuts off, leave the page, and come back once the line is there again."""
    visit = over(visiting, shop, address)
    page = visit.page
    page.on("dialog", Dialog.accept)
    visit.open("/upload")
    page.set_input_files("[name=file]", str(song))
    page.wait_for_selector(".upload-row.paused:has-text('by itself')")
    page.goto("about:blank")
    line.down = False
    visit.open("/upload")
    return visit


def test_an_upload_that_is_cut_off_goes_on_by_itself(visiting: Visiting, shop: Shop, song: Path) -> None:
    with cutting(shop.root, 8 * MiB, 12 * MiB) as (address, line):
        visit = over(visiting, shop, address)
        page = visit.open("/upload")
        page.set_input_files("[name=file]", str(song))
        page.wait_for_selector(ready(song))
        assert line.cut == 2


def test_an_upload_goes_on_after_the_page_was_closed(visiting: Visiting, shop: Shop, song: Path) -> None:
    with cutting(shop.root, 12 * MiB, stays_down=True) as (address, line):
        visit = left_midway(visiting, shop, song, address, line)
        page = visit.page
        row = page.locator(".upload-row.unfinished", has_text=song.name)
        assert "Choose the same file" in row.locator(".upload-state").inner_text()
        begun: list[str] = []
        page.on("request", lambda request: begun.append(request.url) if request.method == "POST" else None)
        page.set_input_files("[name=file]", str(song))
        page.wait_for_selector(ready(song))
        assert row.count() == 0
        assert begun == []


def test_a_file_of_which_something_else_is_said_since_begins_anew(visiting: Visiting, shop: Shop, song: Path) -> None:
    with cutting(shop.root, 12 * MiB, stays_down=True) as (address, line):
        visit = left_midway(visiting, shop, song, address, line)
        page = visit.page
        page.select_option("[name=visibility]", "private")
        page.set_input_files("[name=file]", str(song))
        page.wait_for_selector(ready(song))
        assert page.locator(".upload-row.unfinished").count() == 0
        page.click(ready(song))
        page.wait_for_selector("main .mark-hidden:text('Private')")


def test_what_is_not_finished_can_be_given_up(visiting: Visiting, shop: Shop, song: Path) -> None:
    with cutting(shop.root, 12 * MiB, stays_down=True) as (address, line):
        visit = left_midway(visiting, shop, song, address, line)
        page = visit.page
        with page.expect_response(lambda response: response.request.method == "DELETE") as told:
            page.locator(".upload-row.unfinished [data-act=cancel]").click()
        assert told.value.status == 204
        visit.open("/upload")
        assert page.locator(".upload-row.unfinished").count() == 0


def test_an_upload_that_is_cancelled_leaves_nothing(visiting: Visiting, shop: Shop, song: Path) -> None:
    with cutting(shop.root, 12 * MiB, *[MiB // 16] * 1000) as (address, line):  # it tries again, and never comes far
        visit = over(visiting, shop, address)
        page = visit.open("/upload")
        page.set_input_files("[name=file]", str(song))
        page.wait_for_selector(".upload-row.paused")
        with page.expect_response(lambda response: response.request.method == "DELETE") as told:
            page.locator(".upload-row [data-act=cancel]:visible").first.click()
        assert told.value.status == 204
        page.wait_for_selector(".upload-row.cancelled [data-act=again]:visible")
        line.cuts.clear()
        page.locator(".upload-row.cancelled [data-act=again]").click()
        page.wait_for_selector(ready(song))


def test_an_upload_goes_on_while_one_looks_at_other_pages(owner: Visit, tmp_path: Path) -> None:
    song = sounds.write(tmp_path / "Shower.wav", sounds.tone(1.5, hz=1234))
    owner.expected |= {BROKEN}
    page = owner.open("/upload")
    page.route("**/uploads/tus/*", lambda route: route.abort())
    page.set_input_files("[name=file]", str(song))
    page.wait_for_selector(".upload-row.paused")
    page.click(".mark")
    page.wait_for_selector("body.home")
    page.click("text=Upload")
    page.wait_for_selector("body.upload")
    owner.until("document.querySelector('.upload-row.paused, .upload-row.sending')")
    assert page.locator(".upload-row", has_text=song.name).count() == 1
    page.unroute("**/uploads/tus/*")
    page.wait_for_selector(ready(song))


def test_the_page_says_what_is_taken(owner: Visit) -> None:
    page = owner.open("/upload")
    said = page.locator("[data-drop]").inner_text()
    for word in ("RF64", "DSD", "Matroska", "videos", "2.1 GB"):
        assert word in said


def test_the_library_for_uploads_comes_with_the_first_upload(owner: Visit, song: Path) -> None:
    scripts: list[str] = []
    owner.page.on("request", lambda request: scripts.append(request.url) if request.url.endswith(".js") else None)
    page = owner.open("/upload")
    page.wait_for_load_state("networkidle")
    before = len(scripts)
    page.set_input_files("[name=file]", str(song))
    page.wait_for_selector(ready(song))
    assert len(scripts) == before + 1
