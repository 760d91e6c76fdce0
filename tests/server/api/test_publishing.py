from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base import clock
from mediaserver.base.db import Tx
from mediaserver.catalog import publishing
from tests import running
from tests.running import Answer, Site, Visitor
from tests.server import doors
from tests.server.api.test_deleting import publish_album


def later(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat(timespec="milliseconds")


async def schedule(visitor: Visitor, track: dict[str, Any], moment: object, kind: str = "tracks") -> Answer:
    return await visitor.ask("PUT", f"/api/v1/{kind}/{track['id']}/schedule", json={"publish_at": moment})


async def test_until_its_day_a_track_is_its_owners_alone(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave, "Vault.wav")
    known = [*await doors.addresses(ann, track), f"/media/tracks/{track['id']}/download"]
    (await schedule(ann, track, later(days=3))).ok()
    for visitor in (site.guest, bob):
        await doors.assert_closed(visitor, known)
        assert (await visitor.get("/api/v1/tracks")).json["items"] == []
        for page in ("/", track["artist"]["url"]):
            assert track["title"] not in (await visitor.get(page)).text
    own = (await ann.get(f"/api/v1/tracks/{track['id']}")).ok().json
    assert own["visibility"] == "public"
    assert own["publish_at"] is not None
    assert "/public/" not in own["stream"]["hls"]
    await doors.assert_open(ann, await doors.addresses(ann, own))
    assert track["title"] in (await ann.get(track["artist"]["url"])).text


async def test_it_comes_out_by_itself_at_its_moment(site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await site.join()
    first, second = await ann.publish(wave, "First.wav"), await ann.publish(wave, "Second.wav")
    known = await doors.addresses(ann, first)
    (await schedule(ann, first, later(minutes=20))).ok()
    await doors.assert_closed(site.guest, known)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + 20 * clock.MINUTE)

    async def is_out() -> bool:
        return set((await doors.states(site.guest, known)).values()) == {200}

    await running.until(is_out)
    newest = (await site.guest.get("/api/v1/tracks")).json["items"]
    assert [each["id"] for each in newest] == [first["id"], second["id"]], "what comes out now is new now"
    page = (await site.guest.get("/api/v1/tracks?limit=1")).json
    rest = (await site.guest.get(f"/api/v1/tracks?limit=1&cursor={page['next']}")).json
    assert [each["id"] for each in rest["items"]] == [second["id"]]
    assert (await ann.get(f"/api/v1/tracks/{first['id']}")).json["publish_at"] is None


async def test_a_moment_that_the_server_slept_through_is_made_up_for(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data") as site:
        ann = await site.join()
        track = await ann.publish(wave)
        (await schedule(ann, track, later(days=1))).ok()
    async with running.site(tmp_path / "data", working=False) as site:
        await site.services.db.write(_pass, "tracks")
        assert (await site.guest.get(track["url"])).status == 404
    async with running.site(tmp_path / "data") as site:

        async def is_out() -> bool:
            return (await site.guest.get(track["url"])).status == 200

        await running.until(is_out)


def _pass(tx: Tx, table: str) -> None:
    tx.run(f"UPDATE {table} SET publish_at = :past", past=int(time.time() * 1000) - 1000)


async def test_a_release_comes_out_with_its_tracks(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    hall, stairs = await publish_album(ann, tmp_path, "Hall", "Stairs")
    release = hall["release"]
    (await schedule(ann, release, later(days=3), "releases")).ok()
    for address in (release["url"], hall["url"], stairs["url"]):
        assert (await site.guest.get(address)).status == 404
        assert (await ann.get(address)).status == 200
    assert "Rooms" not in (await site.guest.get("/")).text
    # The single comes out before, and keeps to itself what it is from.
    (await schedule(ann, hall, None)).ok()
    single = (await site.guest.get(f"/api/v1/tracks/{hall['id']}")).ok().json
    assert single["release"] is None
    assert "Rooms" not in (await site.guest.get(hall["url"])).text
    # Whoever uploads more to it adds what waits as well.
    (attic,) = await publish_album(ann, tmp_path, "Attic")
    assert (await site.guest.get(attic["url"])).status == 404
    await site.services.db.write(_pass, "releases")
    (await schedule(ann, release, None, "releases")).ok()
    for address in (release["url"], hall["url"], stairs["url"], attic["url"]):
        assert (await site.guest.get(address)).status == 200
    assert (await site.guest.get(f"/api/v1/tracks/{hall['id']}")).json["release"]["title"] == "Rooms"


async def test_what_was_deleted_comes_back_with_the_day_of_its_release(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    hall, stairs = await publish_album(ann, tmp_path, "Hall", "Stairs")
    (await ann.ask("DELETE", f"/api/v1/tracks/{hall['id']}")).ok()
    (await schedule(ann, hall["release"], later(days=3), "releases")).ok()
    (await ann.ask("POST", f"/api/v1/tracks/{hall['id']}/restore")).ok()
    for track in (hall, stairs):
        assert (await site.guest.get(track["url"])).status == 404
    # What is deleted does not come out: it does so when it is brought back.
    (await ann.ask("DELETE", f"/api/v1/tracks/{hall['id']}")).ok()
    await site.services.db.write(_pass, "tracks")
    await site.services.db.write(publishing.publish_due)
    assert (await site.guest.get(stairs["url"])).status == 200
    (await ann.ask("POST", f"/api/v1/tracks/{hall['id']}/restore")).ok()
    await site.services.db.write(publishing.publish_due)
    assert (await site.guest.get(hall["url"])).status == 200
    told = (await ann.get(f"/api/v1/tracks/{hall['id']}/history")).ok().json["items"]
    acts = [each["action"] for each in reversed(told)]
    assert acts == ["upload", "delete", "change", "restore", "delete", "restore", "publish"]


@pytest.mark.parametrize(
    "moment",
    [
        "tomorrow", "", "2027-01-01", "2027-01-01T10:00:00", "2027-13-01T10:00:00Z", "2027-02-30T10:00:00Z",
        "2027-01-01T25:00:00Z", "2027-01-01T10:00:00+99:00", "99999-01-01T10:00:00Z", "٢٠٢٧-01-01T10:00:00Z", 7, {}, [],
    ],
)  # fmt: skip
async def test_what_is_no_moment_is_refused(site: Site, wave: bytes, moment: object) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    (await schedule(ann, track, moment)).problem(422, "invalid")
    assert (await site.guest.get(track["url"])).status == 200


async def test_a_moment_in_the_past_is_now_and_only_the_owner_sets_one(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave)
    (await schedule(ann, track, "2001-01-01T00:00:00Z")).ok()
    assert (await site.guest.get(track["url"])).status == 200
    (await schedule(bob, track, later(days=1))).problem(403)
    (await schedule(site.guest, track, later(days=1))).problem(401)
    (await ann.ask("PUT", f"/api/v1/tracks/{track['id']}/schedule", data=b"{")).problem(400)
    (await ann.ask("PUT", f"/api/v1/tracks/{track['id']}/schedule", json={})).problem(422)


async def test_saving_other_fields_keeps_who_it_is_for_once_it_is_out(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    (await schedule(ann, track, later(days=1))).ok()
    own = (await ann.get(f"/api/v1/tracks/{track['id']}")).json
    changes = {"title": "Other", "visibility": own["visibility"]}
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json=changes)).ok()
    (await schedule(ann, track, None)).ok()
    (await site.guest.get(f"/api/v1/tracks/{track['id']}")).ok()
