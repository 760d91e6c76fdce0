from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mediaserver.base import clock
from mediaserver.catalog.sounds import versions
from tests import running, sounds
from tests.running import Site, Visitor
from tests.server import doors
from tests.server.tus import Sender, metadata


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Five seconds of something else, tagged as something else."""
    path = tmp_path_factory.mktemp("sounds") / "five.flac"
    return sounds.write(path, sounds.tone(5), metadata={"title": "Another title", "album": "Elsewhere"}).read_bytes()


async def show(visitor: Visitor, track: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = (await visitor.get(f"/api/v1/tracks/{track['id']}")).ok().json
    return shown


async def earlier(visitor: Visitor, track: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await visitor.get(f"/api/v1/tracks/{track['id']}/versions")).ok().json["items"]
    return found


async def segments(site: Site, track: dict[str, Any]) -> list[str]:
    return [each for each in await doors.addresses(site.guest, track) if each.endswith((".m4s", ".mp4"))]


async def test_replacing_keeps_all_but_the_sound(site: Site, wave: bytes, longer: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "Vault.wav")
    before = await show(ann, track)
    upload = await ann.upload(longer, "better.flac", replaces=track["id"])
    assert (upload["state"], upload["track"]["id"]) == ("ready", track["id"])
    after = await show(ann, track)
    other = {name for name in before if before[name] != after[name]}
    assert {"duration", "loudness", "waveform"} <= other <= {"duration", "loudness", "waveform", "tempo", "key"}
    assert (before["duration"], after["duration"]) == (3, 5)
    assert len((await ann.get("/api/v1/tracks")).json["items"]) == 1
    heard = (await ann.get(f"/api/v1/tracks/{track['id']}/stream?format=original")).ok().body
    assert heard == longer
    (version,) = await earlier(ann, track)
    assert (version["number"], version["duration"], version["replaced_by"]) == (1, 3, "ann")
    assert version["from"] == before["created_at"]


async def test_who_is_in_the_middle_of_it_goes_on_undisturbed(
    site: Site, wave: bytes, longer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    old = await segments(site, track)
    sent = [(await site.guest.get(each)).ok().body for each in old]
    await ann.upload(longer, replaces=track["id"])
    new = await segments(site, track)
    assert set(old).isdisjoint(new)
    assert [(await site.guest.get(each)).ok().body for each in old] == sent
    await doors.assert_open(site.guest, new)
    # The right to it is the track's, whichever sound it is.
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "private"})).ok()
    await doors.assert_closed(site.guest, [*old, *new])
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "public"})).ok()
    (await ann.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
    await doors.assert_closed(site.guest, [*old, *new])
    (await ann.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).ok()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + versions.LINGER + clock.MINUTE)
    await doors.assert_closed(site.guest, old)
    await doors.assert_open(site.guest, new)


async def test_an_earlier_sound_can_be_brought_back(site: Site, wave: bytes, longer: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave)
    await ann.upload(longer, replaces=track["id"])
    back = f"/api/v1/tracks/{track['id']}/versions/1/restore"
    (await bob.ask("POST", back)).problem(403)
    (await site.guest.ask("POST", back)).problem(401)
    (await bob.get(f"/api/v1/tracks/{track['id']}/versions")).problem(403)
    (await ann.ask("POST", back)).ok()
    assert (await show(ann, track))["duration"] == 3
    assert [each["duration"] for each in await earlier(ann, track)] == [5, 3]
    (await ann.ask("POST", back)).problem(409)
    for number in ("0", "3", "999999999"):
        (await ann.ask("POST", back.replace("/1/", f"/{number}/"))).problem(404)
    (await ann.ask("POST", f"/api/v1/tracks/{track['id']}/versions/2/restore")).ok()
    assert (await show(ann, track))["duration"] == 5
    assert (await ann.get(f"/api/v1/tracks/{track['id']}/stream?format=original")).ok().body == longer


async def test_a_sound_whose_file_is_gone_is_not_brought_back(site: Site, wave: bytes, longer: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    (before,) = site.originals()
    await ann.upload(longer, replaces=track["id"])
    before.unlink()
    for door in ("/api/v1", "/library"):
        refused = await ann.ask("POST", f"{door}/tracks/{track['id']}/versions/1/restore")
        assert refused.status == 404
    assert (await show(ann, track))["duration"] == 5
    assert len(await earlier(ann, track)) == 1


async def test_a_replacement_that_fails_leaves_the_track_as_it_was(site: Site, wave: bytes, tmp_path: Path) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    before = await show(ann, track)
    for data in (b"this is no sound at all", wave[:60], wave):
        upload = await ann.upload(data, "odd.wav", replaces=track["id"])
        assert (upload["state"], upload["track"]) == ("failed", None)
        running.assert_sentence(upload["problem"])
        assert await show(ann, track) == before
    await doors.assert_open(site.guest, await doors.addresses(site.guest, track))
    assert await earlier(ann, track) == []
    assert len(site.originals()) == 1


async def test_only_what_one_may_edit_is_replaced(site: Site, wave: bytes, longer: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track, hidden = await ann.publish(wave), await ann.publish(wave, visibility="private")
    (await bob.send(longer, replaces=track["id"])).problem(403)
    (await bob.send(longer, replaces=hidden["id"])).problem(404)
    (await ann.send(longer, replaces="x")).problem(404)
    (await ann.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
    (await ann.send(longer, replaces=track["id"])).problem(404)
    assert len(site.originals()) == 1


async def test_a_track_that_goes_meanwhile_is_not_replaced(tmp_path: Path, wave: bytes, longer: bytes) -> None:
    data = tmp_path / "data"
    async with running.site(data) as site:
        track = await (await site.join()).publish(wave)
    async with running.site(data, working=False) as site:
        bob = await site.join("bob", "admin")
        sent = (await bob.send(longer, replaces=track["id"])).ok().headers["Location"]
        (await bob.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
    async with running.site(data) as site:
        bob = Visitor(site.http, site.root, bob.token)
        upload = await bob.end_of(sent)
        assert upload["state"] == "failed"
        running.assert_sentence(upload["problem"])
        (await bob.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).ok()
        assert (await show(bob, track))["duration"] == 3


async def test_earlier_sounds_go_for_good_with_the_track(tmp_path: Path, wave: bytes, longer: bytes) -> None:
    async with running.site(tmp_path / "data", grace_days=0) as site:
        ann = await site.join()
        track = await ann.publish(wave)
        await ann.upload(longer, replaces=track["id"])
        assert len(site.originals()) == 2
        await site.instance.leavings.sweep()
        assert len(site.originals()) == 2, "what a track stood on is kept"
        (await ann.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
        await site.services.removal.sweep()
        assert site.originals() == []


async def test_the_resumable_door_takes_the_same_wish(site: Site, wave: bytes, longer: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave)
    wish = metadata(filename="better.flac", replaces=track["id"])
    refused = await Sender(bob).create(len(longer), data=longer, **{"Upload-Metadata": wish})
    assert refused.status == 403
    sent = await Sender(ann).create(len(longer), data=longer, **{"Upload-Metadata": wish})
    assert sent.status == 201
    upload = await ann.end_of(sent.headers["Upload-Location"])
    assert (upload["state"], upload["track"]["id"]) == ("ready", track["id"])
    assert (await show(ann, track))["duration"] == 5
