"""The folders that music is taken from, as administrators see and steer them: the page and the JSON door."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mediaserver import app
from mediaserver.ingest.folders import files
from tests import running, sounds
from tests.running import Site, Visitor, assert_sentence

HTML = {"Accept": "text/html"}


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    sounds.write(folder / "a.wav", sounds.tone(1))
    (folder / "bad.mp3").write_text("no music")
    for path in folder.iterdir():  # long enough ago to be whole
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


@pytest.fixture
async def admin(site: Site) -> Visitor:
    return await site.join("root", "admin")


@pytest.fixture
async def watching(site: Site) -> AsyncIterator[None]:
    async with app.watching_folders(site.instance):
        yield


async def settled(admin: Visitor) -> dict[str, Any]:
    """The only folder, once it was looked through and all of it is heard."""

    async def look() -> dict[str, Any] | None:
        library = (await admin.get("/api/v1/admin/library")).ok().json
        [folder] = library["folders"]
        done = folder["run"] and folder["run"]["state"] != "running" and not library["unheard"]
        return folder if done else None

    return await running.until(look)


async def test_a_folder_is_taken_in_seen_and_forgotten(admin: Visitor, music: Path) -> None:
    added = await admin.ask("POST", "/api/v1/admin/library", json={"path": str(music), "in_place": True})
    assert added.status == 202
    folder = await settled(admin)
    assert folder["path"] == str(music)
    assert (folder["in_place"], folder["watched"], folder["files"]) == (True, False, 2)
    run = folder["run"]
    assert (run["state"], run["total"], run["done"], run["added"], run["refused"]) == ("done", 2, 2, 1, 1)
    [refused] = (await admin.get("/api/v1/admin/library/refused")).ok().json["items"]
    assert refused["path"] == str(music / "bad.mp3")
    assert_sentence(refused["problem"])
    (music / "a.wav").unlink()
    looking = await admin.ask("POST", f"/api/v1/admin/library/{folder['id']}/look")
    assert looking.status == 202
    assert (await settled(admin))["run"]["missing"] == 1
    [missing] = (await admin.get("/api/v1/admin/library/missing")).ok().json["items"]
    assert (missing["path"], missing["problem"]) == (str(music / "a.wav"), None)
    assert (await admin.ask("DELETE", f"/api/v1/admin/library/{folder['id']}")).status == 204
    assert (await admin.get("/api/v1/admin/library")).json["folders"] == []


async def test_a_watched_folder_is_looked_after(admin: Visitor, watching: None, music: Path) -> None:
    asked = {"path": str(music), "watched": True}
    folder = (await admin.ask("POST", "/api/v1/admin/library", json=asked)).ok().json
    assert (await settled(admin))["run"]["added"] == 1
    address = f"/api/v1/admin/library/{folder['id']}"
    changed = (await admin.ask("PATCH", address, json={"watched": False})).ok().json
    assert changed["watched"] is False


async def test_the_page_does_all_of_it_without_scripts(admin: Visitor, site: Site, music: Path) -> None:
    assert "No folder yet" in (await admin.get("/admin/library", headers=HTML)).ok().text
    fields = {"path": str(music), "stay": "in_place", "visibility": "unlisted", "watch": "600"}
    assert (await admin.ask("POST", "/admin/library", data=fields)).status == 303
    [folder] = (await admin.get("/api/v1/admin/library")).json["folders"]
    assert (folder["poll"], folder["watched"], folder["visibility"]) == (600, True, "unlisted")
    at = f"/admin/library/{folder['id']}"
    assert (await admin.ask("POST", f"{at}/watch", data={"watch": "no"})).status == 303
    assert (await admin.ask("POST", f"{at}/look", data={})).status == 303
    await settled(admin)
    text = (await admin.get("/admin/library", headers=HTML)).ok().text
    for words in (str(music), "bad.mp3", "not audio that this server can read", "1 new", "left where they are"):
        assert words in text
    (music / "a.wav").unlink()
    (music / "bad.mp3").unlink()
    await admin.ask("POST", f"{at}/look", data={})
    await settled(admin)
    assert "this looks like a disk that is not there" in (await admin.get("/admin/library", headers=HTML)).text
    assert (await admin.ask("POST", f"{at}/gone", data={})).status == 303
    await settled(admin)
    assert "Missing files" in (await admin.get("/admin/library", headers=HTML)).text
    assert (await admin.ask("POST", f"{at}/stop", data={})).status == 303
    assert (await admin.ask("POST", f"{at}/forget", data={})).status == 303
    assert not await site.services.db.read(files.any_known)


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "relative/path"},
        {"path": "/nowhere/at/all"},
        {"path": "/etc/passwd"},
        {"path": "/tmp\0"},
        {"path": "/" + "x" * 5000},
        {"path": "/tmp", "visibility": "secret"},
        {"path": "/tmp", "poll": 1},
        {"path": "/tmp", "poll": -(2**70)},
        {"path": "/tmp", "poll": "1" * 5000},
        {"path": "/tmp", "colour": "red"},
        {},
    ],
)
async def test_what_cannot_be_a_folder_is_refused_with_a_sentence(admin: Visitor, asked: dict[str, Any]) -> None:
    answer = await admin.ask("POST", "/api/v1/admin/library", json=asked)
    answer.problem(422)
    fields = {key: str(value) for key, value in asked.items()} | {"watch": str(asked.get("poll", "no"))}
    if "colour" not in asked:
        assert (await admin.ask("POST", "/admin/library", data=fields, headers=HTML)).status == 422
    assert (await admin.get("/api/v1/admin/library")).json["folders"] == []


async def test_the_servers_own_folder_is_not_taken_from(site: Site, admin: Visitor, tmp_path: Path) -> None:
    """Nor a folder that holds it, where it is watched: what the server writes would be looked at for ever."""
    above, inside = str(site.services.folder.root.parent), str(site.services.folder.originals)
    (tmp_path / "link").symlink_to(inside)
    for path in (inside, str(tmp_path / "link"), str(site.services.folder.root)):
        (await admin.ask("POST", "/api/v1/admin/library", json={"path": path})).problem(422)
    (await admin.ask("POST", "/api/v1/admin/library", json={"path": above, "watched": True})).problem(422)
    folder = (await admin.ask("POST", "/api/v1/admin/library", json={"path": above})).ok().json
    address = f"/api/v1/admin/library/{folder['id']}"
    running.assert_sentence((await admin.ask("PATCH", address, json={"watched": True})).problem(422))
    at = f"/admin/library/{folder['id']}/watch"
    assert (await admin.ask("POST", at, data={"watch": "yes"}, headers=HTML)).status == 422
    (await admin.ask("PATCH", address, json={"watched": False})).ok()
    assert [each["watched"] for each in (await admin.get("/api/v1/admin/library")).json["folders"]] == [False]


async def test_only_administrators_come_near(site: Site, admin: Visitor, music: Path) -> None:
    added = await admin.ask("POST", "/api/v1/admin/library", json={"path": str(music)})
    folder = added.json["id"]
    await settled(admin)
    bob = await site.join("bob")
    addresses = [
        ("GET", "/api/v1/admin/library"),
        ("POST", "/api/v1/admin/library"),
        ("GET", "/api/v1/admin/library/refused"),
        ("GET", "/api/v1/admin/library/missing"),
        ("PATCH", f"/api/v1/admin/library/{folder}"),
        ("DELETE", f"/api/v1/admin/library/{folder}"),
        ("POST", f"/api/v1/admin/library/{folder}/look"),
        ("POST", f"/api/v1/admin/library/{folder}/stop"),
        ("GET", "/admin/library"),
        ("POST", "/admin/library"),
        *(("POST", f"/admin/library/{folder}/{act}") for act in ("look", "gone", "stop", "watch", "forget")),
    ]
    for method, address in addresses:
        (await bob.ask(method, address)).problem(403)
        (await site.guest.ask(method, address)).problem(401)
    assert "/admin/library" not in (await bob.get("/", headers=HTML)).text
    assert "/admin/library" in (await admin.get("/", headers=HTML)).text


async def test_a_folder_that_is_not_known_is_not_found(admin: Visitor) -> None:
    for method, address in (("POST", "look"), ("POST", "stop")):
        (await admin.ask(method, f"/api/v1/admin/library/nobody/{address}")).problem(404)
    (await admin.ask("POST", "/admin/library/nobody/look", data={})).problem(404)
    (await admin.ask("POST", "/admin/library/nobody/dance", data={})).problem(404)


async def test_names_that_are_no_text_can_be_shown(admin: Visitor, music: Path) -> None:
    (music / "bad.mp3").rename(music / os.fsdecode(b"b\xe4d.mp3"))
    await admin.ask("POST", "/api/v1/admin/library", json={"path": str(music)})
    await settled(admin)
    assert "b�d.mp3" in (await admin.get("/admin/library", headers=HTML)).ok().text


@pytest.fixture
async def taken_in(admin: Visitor, music: Path) -> dict[str, Any]:
    """The track of a folder whose files stay where they are, and the folder."""
    (await admin.ask("POST", "/api/v1/admin/library", json={"path": str(music), "in_place": True})).ok()
    folder = await settled(admin)
    [track] = (await admin.get("/api/v1/tracks")).json["items"]
    return {"folder": folder, "track": track}


async def look_through(site: Site, admin: Visitor, folder: dict[str, Any]) -> None:
    (await admin.ask("POST", f"/api/v1/admin/library/{folder['id']}/look")).ok()
    await settled(admin)
    await site.rest()


async def test_what_was_sent_by_hand_outlasts_a_change_in_the_folder(
    site: Site, admin: Visitor, music: Path, taken_in: dict[str, Any], wave: bytes
) -> None:
    track, address = taken_in["track"], f"/api/v1/tracks/{taken_in['track']['id']}/stream?format=original"
    assert (await admin.upload(wave, "new.wav", replaces=track["id"]))["state"] == "ready"
    assert (await admin.get(address)).ok().body == wave
    sounds.write(music / "a.wav", sounds.tone(2, hz=777))
    os.utime(music / "a.wav", (1_600_000_100, 1_600_000_100))
    await look_through(site, admin, taken_in["folder"])
    assert (await admin.get(address)).ok().body == wave
    await site.instance.leavings.sweep()
    assert (await admin.get(address)).ok().body == wave


async def test_an_earlier_sound_whose_file_is_away_is_not_brought_back(
    admin: Visitor, music: Path, taken_in: dict[str, Any], wave: bytes
) -> None:
    track = f"/api/v1/tracks/{taken_in['track']['id']}"
    assert (await admin.upload(wave, "new.wav", replaces=taken_in["track"]["id"]))["state"] == "ready"
    (music / "a.wav").rename(music / "elsewhere")
    assert "not where it was" in (await admin.ask("POST", f"{track}/versions/1/restore")).problem(404)
    assert (await admin.get(f"{track}/stream?format=original")).ok().body == wave
    (music / "elsewhere").rename(music / "a.wav")
    (await admin.ask("POST", f"{track}/versions/1/restore")).ok()
    assert (await admin.get(f"{track}/stream?format=original")).ok().body == (music / "a.wav").read_bytes()


async def test_a_missing_track_is_given_a_new_sound_and_a_deleted_one_closes_no_page(
    site: Site, admin: Visitor, music: Path, taken_in: dict[str, Any], wave: bytes
) -> None:
    track, folder = taken_in["track"], taken_in["folder"]
    (music / "a.wav").unlink()
    await look_through(site, admin, folder)
    (await admin.ask("POST", f"/admin/library/{folder['id']}/gone", data={}))
    await settled(admin)
    assert (await admin.get(f"/api/v1/tracks/{track['id']}")).json["state"] == "missing"
    (await admin.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
    (await admin.get("/admin/library", headers=HTML)).ok()
    (await admin.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).ok()
    assert (await admin.upload(wave, "new.wav", replaces=track["id"]))["state"] == "ready"
    assert (await admin.get(f"/api/v1/tracks/{track['id']}")).json["state"] == "ready"
