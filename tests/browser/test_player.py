"""The player in a real browser: it sounds, it seeks, and nothing that one does on the site stops it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from tests import sounds
from tests.browser.conftest import AUDIO, RUNG, SHORT, TITLE, Visit, Visiting, play_album, play_long, publish
from tests.browser.listening import best

ELAPSED = (
    "document.querySelector('#player [data-part=elapsed]').textContent.split(':').reduce((m, s) => 60 * m + +s, 0)"
)
NEW = 120.0  # seconds that a track lasts of which nothing was heard before
SOON = 2.0  # seconds within which a seek sounds
NOTE_THE_SEEK = """addEventListener("pointerup", (press) => {
  const audio = [...document.querySelectorAll("audio")].find((one) => !one.paused);
  let place = Infinity;
  audio.addEventListener("seeking", () => (place = audio.currentTime), { once: true });
  audio.addEventListener("timeupdate", function look(event) {
    if (audio.seeking || audio.currentTime <= place) return;
    window.found = { place, wait: (event.timeStamp - press.timeStamp) / 1000 };
    audio.removeEventListener("timeupdate", look);
  });
}, { once: true, capture: true })"""
"""Notes which second a press on the waveform seeks, and how many seconds later the sound runs on from there."""


def test_play_is_heard(visit: Visit) -> None:
    play_album(visit)
    assert visit.playing == "Drizzle"
    assert visit.page.locator("[data-do=toggle]").get_attribute("aria-label") == "Pause"


def seek(visit: Visit, part: float) -> float:
    """Press on the waveform of the page; return after how many seconds the sound runs on from there."""
    wave = visit.page.locator("[data-wave]").bounding_box()
    assert wave is not None
    visit.script(f"window.found = null, {NOTE_THE_SEEK}")
    visit.page.mouse.click(wave["x"] + wave["width"] * part, wave["y"] + wave["height"] / 2)
    visit.until("window.found")
    found = visit.script("window.found")
    assert abs(found["place"] - part * NEW) < 1
    return float(found["wait"])


def test_a_seek_to_where_nothing_was_encoded_sounds_from_there_soon(visit: Visit, tmp_path: Path) -> None:
    """Each place is before the last, so that nothing there was read ahead; a busy machine may delay all but one."""
    path = sounds.write(tmp_path / "New Rain.flac", sounds.tone(NEW, hz=175, level=0.2))
    visit.open(publish(visit.shop.root, visit.shop.token, path, visibility="unlisted")["url"])
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds()
    parts = iter(np.arange(0.9, 0.45, -0.05))
    assert best(lambda: seek(visit, float(next(parts))), good=SOON, tries=9) < SOON


def test_walking_on_does_not_stop_the_sound(visit: Visit) -> None:
    play_long(visit)
    visit.script(f"{AUDIO}.find(a => !a.paused).dataset.seen = 'before'")
    visit.script("document.querySelector('audio[data-seen]').addEventListener('pause', () => window.stopped = true)")
    visit.page.click(".track-head .byline a")
    visit.page.wait_for_url(visit.shop.root + visit.shop.artist)
    visit.until_it_sounds(beyond=visit.time)
    visit.page.click(".mark")
    visit.page.wait_for_url(visit.shop.root + "/")
    visit.until_it_sounds(beyond=visit.time)
    visit.page.go_back()
    visit.page.wait_for_url(visit.shop.root + visit.shop.artist)
    visit.until_it_sounds(beyond=visit.time)
    assert visit.script("document.querySelector('audio[data-seen]').paused") is False
    assert visit.script("window.stopped") is None


def test_the_next_track_follows_by_itself(visit: Visit) -> None:
    play_album(visit)
    visit.go_to_end()
    visit.until_it_plays("Fog")
    visit.page.locator(".row.playing .row-title:text-is('Fog')").wait_for()


def test_next_previous_and_the_queue(visit: Visit) -> None:
    play_album(visit)
    page = visit.page
    page.click("[data-do=next]")
    visit.until_it_plays("Fog")
    visit.pause()
    page.focus("#player [data-part=wave]")
    page.keyboard.press("Home")  # later on, the same key begins the track anew
    page.keyboard.press("Shift+ArrowLeft")
    visit.until_it_plays("Drizzle")
    visit.pause()
    page.click("[data-do=queue]")
    titles = page.locator(".queue-title")
    visit.until_it_is(["Drizzle", "Fog", "Long Rain"], titles.all_inner_texts)
    page.click("[aria-label='Move Long Rain up']")
    visit.until_it_is(["Drizzle", "Long Rain", "Fog"], titles.all_inner_texts)
    page.click("[aria-label='Remove Fog']")
    visit.until_it_is(["Drizzle", "Long Rain"], titles.all_inner_texts)


def test_a_reload_keeps_queue_position_and_volume(visit: Visit) -> None:
    play_album(visit)
    page = visit.page
    page.click(".row:nth-child(3) [data-play]")
    page.keyboard.press("Shift+ArrowRight")
    wave = page.locator("#player [data-part=wave]")
    wave.focus()
    page.keyboard.press("PageUp")
    visit.until_it_sounds(beyond=29)
    page.locator("[data-part=volume]").fill("40")
    page.reload()
    visit.until(f"{TITLE} === 'Long Rain'")
    visit.until("document.querySelector('#player [data-part=wave]').ariaValueNow >= 29")
    assert page.locator("[data-part=volume]").input_value() == "40"
    visit.until_it_is(3, page.locator(".queue-title").count)
    page.click("[data-do=toggle]")
    visit.until_it_sounds(beyond=29)


def test_the_keyboard(visit: Visit) -> None:
    play_long(visit)
    page = visit.page
    page.locator("main").focus()
    page.keyboard.press("Space")
    visit.until(f"{AUDIO}.every(a => a.paused)")
    page.keyboard.press("Space")
    visit.until_it_sounds()
    page.keyboard.press("m")
    visit.until(f"{AUDIO}.every(a => a.muted)")
    page.keyboard.press("?")
    page.locator("dialog#keys").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog#keys").wait_for(state="hidden")
    wave = page.locator("#player [data-part=wave]")
    wave.focus()
    page.keyboard.press("PageUp")
    visit.until_it_sounds(beyond=29)
    visit.pause()
    visit.go_to_end()
    visit.until(f"document.querySelector('#player [data-part=wave]').ariaValueNow >= {visit.shop.long['duration'] - 5}")


def test_a_link_to_a_moment_plays_from_there(visit: Visit) -> None:
    visit.open(visit.shop.long["url"] + "#t=100")
    visit.page.click(".track-head [data-play]")
    visit.until_it_sounds(beyond=100)
    assert visit.time < 200


def test_quality_can_be_chosen_and_is_shown(visit: Visit) -> None:
    visit.page.add_init_script("localStorage.setItem('player.quality', JSON.stringify('high'))")
    play_long(visit)
    visit.until(f"{RUNG} === 'Playing: Opus, 163 kbit/s'")
    visit.pause()
    visit.page.click("[data-do=settings]")
    visit.page.locator("input[value=low]").check(force=True)
    visit.until(f"{RUNG}.endsWith('\\nIn a few seconds: Opus, 67 kbit/s')")
    visit.page.click("[data-do=toggle]")
    visit.until(f"{RUNG} === 'Playing: Opus, 67 kbit/s'")
    visit.page.locator("[data-part=lossless]").wait_for()
    visit.until_it_sounds(beyond=visit.time)


def test_who_spares_the_line_is_given_a_low_rung(visiting: Visiting) -> None:
    visit = visiting()
    visit.page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    play_long(visit)
    visit.until(f"{RUNG} === 'Playing: Opus, 67 kbit/s'")


def test_a_browser_without_opus_is_given_aac(visiting: Visiting) -> None:
    visit = visiting()
    visit.page.add_init_script("MediaSource.isTypeSupported = (type) => type.includes('mp4a')")
    play_long(visit)
    visit.until(f"{RUNG}.includes('AAC')")
    assert visit.page.locator("input[value=lossless]").is_hidden()


def test_what_the_queue_no_longer_has_next_is_not_played(visit: Visit) -> None:
    play_album(visit)
    visit.script(f"{AUDIO}.find(a => !a.paused).dataset.seen = 'with Fog'")
    visit.pause()
    visit.page.click("[data-do=queue]")
    visit.page.click("[aria-label='Move Long Rain up']")
    visit.page.click("[data-do=toggle]")
    visit.until_it_sounds()
    visit.go_to_end()
    visit.until(f"{TITLE} !== 'Drizzle'")
    assert visit.playing == "Long Rain"
    visit.until_it_sounds(beyond=0.5)
    assert visit.script("document.querySelector('[data-seen]').paused") is True
    assert visit.page.locator(".queue-row[data-current] .queue-title").inner_text() == "Long Rain"


def test_tracks_of_a_run_are_reached_and_left_within_it(visit: Visit) -> None:
    play_album(visit)
    visit.script(f"{AUDIO}.find(a => !a.paused).dataset.seen = 'first'")
    visit.page.keyboard.press("Shift+ArrowRight")
    visit.until(f"{TITLE} === 'Fog'")
    visit.until(f"document.querySelector('#player [data-part=total]').textContent === '0:{SHORT:.0f}'")
    visit.pause()
    visit.page.keyboard.press("Shift+ArrowRight")
    visit.until(f"{TITLE} === 'Long Rain'")
    before = 2 * SHORT
    visit.until(f"Math.abs({ELAPSED} + {before} - document.querySelector('[data-seen]').currentTime) < 2")
    visit.until(f"{ELAPSED} > 0")
    assert visit.script("document.querySelector('[data-seen]').paused") is False
    assert visit.script("document.querySelector('[data-seen]').currentTime") > before
    assert visit.page.locator("#player [data-part=wave]").get_attribute("aria-valuemax") == "240"
    visit.pause()
    visit.page.focus("#player [data-part=wave]")
    visit.page.keyboard.press("Home")
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.until_it_plays("Fog")


def test_tracks_that_cannot_be_had_as_one_stream_play_one_by_one(visit: Visit) -> None:
    visit.expected |= {404}
    visit.page.route(re.compile("/hls/run/"), lambda route: route.fulfill(status=404))
    play_album(visit)
    visit.go_to_end()
    visit.until_it_plays("Fog")


def test_a_stream_that_fails_is_tried_again_and_goes_on(visit: Visit) -> None:
    visit.expected |= {503}
    refusals = []

    def refuse(route: object) -> None:
        refusals.append(route)
        route.fulfill(status=503) if len(refusals) < 3 else route.continue_()  # type: ignore[attr-defined]

    visit.page.route(re.compile("/master.m3u8"), refuse)
    play_album(visit)
    assert len(refusals) >= 3
