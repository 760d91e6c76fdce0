from __future__ import annotations

import re
from typing import Any

import pytest

from tests.running import Answer, Site, Visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


async def page(visitor: Visitor, address: str) -> Answer:
    return await visitor.get(address, headers={"Accept": "text/html"})


async def press(visitor: Visitor, action: str, fields: str = "") -> Answer:
    return await visitor.ask("POST", action, data=fields, headers=FORM)


def forms(answer: Answer) -> list[str]:
    """Where the page's forms lead that are about coming and going."""
    return re.findall(r'<form method="post" action="(/(?:library|artists)/[^"]+)"', answer.text)


async def test_deleting_and_bringing_back_take_no_script(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "Vault.wav")
    delete = f"/library/tracks/{track['id']}/delete"
    for address in (track["url"], f"/library/tracks/{track['id']}/edit"):
        assert delete in forms(await page(ann, address))
    assert forms(await page(site.guest, track["url"])) == []
    answer = await press(ann, delete)
    assert answer.status == 303
    shown = await page(ann, answer.headers["Location"])
    assert "Vault is deleted." in shown.text
    assert (await page(ann, track["url"])).status == 404
    restore = f"/library/tracks/{track['id']}/restore"
    assert forms(shown).count(restore) == 2
    answer = await press(ann, restore)
    assert (answer.status, answer.headers["Location"]) == (303, track["url"])
    assert (await page(ann, track["url"])).status == 200
    await press(ann, delete)
    assert (await press(ann, f"/library/tracks/{track['id']}/remove")).headers["Location"] == "/library/deleted"
    assert "Vault" not in (await page(ann, "/library/deleted")).text
    assert site.originals() == []


@pytest.mark.parametrize("action", ["delete", "restore", "remove", "schedule", "versions/1/restore"])
async def test_no_form_is_anybody_elses(site: Site, wave: bytes, action: str) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track, hidden = await ann.publish(wave), await ann.publish(wave, visibility="private")
    for visitor, refused in ((bob, {403, 404}), (site.guest, {401, 404})):
        assert (await press(visitor, f"/library/tracks/{track['id']}/{action}")).status in refused
        assert (await press(visitor, f"/library/tracks/{hidden['id']}/{action}")).status == 404
    foreign = {**FORM, "Origin": "https://elsewhere.example"}
    address = f"/library/tracks/{track['id']}/{action}"
    assert (await ann.ask("POST", address, data="", headers=foreign)).status == 403
    assert (await page(ann, track["url"])).status == 200


@pytest.mark.parametrize(
    "fields", ["publish_at=2999-01-01T10:00", "publish_at=2999-01-01T10:00&moment=2999-01-01T09:00:00.000Z"]
)
async def test_a_date_is_set_and_taken_back(site: Site, wave: bytes, fields: str) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    schedule = f"/library/tracks/{track['id']}/schedule"
    assert (await press(ann, schedule, fields)).status == 303
    told: dict[str, Any] = (await ann.get(f"/api/v1/tracks/{track['id']}")).json
    assert told["publish_at"] == ("2999-01-01T09:00:00Z" if "moment" in fields else "2999-01-01T10:00:00Z")
    own = await page(ann, track["url"])
    assert "Out on 1 January 2999" in own.text
    assert f'value="{told["publish_at"][:16]}"' in own.text
    assert (await page(site.guest, track["url"])).status == 404
    assert (await press(ann, schedule, f"{fields}&now=yes")).status == 303
    assert (await page(site.guest, track["url"])).status == 200
    for wrong in ("publish_at=soon", "moment=soonZ", "publish_at=2999-01-01T1Z"):
        assert (await press(ann, schedule, wrong)).status == 422


async def test_a_release_is_scheduled_and_deleted_on_its_page(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"release": "Rooms"})).ok()
    release = (await ann.get(f"/api/v1/tracks/{track['id']}")).json["release"]
    place = f"/library/releases/{release['id']}"
    assert {f"{place}/schedule", f"{place}/delete"} <= set(forms(await page(ann, f"{place}/edit")))
    gone = await press(ann, f"{place}/delete")
    assert "Rooms is deleted." in (await page(ann, gone.headers["Location"])).text
    assert (await press(ann, f"{place}/restore")).headers["Location"] == release["url"]


async def test_the_panel_shows_earlier_sounds_and_the_past(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "Vault.wav")
    body = (
        '--x\r\nContent-Disposition: form-data; name="replaces"\r\n\r\n' + track["id"] + "\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="new.wav"\r\n\r\n'
    ).encode()
    sent = await ann.ask(
        "POST",
        "/upload",
        data=body + wave[:-4000] + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert sent.status == 303
    newest = (await ann.get("/api/v1/uploads")).json["items"][0]
    assert (await ann.end_of(f"/api/v1/uploads/{newest['id']}"))["state"] == "ready"
    back = f"/library/tracks/{track['id']}/versions/1/restore"
    shown = await page(ann, track["url"])
    assert back in forms(shown)
    assert "Sound replaced" in shown.text
    assert "Sound replaced" not in (await page(site.guest, track["url"])).text
    assert (await press(ann, back)).headers["Location"] == track["url"]
    assert (await ann.get(f"/api/v1/tracks/{track['id']}")).json["duration"] == 3
    assert (await page(ann, f"/library/tracks/{track['id']}/history")).text.count("Sound replaced") == 2
    assert (await page(site.guest, f"/library/tracks/{track['id']}/history")).status == 401


async def test_administrators_read_everything_page_by_page(site: Site, wave: bytes) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    track = await ann.publish(wave, "Vault.wav")
    for n in range(51):
        (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": f"Take {n}"})).ok()
    shown = await page(root, "/admin/history")
    assert shown.text.count("<b>Changed</b>") == 50
    older = re.search(r'href="(\?before=\w+)"', shown.text)
    assert older is not None
    rest = await page(root, f"/admin/history{older[1]}")
    assert rest.text.count("<b>Changed</b>") == 1
    assert rest.text.count("<b>Uploaded</b>") == 1
    assert (await page(root, "/admin/history?before=x")).status == 200
    assert (await page(ann, "/admin/history")).status == 403
    assert (await page(site.guest, "/admin/history")).status == 401


async def test_following_takes_no_script(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob", "listener")
    track = await ann.publish(wave)
    artist, url = track["artist"]["id"], track["artist"]["url"]
    assert forms(await page(ann, url)) == forms(await page(site.guest, url)) == []
    listed = f"/library/artists/{artist}/followers"
    assert listed in (await page(ann, url)).text
    assert forms(await page(bob, url)) == [f"/artists/{artist}/follow"]
    assert (await press(bob, f"/artists/{artist}/follow")).headers["Location"] == url
    shown = await page(bob, url)
    assert forms(shown) == [f"/artists/{artist}/unfollow"]
    assert "1 follower" in shown.text
    (block,) = forms(await page(ann, listed))
    assert (await press(bob, block)).status == 403
    assert (await press(ann, block)).headers["Location"] == listed
    assert (await press(bob, f"/artists/{artist}/follow")).status == 403
    assert [each.rpartition("/")[2] for each in forms(await page(ann, listed))] == ["unblock"]
    await press(ann, block.replace("/block", "/unblock"))
    await press(bob, f"/artists/{artist}/follow")
    assert (await page(bob, listed)).status == 403
    assert (await page(site.guest, listed)).status == 401
    await press(bob, f"/artists/{artist}/unfollow")
    assert "1 follower" not in (await page(bob, url)).text
    assert (await press(site.guest, f"/artists/{artist}/follow")).status == 401
    assert (await press(bob, "/artists/x/follow")).status == 404
