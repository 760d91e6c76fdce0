"""The settings of who is signed in, as browsers without scripts use them."""

from __future__ import annotations

import re
from html import unescape

from tests.running import Site
from tests.server.pages.test_recordings import HTML, fields_of, submit


async def test_what_others_call_somebody_is_chosen_and_taken_back(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    artist = f"/api/v1/artists/{(await ann.publish(wave, 'Rain.wav'))['artist']['id']}"
    (await bob.ask("PUT", f"{artist}/follow")).ok()
    page = (await bob.get("/settings")).ok().text
    assert "This name is what others see" in page
    assert fields_of(page)["display_name"] == ""
    for said, shown in ((" Robert <the>\nBob ", "Robert <the> Bob"), ("", None), ("Bo", "Bo"), ("BOB", None)):
        saved = await submit(bob, "/settings", {"display_name": said})
        assert (saved.status, saved.headers["Location"]) == (303, "/settings?saved=yes")
        assert (await ann.get(f"{artist}/followers")).json["items"][0]["display_name"] == shown
        again = (await bob.get("/settings?saved=yes")).ok().text
        assert fields_of(again)["display_name"] == (shown or "")
        assert 'role="status"' in again
        assert unescape(re.findall(r'class="who"[^>]*>([^<]*)<', again)[0]) == (shown or said or "bob")


async def test_settings_are_for_who_is_signed_in_and_lead_to_what_is_theirs(site: Site) -> None:
    for answer in (await site.guest.get("/settings", headers=HTML), await submit(site.guest, "/settings", {})):
        assert answer.status == 401
    for role in ("listener", "creator", "admin"):
        visitor = await site.join(role, role)
        links = set(re.findall(r'href="(/[a-z/]*)"', (await visitor.get("/settings")).ok().text))
        assert {"/library/artists", "/library/tracks", "/library/deleted"} <= links
        assert ("/upload" in links) == (role != "listener")
        assert ("/admin/history" in links) == (role == "admin")
        assert {(await visitor.get(each)).status for each in links if not each.startswith("/static")} == {200}
