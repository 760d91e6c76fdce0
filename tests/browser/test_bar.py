"""The bar and what opens from it: by keyboard, on a phone, on a tablet, before anything was played."""

from __future__ import annotations

import pytest

from tests import running
from tests.browser.conftest import AUDIO, TITLE, Visit, Visiting, play_album, play_long

PHONE = {"width": 360, "height": 740}
NOTICE = "document.querySelector('[data-part=notice]').textContent"
INSIDE = "document.activeElement.closest('#player') !== null"


def test_the_keyboard_stays_within_the_large_player(visiting: Visiting) -> None:
    visit = visiting(viewport=PHONE)
    play_album(visit)
    page = visit.page
    page.click("[data-do=fold]")
    for key in ["Shift+Tab"] * 3 + ["Tab"] * 12:
        page.keyboard.press(key)
        assert visit.script(INSIDE) or visit.script("document.activeElement === document.body")
    page.keyboard.press("Escape")
    page.locator("main").focus()
    assert visit.script("document.activeElement.id") == "main"


def test_a_link_is_shared_before_anything_plays(visiting: Visiting) -> None:
    visit = visiting(permissions=["clipboard-read", "clipboard-write"])
    page = visit.open(visit.shop.long["url"])
    page.click("[data-share]")
    page.locator("[data-part=notice]:visible:text-is('The link is copied.')").wait_for()
    assert page.locator("#player button:visible").count() == 0
    assert visit.script("navigator.clipboard.readText()") == page.url


def test_the_list_of_keys_opens_before_anything_plays(visit: Visit) -> None:
    page = visit.open("/")
    page.click("[data-keys]")
    page.locator("dialog#keys button").click()
    page.locator("dialog#keys").wait_for(state="hidden")


def test_the_keyboard_keeps_its_place_in_the_queue(visit: Visit) -> None:
    play_album(visit)
    page = visit.page
    page.click("[data-do=queue]")
    page.focus("[aria-label='Remove Long Rain']")
    visit.script("document.querySelector('[data-do=next]').click()")
    visit.until(f"{TITLE} === 'Fog'")
    assert visit.script("document.activeElement.ariaLabel") == "Remove Long Rain"
    page.keyboard.press("Escape")
    page.locator("#queue").wait_for(state="hidden")
    visit.until("document.activeElement.dataset.do === 'queue'")


def test_what_plays_last_is_removed_and_nothing_plays(visit: Visit) -> None:
    play_album(visit)
    page = visit.page
    page.click(".row:nth-child(3) [data-play]")
    visit.until_it_plays("Long Rain")
    page.click("[data-do=queue]")
    page.click("[aria-label='Remove Long Rain']")
    visit.until(f"{AUDIO}.every(a => a.paused)")
    visit.until_it_is(["Drizzle", "Fog"], page.locator(".queue-title").all_inner_texts)
    page.click("[aria-label='Remove Fog']")
    page.click("[aria-label='Remove Drizzle']")
    visit.until_it_is(0, page.locator("#player button:visible").count)


def test_louder_is_heard_when_it_was_muted(visit: Visit) -> None:
    play_album(visit)
    visit.page.focus("[data-do=next]")
    visit.page.keyboard.press("m")
    visit.until(f"{AUDIO}.every(a => a.muted)")
    visit.page.keyboard.press("ArrowUp")
    visit.until(f"{AUDIO}.every(a => !a.muted)")


def test_the_keys_can_be_switched_off_and_stay_so(visit: Visit) -> None:
    play_album(visit)
    page = visit.page
    page.keyboard.press("?")
    page.get_by_role("switch", name="Keyboard shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("m")
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_hidden()
    page.click("[data-do=toggle]")
    visit.until_it_sounds()
    assert visit.script(f"{AUDIO}.every(a => !a.muted)")


@pytest.mark.parametrize("width", [768, 900, 1280])
def test_everything_is_at_hand_where_there_is_room(visiting: Visiting, width: int) -> None:
    visit = visiting(viewport={"width": width, "height": 700})
    play_album(visit)
    for name in ("shuffle", "previous", "next", "repeat", "mute", "share", "settings", "queue"):
        assert visit.page.locator(f"[data-do={name}]").is_visible(), name
    wave = visit.page.locator("#player .wave").bounding_box()
    assert wave is not None
    assert wave["width"] > 120
    assert visit.page.locator("[data-part=volume]").is_visible()


def test_the_waveform_of_a_page_lets_go_of_another_track(visit: Visit) -> None:
    play_long(visit)
    wave = visit.page.locator("[data-wave]")
    wave.focus()
    visit.page.keyboard.press("PageUp")
    visit.until("document.querySelector('[data-wave]').ariaValueNow >= 29")
    visit.page.locator(".row [data-play]").first.click()
    visit.until(f"{TITLE} === 'Drizzle'")
    visit.until_it_is("0", lambda: wave.get_attribute("aria-valuenow"))
    visit.until_it_is("0:00", visit.page.locator("[data-elapsed]").inner_text)


def test_a_track_goes_on_with_the_next_of_its_release(visit: Visit) -> None:
    visit.open(visit.shop.album[0]["url"])
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds()
    visit.go_to_end()
    visit.until_it_plays("Fog")


def test_even_loudness_works_from_when_it_is_switched_on(visit: Visit) -> None:
    visit.page.add_init_script("""
        localStorage.setItem("player.loudness", "false");
        window.contexts = 0;
        window.AudioContext = class extends AudioContext {
          constructor(options) { super(options); window.contexts += 1; }
        };
    """)
    play_album(visit)
    assert visit.script("window.contexts") == 0
    visit.page.click("[data-do=settings]")
    visit.page.get_by_role("switch", name="Even loudness").check()
    visit.until("window.contexts === 1")
    visit.until_it_sounds(beyond=visit.time)


def test_the_lock_screen_is_told_of_a_seek_in_a_pause(visit: Visit) -> None:
    visit.page.add_init_script(
        "MediaSession.prototype.setPositionState = ({ position }) => (window.told = Math.floor(position))"
    )
    play_long(visit)
    visit.pause()
    visit.page.focus("#player [data-part=wave]")
    visit.page.keyboard.press("Home")
    visit.page.keyboard.press("PageUp")
    visit.until("window.told === 30")


def test_a_browser_that_can_play_nothing_is_told_so(visit: Visit) -> None:
    visit.page.add_init_script("MediaSource.isTypeSupported = () => false")
    visit.open(visit.shop.release)
    visit.page.click("[data-play-all]")
    visit.until(f"{NOTICE}.includes('cannot play the streams')")
    assert visit.script("!document.querySelector('#player.playing')")


def test_a_listener_is_told_when_the_sound_is_slow_to_come(visit: Visit) -> None:
    visit.page.route("**/hls/**", lambda _: None)  # never answered
    visit.open(visit.shop.release)
    visit.page.click("[data-play-all]")
    visit.until(f"{NOTICE}.includes('slow to come')")


def test_signing_out_forgets_what_was_played(visit: Visit) -> None:
    """With a session of its own, which it ends."""
    page = visit.open("/sign-in")
    page.fill("[name=name]", "ada")
    page.fill("[name=password]", running.PASSWORD)
    page.click("main form button")
    page.locator("text=Sign out").wait_for()
    other = page.context.new_page()
    other.goto(visit.shop.root + "/library/tracks")
    other.click(".mark")
    other.wait_for_selector("body.home")
    other.evaluate("""() => addEventListener("storage", ({ key }) => (window.told ||= key === "player.left"))""")
    play_album(visit)
    page.click("text=Sign out")
    page.locator("text=Sign in").wait_for()
    visit.until("!localStorage['player.queue'].includes('Drizzle')")
    visit.until_it_is(0, page.locator("#player button:visible").count)
    visit.until_it_is(True, lambda: other.evaluate("window.told"))
    other.go_back()  # what the other tab kept of its pages is gone as well
    other.locator("h1:has-text('Please sign in')").wait_for()


def test_previous_goes_round_where_everything_is_repeated(visit: Visit) -> None:
    play_album(visit)
    visit.page.click("[data-do=repeat]")
    visit.pause()
    visit.page.focus("#player [data-part=wave]")
    visit.page.keyboard.press("Home")
    visit.page.click("[data-do=previous]")
    visit.until(f"{TITLE} === 'Long Rain'")


def test_numbers_stand_before_titles_without_scripts(visiting: Visiting) -> None:
    visit = visiting(java_script_enabled=False)
    page = visit.open(visit.shop.release)
    assert page.locator(".row-names").first.inner_text().split() == ["1.", "Drizzle"]
