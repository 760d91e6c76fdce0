"""What the player hands to the media source is in a form that every browser takes, and not Chromium alone."""

from __future__ import annotations

from tests.browser.conftest import AUDIO, LONG, Visit, play_long

MIDDLE = LONG / 2
KEEP = """
window.appended = [];
const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (data) {
  const bytes = new Uint8Array(data);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 1500));
  const [moof, times] = [text.indexOf("moof"), text.indexOf("tfdt")];
  appended.push({
    begins: text.includes("moov"),
    edits: (moof < 0 ? text : text.slice(0, moof)).includes("edts"),
    time: times < 0 ? null : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(times + 8)),
  });
  return append.call(this, data);
};
"""


def test_no_edit_list_is_left_and_nothing_goes_back_in_time_without_an_initialisation(visit: Visit) -> None:
    """WebKitGTK does not heed the one, and drops the other."""
    visit.page.add_init_script(KEEP)
    visit.page.add_init_script("localStorage['player.quality'] = '\"low\"'")  # one rung: one initialisation
    visit.page.add_init_script(f"if (localStorage['player.queue']) localStorage['player.position'] = '{MIDDLE}'")
    play_long(visit)
    visit.page.reload()
    visit.page.click("[data-do=toggle]")
    visit.until_it_sounds(beyond=MIDDLE)
    visit.page.focus("#player [data-part=wave]")
    visit.page.keyboard.press("Home")
    visit.until(f"{AUDIO}.some(a => !a.paused && a.currentTime > 0.2 && a.currentTime < {MIDDLE})")
    appended = visit.script("window.appended")
    assert [each for each in appended if each["edits"]] == []
    last = 0
    for each in appended:
        last = 0 if each["begins"] else last
        if each["time"] is not None:
            assert each["time"] >= last
            last = each["time"]
    assert min(each["time"] for each in appended if each["time"] is not None) == 0
