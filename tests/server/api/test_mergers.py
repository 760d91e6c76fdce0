"""Two artists that become one, one that is removed, and how both are undone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediaserver.media.artwork import encode_png
from tests import sounds
from tests.running import Site, Visitor

API = "/api/v1"


@dataclass(frozen=True)
class Scene:
    """Ann with an artist "Aka" of a track alone and one on a release, and an artist "Real" with a track."""

    ann: Visitor
    aka: str
    real: str
    alone: dict[str, Any]
    on_album: dict[str, Any]
    other: dict[str, Any]

    async def merge(self) -> None:
        (await self.ann.ask("POST", f"{API}/artists/{self.aka}/merge", json={"into": self.real})).ok()

    async def undo(self) -> None:
        assert (await self.ann.ask("POST", f"{API}/artists/{self.aka}/restore")).status == 204

    async def tracks(self) -> list[dict[str, Any]]:
        found = (self.alone, self.on_album, self.other)
        return [(await self.ann.get(f"{API}/tracks/{each['id']}")).ok().json for each in found]

    async def look(self) -> list[Any]:
        """All that is said of both, and of all that stands on their pages."""
        told = [(await self.ann.get(f"{API}/artists/{each}")).ok().json for each in (self.aka, self.real)]
        return [*told, *await self.tracks()]


async def publish(visitor: Visitor, wave: bytes, title: str, artist: str) -> dict[str, Any]:
    """A track on the page of an artist of that name, made where there is none."""
    place = f"{API}/tracks/{(await visitor.publish(wave, f'{title}.wav'))['id']}"
    told: dict[str, Any] = (await visitor.ask("PATCH", place, json={"artist": artist, "credited": artist})).ok().json
    return told


@pytest.fixture
async def scene(site: Site, wave: bytes) -> Scene:
    ann = await site.join()
    alone, on_album = [await publish(ann, wave, title, "Aka") for title in ("Song", "Last")]
    other = await publish(ann, wave, "Song", "Real")
    (await ann.ask("PATCH", f"{API}/tracks/{on_album['id']}", json={"release": "Album"})).ok()
    return Scene(ann, alone["artist"]["id"], other["artist"]["id"], alone, on_album, other)


async def leads(site: Site, address: str) -> str:
    answer = await site.guest.get(address)
    assert answer.status == 301
    return answer.headers["Location"]


async def test_two_artists_become_one_and_two_again(site: Site, scene: Scene) -> None:
    said = {"words": "Hello", "links": [{"url": "https://aka.example/", "label": "Aka's"}]}
    (await scene.ann.ask("PATCH", f"{API}/artists/{scene.aka}", json=said)).ok()
    picture = encode_png(np.full((32, 32, 3), 90, np.uint8))
    (await scene.ann.ask("PUT", f"{API}/artists/{scene.aka}/artwork", data=picture)).ok()
    before = await scene.look()
    await scene.merge()
    (one, real), tracks = (await scene.look())[:2], await scene.tracks()
    assert one == real
    assert (real["name"], real["words"], real["links"]) == ("Real", "Hello", said["links"])
    assert real["artwork"] is not None
    assert [(each["artist"]["name"], each["credited"]) for each in tracks] == [("Real", "Real")] * 3
    assert [each["url"] for each in tracks] == ["/@real/song-2", "/@real/last", "/@real/song"]
    assert await leads(site, "/@aka") == "/@real"
    assert await leads(site, "/@aka/song") == "/@real/song-2", "not the other's, which is called alike"
    assert await leads(site, "/@aka/releases/album") == "/@real/releases/album"
    assert 'href="/library/artists' in (page := (await scene.ann.get("/library/artists")).ok().text)
    assert "Aka" not in page
    [gone] = (await scene.ann.get(f"{API}/deleted")).ok().json["items"]
    assert (gone["kind"], gone["title"], gone["merged_into"]) == ("artist", "Aka", scene.real)
    await scene.undo()
    assert await scene.look() == before
    assert await leads(site, "/@real/song-2") == "/@aka/song"
    assert (await scene.ann.get(f"{API}/deleted")).json["items"] == []


async def test_what_is_said_of_it_is_kept_in_history(scene: Scene) -> None:
    await scene.merge()
    await scene.undo()

    async def told(thing: str) -> list[tuple[str, str]]:
        items = (await scene.ann.get(f"{API}/{thing}/history")).ok().json["items"]
        return [(each["action"], each["words"]) for each in items[:2]]

    assert await told(f"artists/{scene.aka}") == [("restore", ""), ("merge", "into: Real")]
    assert await told(f"artists/{scene.real}") == [("change", "parted: Aka"), ("change", "merged: Aka")]
    assert await told(f"tracks/{scene.alone['id']}") == [
        ("change", "artist name: Real → Aka; credited: Real → Aka"),
        ("change", "artist name: Aka → Real; credited: Aka → Real"),
    ]
    assert not any("Aka" in words for _, words in await told(f"tracks/{scene.other['id']}"))


async def test_followers_go_along_and_come_back(site: Site, scene: Scene) -> None:
    first, both, late, left, bad = [await site.join(name, "listener") for name in ("a1", "a2", "a3", "a4", "a5")]

    async def follow(visitor: Visitor, artist: str, method: str = "PUT") -> int:
        return (await visitor.ask(method, f"{API}/artists/{artist}/follow")).status

    async def following() -> list[tuple[bool, bool]]:
        artists = [[(await who.get(f"{API}/artists/{each}")).json["follows"] for each in (scene.aka, scene.real)]
                   for who in (first, both, late, left, bad)]  # fmt: skip
        return [(one, other) for one, other in artists]

    for who, artists in (
        (first, [scene.aka]),
        (both, [scene.aka, scene.real]),
        (left, [scene.aka]),
        (bad, [scene.aka]),
    ):
        assert [await follow(who, artist) for artist in artists] == [200] * len(artists)
    account = (await bad.get(f"{API}/session")).json["id"]
    assert (await scene.ann.ask("PUT", f"{API}/artists/{scene.aka}/blocks/{account}")).status == 204
    (await scene.ann.ask("PATCH", f"{API}/tracks/{scene.alone['id']}", json={"visibility": "followers"})).ok()
    await scene.merge()
    assert [other for _, other in await following()] == [True, True, False, True, False]
    seen = [(await who.get(f"{API}/tracks/{scene.alone['id']}")).status for who in (first, both, late, bad)]
    assert seen == [200, 200, 404, 404]
    assert [await follow(late, scene.real), await follow(left, scene.real, "DELETE")] == [200, 200]
    assert await follow(bad, scene.real) == 403
    assert (await site.guest.get(f"{API}/artists/{scene.real}")).json["followers"] == 3
    await scene.undo()
    assert await following() == [(True, False), (True, True), (False, True), (False, False), (False, False)]
    assert [await follow(bad, each) for each in (scene.aka, scene.real)] == [403, 403]


async def test_what_comes_in_later_is_the_others(scene: Scene, tmp_path: Path) -> None:
    tagged = sounds.write(tmp_path / "a.flac", sounds.tone(1), metadata={"title": "New", "artist": "Aka"}).read_bytes()
    await scene.merge()
    for artist in ("tags", scene.aka):
        assert (await scene.ann.publish(tagged, "New.flac", artist=artist))["artist"]["id"] == scene.real
    credit = {"credited": "Ann feat. Aka", "artists": ["Ann", "Aka"]}
    (await scene.ann.ask("PATCH", f"{API}/tracks/{scene.other['id']}", json=credit)).ok()
    named = (await scene.ann.get(f"{API}/tracks/{scene.other['id']}")).json["details"]["artists"]
    assert [each["url"] for each in named] == [None, "/@real"]
    (await scene.ann.ask("PATCH", f"{API}/artists/{scene.real}", json={"words": "Mine now"})).ok()
    await scene.undo()
    assert (await scene.ann.get(f"{API}/artists/{scene.real}")).json["words"] == "Mine now"
    assert [each["artist"]["name"] for each in await scene.tracks()] == ["Aka", "Aka", "Real"]
    assert (await scene.ann.publish(tagged, "New.flac", artist="tags"))["artist"]["id"] == scene.aka


async def test_mergings_are_undone_in_their_order(site: Site, scene: Scene, wave: bytes) -> None:
    third = (await publish(scene.ann, wave, "Third", "Third"))["artist"]["id"]
    before = await scene.tracks()
    await scene.merge()
    (await scene.ann.ask("POST", f"{API}/artists/{scene.real}/merge", json={"into": third})).ok()
    assert await leads(site, "/@aka/releases/album") == "/@third/releases/album"
    assert {each["artist"]["id"] for each in await scene.tracks()} == {third}
    (await scene.ann.ask("POST", f"{API}/artists/{scene.aka}/restore")).problem(409)
    for each in (scene.real, scene.aka):
        assert (await scene.ann.ask("POST", f"{API}/artists/{each}/restore")).status == 204
    assert await scene.tracks() == before


async def test_a_merging_for_good_leaves_addresses_that_lead_on(site: Site, scene: Scene) -> None:
    await scene.merge()
    assert (await scene.ann.ask("DELETE", f"{API}/deleted/artists/{scene.aka}")).status == 204
    (await scene.ann.ask("POST", f"{API}/artists/{scene.aka}/restore")).problem(404)
    assert await leads(site, "/@aka/song") == "/@real/song-2"
    for track in await scene.tracks():
        (await scene.ann.ask("DELETE", f"{API}/tracks/{track['id']}")).ok()
        (await scene.ann.ask("DELETE", f"{API}/deleted/tracks/{track['id']}")).ok()
    (await scene.ann.ask("DELETE", f"{API}/artists/{scene.real}")).ok()
    assert (await scene.ann.ask("DELETE", f"{API}/deleted/artists/{scene.real}")).status == 204
    assert [(await site.guest.get(each)).status for each in ("/@aka", "/@real")] == [404, 404]


async def test_what_makes_no_sense_is_refused(site: Site, scene: Scene, wave: bytes) -> None:
    bob, root = await site.join("bob"), await site.join("root", "admin")
    bobs = (await publish(bob, wave, "Bob", "Bo"))["artist"]["id"]
    place = f"{API}/artists/{scene.aka}/merge"
    for visitor, into, status in (
        (scene.ann, scene.aka, 422), (scene.ann, bobs, 403), (root, bobs, 422), (scene.ann, "x", 404), (bob, bobs, 403),
        (site.guest, scene.real, 401),
    ):  # fmt: skip
        (await visitor.ask("POST", place, json={"into": into})).problem(status)
    (await scene.ann.ask("POST", place, json={})).problem(422)
    assert [each["artist"]["name"] for each in await scene.tracks()] == ["Aka", "Aka", "Real"]
    await scene.merge()
    (await scene.ann.ask("POST", place, json={"into": scene.real})).problem(404)
    (await bob.ask("POST", f"{API}/artists/{scene.aka}/restore")).problem(404)
    (await scene.ann.ask("PATCH", f"{API}/artists/{scene.real}", json={"name": "Aka"})).ok()
    (await scene.ann.ask("POST", f"{API}/artists/{scene.aka}/restore")).problem(409)
    (await scene.ann.ask("PATCH", f"{API}/artists/{scene.real}", json={"name": "Real"})).ok()
    await scene.undo()


async def test_an_artist_that_nothing_stands_on_is_removed_and_brought_back(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await publish(ann, wave, "Only", "Gone")
    place, song = f"{API}/artists/{track['artist']['id']}", f"{API}/tracks/{track['id']}"
    (await ann.ask("DELETE", place)).problem(409)
    (await ann.ask("DELETE", song)).ok()
    (await ann.ask("DELETE", place)).problem(409)
    (await ann.ask("DELETE", song.replace("/v1/", "/v1/deleted/"))).ok()
    told = (await ann.ask("DELETE", place)).ok().json
    assert (told["kind"], told["title"], told["merged_into"]) == ("artist", "Gone", None)
    assert [(await site.guest.get(each)).status for each in ("/@gone", place)] == [404, 404]
    assert (await ann.ask("POST", f"{place}/restore")).status == 204
    assert (await site.guest.get("/@gone")).status == 200
    (await ann.ask("DELETE", place)).ok()
    assert (await publish(ann, wave, "Next", "Gone"))["artist"]["id"] not in place
    (await ann.ask("POST", f"{place}/restore")).problem(409)
    assert (await ann.ask("DELETE", place.replace("/v1/", "/v1/deleted/"))).status == 204
    (await ann.ask("DELETE", place)).problem(404)
    assert (await site.guest.get("/@gone")).status == 404
