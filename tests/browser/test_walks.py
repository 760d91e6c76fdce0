"""What people do on the site: come in, set it up, put music in, and get a straight answer where that fails."""

from __future__ import annotations

from pathlib import Path

from tests import running, sounds
from tests.browser.conftest import SHORT, Shop, Visit, Visiting

PASSWORD = running.PASSWORD


def sign_in(visit: Visit, password: str) -> None:
    visit.page.fill("[name=name]", "ada")
    visit.page.fill("[name=password]", password)
    visit.page.click("main form button")


def test_signing_in_and_out(visit: Visit) -> None:
    visit.expected |= {401}
    page = visit.open("/sign-in?next=/upload")
    sign_in(visit, "not the password")
    page.locator("[role=alert]:has-text('not right')").wait_for()
    assert page.locator("[name=name]").input_value() == "ada"
    sign_in(visit, PASSWORD)
    page.wait_for_url(visit.shop.root + "/upload")
    page.click("text=Sign out")
    page.wait_for_url(visit.shop.root + "/")
    page.locator("text=Sign in").wait_for()


def test_the_way_back_after_signing_in_stays_on_this_site(visit: Visit) -> None:
    visit.open("/sign-in?next=//example.org/")
    sign_in(visit, PASSWORD)
    visit.page.wait_for_url(visit.shop.root + "/")


def test_the_link_on_the_terminal_makes_the_first_administrator(visiting: Visiting, tmp_path: Path) -> None:
    with running.program(tmp_path / "data", errors=tmp_path / "log") as program:
        assert program.process.stdout is not None
        link = program.process.stdout.readline().split()[-1]
        visit = visiting(at=Shop(program.root, "", []))
        assert "terminal" in visit.open("/").locator("main").inner_text()
        page = visit.page
        page.goto(link)
        page.fill("[name=name]", "grace")
        page.fill("[name=password]", PASSWORD)
        page.click("main form button")
        page.wait_for_url(program.root + "/upload")
        page.locator(".who:text-is('grace')").wait_for()
        visit.expected |= {404}
        page.goto(link)
        assert "used" in page.locator("main").inner_text()


def test_an_uploaded_file_plays(owner: Visit, tmp_path: Path) -> None:
    file = sounds.write(tmp_path / "Hail & Thunder.wav", sounds.tone(SHORT, hz=311))
    page = owner.open("/upload")
    page.set_input_files("[name=file]", file)
    page.click(".upload-row.ready a:has-text('Hail & Thunder')")
    page.wait_for_selector("h1:has-text('Hail & Thunder')")
    page.click(".track-head [data-play]")
    owner.until_it_sounds()


def test_what_is_no_music_is_refused_with_a_sentence_that_survives_a_reload(owner: Visit, tmp_path: Path) -> None:
    file = tmp_path / "shopping.mp3"
    file.write_text("milk, bread, a new needle")
    page = owner.open("/upload")
    page.set_input_files("[name=file]", file)
    row = page.locator(".upload-row.failed", has_text="shopping.mp3")
    row.wait_for()
    sentence = row.locator(".upload-state").inner_text()
    running.assert_sentence(sentence)
    page.reload()
    assert sentence in page.locator(".upload-row", has_text="shopping.mp3").inner_text()


def test_a_title_is_changed_in_place(owner: Visit, tmp_path: Path) -> None:
    file = sounds.write(tmp_path / "untitled.wav", sounds.tone(2))
    page = owner.open("/upload")
    page.set_input_files("[name=file]", file)
    page.wait_for_selector(".upload-row.ready:has-text('untitled')")
    page.locator(".upload-row.ready:has-text('untitled') [data-act=edit]").click()
    page.fill(".uploads [name=title]", "Sleet")
    page.click(".uploads form button")
    page.wait_for_selector(".upload-title a:has-text('Sleet')")
    page.click(".upload-title a:has-text('Sleet')")
    page.wait_for_selector("h1:has-text('Sleet')")


def test_every_page_reads_and_plays_without_scripts(visiting: Visiting) -> None:
    visit = visiting(java_script_enabled=False)
    shop = visit.shop
    for address, heading in (("/", "Weather Report"), (shop.artist, "ada"), (shop.release, "Weather Report")):
        page = visit.open(address)
        assert heading in page.locator("h1").inner_text()
        assert page.locator("[data-play-all]:visible").count() == 0
        assert page.locator("audio[controls]:visible").count() >= 1
    page = visit.open(shop.long["url"])
    assert page.locator(".track-wave audio[controls]").get_attribute("src") == shop.long["stream"]["progressive"]


def test_signing_in_and_uploading_without_scripts(visiting: Visiting, tmp_path: Path) -> None:
    visit = visiting(java_script_enabled=False)
    page = visit.open("/sign-in?next=/upload")
    sign_in(visit, PASSWORD)
    page.wait_for_url(visit.shop.root + "/upload")
    page.set_input_files("[name=file]", sounds.write(tmp_path / "plain.wav", sounds.tone(1, hz=523)))
    page.click("text=Send")
    page.locator(".upload-row", has_text="plain").wait_for()
