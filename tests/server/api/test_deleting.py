from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediaserver.catalog import deleted
from mediaserver.ingest.analyse import waveform_path
from mediaserver.media.artwork import encode_png
from tests import running, sounds
from tests.running import Site, Visitor
from tests.server import doors


async def delete(visitor: Visitor, track: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await visitor.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok().json
    return answer


async def restore(visitor: Visitor, track: dict[str, Any]) -> None:
    (await visitor.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).ok()


async def publish_album(visitor: Visitor, folder: Path, *titles: str) -> list[dict[str, Any]]:
    """Publish tracks of the release "Rooms", each with a sound of its own."""
    published = []
    for title in titles:
        path, tone = folder / f"{title}.flac", sounds.tone(1, hz=100 + 50 * ord(title[0]))
        sounds.write(path, tone, metadata={"title": title, "album": "Rooms"})
        published.append(await visitor.publish(path.read_bytes(), path.name))
    return published


@pytest.mark.parametrize("visibility", ["public", "unlisted", "followers", "private"])
async def test_a_deleted_track_is_gone_at_every_door_at_once_and_comes_back(
    site: Site, wave: bytes, visibility: str
) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    track = await ann.publish(wave, "Vault.wav", visibility=visibility)
    known = [*await doors.addresses(ann, track), f"/media/tracks/{track['id']}/download"]
    await doors.assert_open(ann, known)
    await delete(ann, track)
    for visitor in (site.guest, ann, root):
        await doors.assert_closed(visitor, known)
        await doors.assert_closed(visitor, doors.for_everybody(known))
        assert (await visitor.get("/api/v1/tracks")).json["items"] == []
        for page in ("/", track["artist"]["url"]):
            assert track["title"] not in (await visitor.get(page)).text
    await restore(ann, track)
    await doors.assert_open(ann, known)
    again = (await ann.get(f"/api/v1/tracks/{track['id']}")).ok().json
    assert {**again, "stream": None} == {**track, "details": again["details"], "stream": None}


async def test_the_list_tells_until_when_it_can_be_had_back(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave)
    told = await delete(ann, track)
    listed = (await ann.get("/api/v1/deleted")).ok().json
    assert listed == {"items": [told], "next": None}
    assert (told["kind"], told["id"], told["title"], told["tracks"]) == ("track", track["id"], track["title"], 1)
    kept = datetime.fromisoformat(told["kept_until"]) - datetime.fromisoformat(told["deleted_at"])
    assert kept == timedelta(days=site.services.config.grace_days)
    assert datetime.fromisoformat(told["deleted_at"]) <= datetime.now(UTC)
    assert (await bob.get("/api/v1/deleted")).json["items"] == []
    (await site.guest.get("/api/v1/deleted")).problem(401)
    await restore(ann, track)
    assert (await ann.get("/api/v1/deleted")).json["items"] == []


async def test_the_list_comes_in_pages(site: Site, wave: bytes) -> None:
    ann = await site.join()
    made = [await ann.publish(wave, f"{n}.wav") for n in range(3)]
    for track in made:
        await delete(ann, track)
    whole = (await ann.get("/api/v1/deleted")).ok().json
    assert ({each["id"] for each in whole["items"]}, whole["next"]) == ({each["id"] for each in made}, None)
    page = (await ann.get("/api/v1/deleted?limit=2")).ok().json
    rest = (await ann.get(f"/api/v1/deleted?limit=2&cursor={page['next']}")).ok().json
    assert [*page["items"], *rest["items"]] == whole["items"]
    shown = (await ann.get(f"/library/deleted?before={page['next']}")).ok().text
    assert [each["id"] for each in whole["items"] if each["id"] in shown] == [whole["items"][2]["id"]]


async def test_nobody_else_deletes_restores_or_removes(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    open_one, hidden = await ann.publish(wave), await ann.publish(wave, visibility="private")
    for track, refused in ((open_one, (401, 403)), (hidden, (404, 404))):
        address = f"/api/v1/tracks/{track['id']}"
        for visitor, status in zip((site.guest, bob), refused, strict=True):
            (await visitor.ask("DELETE", address)).problem(status)
        await delete(ann, track)
        for visitor in (site.guest, bob):
            (await visitor.ask("POST", f"{address}/restore")).problem(404)
            (await visitor.ask("DELETE", f"/api/v1/deleted/tracks/{track['id']}")).problem(404)
        (await ann.ask("DELETE", address)).problem(404)
        await restore(ann, track)
        (await ann.ask("POST", f"{address}/restore")).problem(404)
    for address in ("/api/v1/tracks/x", "/api/v1/releases/x", "/api/v1/deleted/tracks/x", "/api/v1/deleted/artists/x"):
        (await ann.ask("DELETE", address)).problem(404)


async def test_what_an_administrator_took_down_the_owner_cannot_bring_back(site: Site, wave: bytes) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    track = await ann.publish(wave)
    await delete(root, track)
    assert [each["id"] for each in (await ann.get("/api/v1/deleted")).json["items"]] == [track["id"]]
    (await ann.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).problem(404)
    (await ann.ask("DELETE", f"/api/v1/deleted/tracks/{track['id']}")).problem(404)
    await restore(root, track)
    (await site.guest.get(track["url"])).ok()


async def test_a_release_goes_and_comes_with_its_tracks(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    hall, stairs, attic = await publish_album(ann, tmp_path, "Hall", "Stairs", "Attic")
    release = hall["release"]
    await delete(ann, attic)
    gone = (await ann.ask("DELETE", f"/api/v1/releases/{release['id']}")).ok().json
    assert (gone["kind"], gone["tracks"]) == ("release", 2)
    listed = (await ann.get("/api/v1/deleted")).json["items"]
    assert {(each["kind"], each["title"]) for each in listed} == {("release", "Rooms"), ("track", "Attic")}
    for address in (release["url"], hall["url"], stairs["url"], f"/api/v1/releases/{release['id']}"):
        assert (await ann.get(address)).status == 404
    # A new upload of the same release begins another one, and does not wake the deleted one.
    (cellar,) = await publish_album(ann, tmp_path, "Cellar")
    assert cellar["release"]["id"] != release["id"]
    (await ann.ask("POST", f"/api/v1/releases/{release['id']}/restore")).ok()
    shown = (await site.guest.get(f"/api/v1/releases/{release['id']}")).ok().json
    assert sorted(track["title"] for track in shown["tracks"]) == ["Hall", "Stairs"]
    assert (await ann.get(attic["url"])).status == 404


async def test_a_track_of_a_deleted_release_can_come_back_alone(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    hall, stairs = await publish_album(ann, tmp_path, "Hall", "Stairs")
    (await ann.ask("DELETE", f"/api/v1/releases/{hall['release']['id']}")).ok()
    await restore(ann, hall)
    shown = (await site.guest.get(f"/api/v1/releases/{hall['release']['id']}")).ok().json
    assert [track["title"] for track in shown["tracks"]] == ["Hall"]
    assert [each["id"] for each in (await ann.get("/api/v1/deleted")).json["items"]] == [stairs["id"]]


async def test_a_release_whose_last_track_is_deleted_is_shown_to_nobody(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    (hall,) = await publish_album(ann, tmp_path, "Hall")
    await delete(ann, hall)
    assert (await site.guest.get(hall["release"]["url"])).status == 404
    for visitor in (site.guest, ann):
        assert "Rooms" not in (await visitor.get(hall["artist"]["url"])).text
    await restore(ann, hall)
    assert (await site.guest.get(hall["release"]["url"])).status == 200


async def test_after_its_days_it_goes_for_good_with_its_files(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", grace_days=0) as site:
        ann = await site.join()
        one, other = await ann.publish(wave, "One.wav"), await ann.publish(wave, "Other.wav")
        (original,) = site.originals()
        waveform = waveform_path(site.services.folder.waveforms, original.name)
        await delete(ann, one)
        await site.services.removal.sweep()
        assert (await ann.get("/api/v1/deleted")).json["items"] == []
        (await ann.ask("POST", f"/api/v1/tracks/{one['id']}/restore")).problem(404)
        assert original.exists(), "another track stands on it"
        (await site.guest.get(other["stream"]["hls"])).ok()
        await delete(ann, other)
        await site.services.removal.sweep()
        assert site.originals() == []
        assert not waveform.exists()
        again = await ann.publish(wave, "One.wav")
        assert again["url"] == one["url"], "its address is free"


async def test_what_is_still_kept_is_not_swept(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    await delete(ann, track)
    await site.services.removal.sweep()
    await site.instance.leavings.sweep()
    await restore(ann, track)
    await doors.assert_open(site.guest, await doors.addresses(site.guest, track))


async def test_what_is_had_back_at_the_last_moment_stays(
    tmp_path: Path, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was brought back after the look that found it, and before it was its turn."""
    async with running.site(tmp_path / "data", grace_days=0) as site:
        ann = await site.join()
        back, gone = await ann.publish(wave, "Back.wav"), await ann.publish(wave, "Gone.wav")
        with monkeypatch.context() as patched:
            patched.setattr(deleted, "over", lambda r, limit: [])  # nobody is faster than this test
            for track in (back, gone):
                await delete(ann, track)
            found = [await site.services.db.read(deleted.get, "track", track["id"]) for track in (back, gone)]
            await restore(ann, back)
            looks = [[], [found[1]], found]
            patched.setattr(deleted, "over", lambda r, limit: looks.pop())
            await site.services.removal.sweep()
        assert [(await site.guest.get(track["url"])).status for track in (back, gone)] == [200, 404]
        assert (await ann.get("/api/v1/deleted")).json["items"] == []


async def test_it_can_be_removed_for_good_at_once(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    hall, stairs = await publish_album(ann, tmp_path, "Hall", "Stairs")
    await delete(ann, stairs)
    (await ann.ask("DELETE", f"/api/v1/releases/{hall['release']['id']}")).ok()
    (await ann.ask("DELETE", f"/api/v1/deleted/releases/{hall['release']['id']}")).ok()
    assert [each["id"] for each in (await ann.get("/api/v1/deleted")).json["items"]] == [stairs["id"]]
    await restore(ann, stairs)
    assert (await ann.get(f"/api/v1/tracks/{stairs['id']}")).ok().json["release"] is None
    await delete(ann, stairs)
    (await ann.ask("DELETE", f"/api/v1/deleted/tracks/{stairs['id']}")).ok()
    assert site.originals() == []
    (await ann.ask("DELETE", f"/api/v1/deleted/tracks/{stairs['id']}")).problem(404)


async def test_artwork_goes_with_the_last_that_shows_it(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    tracks = await publish_album(ann, tmp_path, "Hall", "Stairs")
    for track in tracks:
        sent = await ann.ask(
            "PUT", f"/api/v1/tracks/{track['id']}/artwork", data=encode_png(np.zeros((64, 64, 3), np.uint8))
        )
        address = sent.ok().json["sizes"]["300"]
    for track, status in zip(tracks, (200, 404), strict=True):
        assert (await site.guest.get(address)).status == 200
        await delete(ann, track)
        (await ann.ask("DELETE", f"/api/v1/deleted/tracks/{track['id']}")).ok()
        assert (await site.guest.get(address)).status == status
    assert running.files_below(site.services.folder.artwork) == []


async def test_the_list_of_uploads_goes_on_without_it(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    await delete(ann, track)
    (upload,) = (await ann.get("/api/v1/uploads")).ok().json["items"]
    assert (upload["state"], upload["track"]) == ("ready", None)
    assert (await ann.get("/upload", headers=doors.HTML)).status == 200


async def test_what_sounds_the_same_is_not_told_of_any_more(site: Site, wave: bytes) -> None:
    ann = await site.join()
    one = await ann.publish(wave, "One.wav")
    upload = await ann.upload(wave, "Other.wav")
    assert [each["title"] for each in upload["duplicates"]] == ["One"]
    await delete(ann, one)
    assert (await ann.get(f"/api/v1/uploads/{upload['id']}")).ok().json["duplicates"] == []
    await restore(ann, one)
    assert (await ann.get(f"/api/v1/uploads/{upload['id']}")).ok().json["duplicates"] != []


async def test_what_an_administrator_took_down_does_not_come_back_with_a_track_of_it(
    site: Site, tmp_path: Path
) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    first, _ = await publish_album(ann, tmp_path, "Alpha", "Beta")
    release = f"/api/v1/releases/{first['release']['id']}"
    await delete(ann, first)
    (await root.ask("DELETE", release)).ok()
    (await ann.ask("POST", f"/api/v1/tracks/{first['id']}/restore")).problem(403)
    (await site.guest.get(release)).problem(404)
    (await root.ask("POST", f"{release}/restore")).ok()
    assert (await site.guest.get(release)).ok().json["title"] == "Rooms"


async def test_a_deleted_track_moves_with_its_release(site: Site, tmp_path: Path) -> None:
    ann, root, bob = await site.join(), await site.join("root", "admin"), await site.join("bob")
    first, _ = await publish_album(ann, tmp_path, "Alpha", "Beta")
    other = await bob.publish((tmp_path / "Beta.flac").read_bytes(), "other.flac")
    await delete(ann, first)
    moved = {"artist": other["artist"]["id"]}
    (await root.ask("PATCH", f"/api/v1/releases/{first['release']['id']}", json=moved)).ok()
    (await ann.ask("POST", f"/api/v1/tracks/{first['id']}/restore")).problem(404)
    await restore(bob, first)
    back = (await site.guest.get(f"/api/v1/tracks/{first['id']}")).ok().json
    assert back["artist"]["id"] == other["artist"]["id"]
