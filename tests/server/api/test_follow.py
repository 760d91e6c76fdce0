from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mediaserver.accounts import accounts, follows
from mediaserver.base import clock
from mediaserver.streaming import remembered
from tests import running, sounds
from tests.running import Site, Visitor
from tests.server import doors


async def follow(visitor: Visitor, track: dict[str, Any], method: str = "PUT") -> dict[str, Any]:
    answer: dict[str, Any] = (await visitor.ask(method, f"/api/v1/artists/{track['artist']['id']}/follow")).ok().json
    return answer


async def test_what_is_for_followers_opens_to_them_alone(site: Site, tmp_path: Path) -> None:
    ann, bob, eve = await site.join(), await site.join("bob", "listener"), await site.join("eve", "listener")
    path = sounds.write(tmp_path / "a.flac", sounds.tone(1), metadata={"title": "Vault", "album": "Rooms"})
    track = await ann.publish(path.read_bytes(), "a.flac", visibility="followers")
    assert "/public/" not in track["stream"]["hls"]
    known = await doors.addresses(ann, track)
    for visitor in (site.guest, bob, eve):
        pages = [each for each in known if not each.startswith("/hls/")]
        await doors.assert_closed(visitor, pages)
        await doors.assert_closed(visitor, doors.for_everybody([each for each in known if each not in pages]))
    assert await follow(bob, track) == {"follows": True, "followers": 1}
    assert await follow(bob, track) == {"follows": True, "followers": 1}
    seen = (await bob.get(f"/api/v1/tracks/{track['id']}")).ok().json
    assert (seen["visibility"], seen["release"]["title"]) == ("followers", "Rooms")
    await doors.assert_open(bob, await doors.addresses(bob, seen))
    await doors.assert_open(bob, [track["release"]["url"]])
    for page in (track["artist"]["url"], track["release"]["url"]):
        assert "Vault" in (await bob.get(page)).text
        for visitor in (site.guest, eve):
            assert "Vault" not in (await visitor.get(page)).text
    for page in ("/", "/api/v1/tracks"):
        assert "Vault" not in (await bob.get(page)).text, "lists for everybody are the same for everybody"


async def test_it_ends_with_the_following_though_the_ticket_has_not(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob", "listener")
    track = await ann.publish(wave, visibility="followers")
    await follow(bob, track)
    known = await doors.addresses(bob, (await bob.get(f"/api/v1/tracks/{track['id']}")).json)
    await doors.assert_open(bob, known)
    assert await follow(bob, track, "DELETE") == {"follows": False, "followers": 0}
    await doors.assert_closed(bob, known)
    await follow(bob, track)
    await doors.assert_open(bob, known)
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "private"})).ok()
    await doors.assert_closed(bob, known)


async def test_it_ends_for_who_is_disabled_and_when_another_process_says_so(
    tmp_path: Path, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running.site(tmp_path / "data") as site, running.site(tmp_path / "data", working=False) as other:
        ann, bob = await site.join(), await site.join("bob", "listener")
        track = await ann.publish(wave, visibility="followers")
        await follow(bob, track)
        known = await doors.addresses(bob, (await bob.get(f"/api/v1/tracks/{track['id']}")).json)
        played = [each for each in known if each.startswith("/hls/")]
        await doors.assert_open(bob, played)
        account = await site.services.db.read(accounts.named, "bob")
        await other.services.db.write(follows.remove, account.id, track["artist"]["id"])
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + remembered.LONGEST + clock.SECOND)
        await doors.assert_closed(bob, played)
        await site.services.db.write(follows.add, account.id, track["artist"]["id"])
        await doors.assert_open(bob, played)
        await site.services.db.write(accounts.disable, account.id)
        await doors.assert_closed(bob, played)


async def test_to_follow_one_signs_in(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    for method in ("PUT", "DELETE"):
        (await site.guest.ask(method, f"/api/v1/artists/{track['artist']['id']}/follow")).problem(401)
        (await ann.ask(method, "/api/v1/artists/x/follow")).problem(404)


async def test_who_is_blocked_is_out_at_once_and_cannot_come_back_by_himself(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob", "listener")
    track = await ann.publish(wave, visibility="followers")
    await follow(bob, track)
    known = await doors.addresses(bob, (await bob.get(f"/api/v1/tracks/{track['id']}")).json)
    artist = f"/api/v1/artists/{track['artist']['id']}"
    (told,) = (await ann.get(f"{artist}/followers")).ok().json["items"]
    assert (told["display_name"], told["blocked"]) == (None, False)
    block = f"{artist}/blocks/{told['id']}"
    for visitor, status in ((site.guest, 401), (bob, 403)):
        (await visitor.ask("PUT", block)).problem(status)
        (await visitor.get(f"{artist}/followers")).problem(status)
    (await ann.ask("PUT", f"{artist}/blocks/x")).problem(404)
    (await ann.ask("PUT", block)).ok()
    await doors.assert_closed(bob, known)
    (await bob.ask("PUT", f"{artist}/follow")).problem(403)
    assert (await bob.ask("DELETE", f"{artist}/follow")).ok().json["followers"] == 0
    (await bob.ask("PUT", f"{artist}/follow")).problem(403)
    assert [each["blocked"] for each in (await ann.get(f"{artist}/followers")).json["items"]] == [True]
    (await ann.ask("DELETE", block)).ok()
    await doors.assert_closed(bob, known)
    await follow(bob, track)
    await doors.assert_open(bob, known)


async def test_the_artist_learns_no_name_that_signs_in(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob", "listener")
    track = await ann.publish(wave)
    await follow(bob, track)
    artist, page = (f"{door}/artists/{track['artist']['id']}" for door in ("/api/v1", "/library"))
    (told,) = (await ann.get(f"{artist}/followers")).ok().json["items"]
    (await ann.ask("PUT", f"{artist}/blocks/{told['id']}")).ok()
    for address in (f"{artist}/followers", f"{artist}/history", f"{page}/followers"):
        answer = (await ann.get(address)).ok().text
        assert "bob" not in answer.lower(), address
    renamed = (await bob.ask("PATCH", "/api/v1/session", json={"display_name": " Robert\x00 the\nBob "})).ok().json
    assert (renamed["name"], renamed["display_name"]) == ("bob", "Robert the Bob")
    assert (await bob.get("/api/v1/session")).json == renamed
    assert (await ann.get(f"{artist}/followers")).json["items"][0]["display_name"] == "Robert the Bob"
    assert "Robert the Bob" in (await ann.get(f"{page}/followers")).text
    for nothing in (None, "", " \u202e", "BOB"):
        (await bob.ask("PATCH", "/api/v1/session", json={"display_name": nothing})).ok()
        assert (await ann.get(f"{artist}/followers")).json["items"][0]["display_name"] is None
    (await site.guest.ask("PATCH", "/api/v1/session", json={"display_name": "x"})).problem(401)
    for odd in ({}, {"display_name": 5}, []):
        (await bob.ask("PATCH", "/api/v1/session", json=odd)).problem(422)
