from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from mediaserver.catalog.sounds import blocklist_file
from tests import running, sounds
from tests.running import Site, Visitor

LIST = "/api/v1/admin/blocklist"


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Eight seconds of music as a FLAC."""
    folder = tmp_path_factory.mktemp("song")
    return sounds.write(folder / "a.flac", sounds.music(8, channels=1)).read_bytes()


async def block(admin: Visitor, track: dict[str, Any], reason: str = "") -> dict[str, Any]:
    answer = await admin.ask("POST", LIST, json={"track": track["id"], "reason": reason})
    assert answer.status == 201
    found: dict[str, Any] = answer.json
    return {name: value for name, value in found.items() if name != "tracks"}


async def test_an_administrator_refuses_and_lets_in_again(site: Site, song: bytes) -> None:
    admin, ann = await site.join("root", "admin"), await site.join()
    track = await ann.publish(song, "Song.flac")
    made = await block(admin, track, "Not theirs")
    assert (made["title"], made["artist"], made["reason"]) == ("Song", "ann", "Not theirs")
    assert made["duration"] == pytest.approx(8, abs=1.2)
    shown = (await admin.get(LIST)).ok().json
    assert (shown["items"], shown["next"]) == ([made], None)
    running.assert_sentence(
        (await admin.ask("POST", LIST, json={"track": track["id"]})).problem(409, "conflict"),
    )
    assert (await ann.upload(song, "Again.flac"))["state"] == "failed"
    assert (await admin.ask("DELETE", f"{LIST}/{made['id']}")).status == 204
    (await admin.ask("DELETE", f"{LIST}/{made['id']}")).problem(404)
    assert (await ann.upload(song, "Again.flac"))["state"] == "ready"


@pytest.fixture
async def copies(site: Site, song: bytes, tmp_path: Path) -> list[dict[str, Any]]:
    """Three tracks with one sound by two people, one of them for nobody else, and after them another sound."""
    ann, bob = await site.join(), await site.join("bob")
    again = sounds.write(tmp_path / "a.mp3", sounds.music(8)).read_bytes()
    other = sounds.write(tmp_path / "b.flac", sounds.music(8, seed=11)).read_bytes()
    return [
        await ann.publish(song, "Song.flac"),
        await bob.publish(again, "Copy.mp3", visibility="private"),
        await bob.publish(song, "Same.flac"),
        await bob.publish(other, "Other.flac"),
    ]


async def test_what_is_here_with_a_refused_sound_is_shown_and_taken_down(
    site: Site, copies: list[dict[str, Any]]
) -> None:
    admin = await site.join("root", "admin")
    made = (await admin.ask("POST", LIST, json={"track": copies[0]["id"]})).ok().json
    assert {each["title"] for each in made["tracks"]} == {"Song", "Copy", "Same"}
    assert all(0.5 < each["similarity"] <= 1 for each in made["tracks"])
    assert (await admin.get(f"{LIST}/{made['id']}")).ok().json == made
    assert (await site.guest.get(copies[0]["url"])).status == 200
    gone = (await admin.ask("POST", f"{LIST}/{made['id']}/take-down")).ok().json["tracks"]
    assert {each["id"] for each in gone} == {track["id"] for track in copies[:3]}
    assert all("kept_until" in each for each in gone)
    assert [(await site.guest.get(track["url"])).status for track in copies] == [404, 404, 404, 200]
    assert (await admin.get(f"{LIST}/{made['id']}")).ok().json["tracks"] == []
    [last, *_] = (await admin.get(f"/api/v1/history?thing={copies[0]['id']}")).ok().json["items"]
    assert (last["who"], last["action"]) == ("root", "delete")
    (await admin.ask("POST", f"/api/v1/tracks/{copies[0]['id']}/restore")).ok()


async def test_it_is_taken_down_in_the_same_step(site: Site, copies: list[dict[str, Any]]) -> None:
    admin = await site.join("root", "admin")
    made = (await admin.ask("POST", LIST, json={"track": copies[2]["id"], "take_down": True})).ok().json
    assert {each["id"] for each in made["tracks"]} == {track["id"] for track in copies[:3]}
    assert (await site.guest.get(copies[0]["url"])).status == 404
    (await admin.get(f"{LIST}/nobody")).problem(404)
    (await admin.ask("POST", f"{LIST}/nobody/take-down")).problem(404)


async def test_the_page_shows_it_and_takes_it_down(site: Site, copies: list[dict[str, Any]]) -> None:
    admin = await site.join("root", "admin")
    sent = await admin.ask("POST", "/admin/blocklist", data={"track": copies[0]["id"]})
    at = sent.headers["Location"]
    page = (await admin.get(at)).ok().text
    assert [page.count(f'value="{track["id"]}"') for track in copies] == [1, 1, 1, 0]
    assert (await admin.ask("POST", f"{at}/take-down", data={"track": copies[0]["id"]})).status == 303
    page = (await admin.get(at)).ok().text
    assert [page.count(f'value="{track["id"]}"') for track in copies] == [0, 1, 1, 0]
    assert (await admin.ask("POST", f"{at}/take-down", data={"track": copies[3]["id"]})).status == 303
    assert (await admin.ask("POST", f"{at}/take-down", data={})).status == 303
    assert "Nothing that is here has this sound" in (await admin.get(at)).ok().text
    assert [(await site.guest.get(track["url"])).status for track in copies] == [404, 404, 404, 200]


async def test_the_list_goes_in_pages(site: Site, song: bytes, tmp_path: Path) -> None:
    admin = await site.join("root", "admin")
    other = sounds.write(tmp_path / "b.mp3", sounds.music(8, seed=11)).read_bytes()
    first, second = [await block(admin, await admin.publish(data, "x.flac")) for data in (song, other)]
    page = (await admin.get(f"{LIST}?limit=1")).ok().json
    assert [each["id"] for each in page["items"]] == [second["id"]]
    page = (await admin.get(f"{LIST}?limit=1&cursor={page['next']}")).ok().json
    assert [each["id"] for each in page["items"]] == [first["id"]]


async def test_it_is_for_administrators_alone(site: Site, song: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(song, "Song.flac")
    asked = [("GET", ""), ("POST", ""), ("GET", "/file"), ("POST", "/file"), ("DELETE", "/x")]
    asked += [("GET", "/x"), ("POST", "/x/take-down")]
    for method, rest in asked:
        (await ann.ask(method, LIST + rest, json={"track": track["id"]})).problem(403, "forbidden")
        (await site.guest.ask(method, LIST + rest, json={"track": track["id"]})).problem(401, "not-signed-in")
    for page in ("/admin/blocklist", "/admin/blocklist/x"):
        assert (await ann.get(page)).status == 403
    for rest in ("", "/file", "/x/remove", "/x/take-down"):
        assert (await ann.ask("POST", f"/admin/blocklist{rest}", data={"track": track["id"]})).status == 403


async def test_a_list_is_exported_and_imported(site: Site, song: bytes) -> None:
    admin = await site.join("root", "admin")
    made = await block(admin, await admin.publish(song, "Song.flac"), "Not theirs")
    file = (await admin.get(f"{LIST}/file")).ok()
    assert "blocklist.json" in file.headers["Content-Disposition"]
    (await admin.ask("DELETE", f"{LIST}/{made['id']}")).ok()
    assert (await admin.ask("POST", f"{LIST}/file", data=file.body)).ok().json == {"added": 1, "known": 0}
    assert (await admin.ask("POST", f"{LIST}/file", data=file.body)).ok().json == {"added": 0, "known": 1}
    [found] = (await admin.get(LIST)).json["items"]
    assert (found["title"], found["reason"]) == ("Song", "Not theirs")


async def test_bad_input_gets_sentences(site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await site.join("root", "admin")
    running.assert_sentence((await admin.ask("POST", LIST, data=b"{")).problem(400))
    running.assert_sentence((await admin.ask("POST", LIST, json={"reason": "x"})).problem(422))
    running.assert_sentence((await admin.ask("POST", LIST, json={"track": "x"})).problem(404))
    short = await admin.publish(wave)
    running.assert_sentence((await admin.ask("POST", LIST, json={"track": short["id"]})).problem(422))
    running.assert_sentence((await admin.ask("POST", f"{LIST}/file", data=b"{")).problem(400))
    running.assert_sentence((await admin.ask("POST", f"{LIST}/file", json={"items": []})).problem(422))
    running.assert_sentence((await admin.get(f"{LIST}?limit=x")).problem(422))
    monkeypatch.setattr(blocklist_file, "LARGEST", 10)
    running.assert_sentence((await admin.ask("POST", f"{LIST}/file", data=b"x" * 11)).problem(413))


async def test_the_page_works_without_scripts(site: Site, song: bytes) -> None:
    admin = await site.join("root", "admin")
    track = await admin.publish(song, "Song <b>.flac")
    assert "Nothing is refused" in (await admin.get("/admin/blocklist")).ok().text
    assert '"/admin/blocklist"' in (await admin.get("/")).ok().text
    address = site.root + track["url"] + "?t=3"
    sent = await admin.ask("POST", "/admin/blocklist", data={"track": address, "reason": "Not <i>theirs</i>"})
    assert sent.status == 303
    assert "Song &lt;b&gt;</a>" in (await admin.get(sent.headers["Location"])).ok().text
    page = (await admin.get("/admin/blocklist")).ok().text
    assert "Song &lt;b&gt;" in page
    assert "Not &lt;i&gt;theirs" in page
    file = (await admin.get(f"{LIST}/file")).body
    [made] = (await admin.get(LIST)).json["items"]
    assert (await admin.ask("POST", f"/admin/blocklist/{made['id']}/remove")).status == 303
    assert (await admin.get(LIST)).json["items"] == []
    form = FormData()
    form.add_field("file", file, filename="blocklist.json", content_type="application/json")
    assert "1 added, 0 there already" in (await admin.ask("POST", "/admin/blocklist/file", data=form)).ok().text
    assert len((await admin.get(LIST)).json["items"]) == 1


@pytest.mark.parametrize("track", ["", "nonsense", "/@nobody/nothing", "01234567890123456789012345"])
async def test_the_page_says_what_is_wrong(track: str, site: Site) -> None:
    admin = await site.join("root", "admin")
    answer = await admin.ask("POST", "/admin/blocklist", data={"track": track})
    assert answer.status in (404, 422)
    assert 'role="alert"' in answer.text
    for body in (b"", b"nonsense"):
        assert (await admin.ask("POST", "/admin/blocklist/file", data=body)).status == 400
