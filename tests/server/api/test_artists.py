from __future__ import annotations

from typing import Any

import pytest

from mediaserver.catalog import links
from tests.running import Site, Visitor


async def artist_of(visitor: Visitor, wave: bytes, **wishes: str) -> tuple[str, dict[str, Any]]:
    """The address of an artist of the visitor's, and a track on its page."""
    track = await visitor.publish(wave, **wishes)
    return f"/api/v1/artists/{track['artist']['id']}", track


async def test_an_artist_says_who_they_are(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, _ = await artist_of(ann, wave)
    before = (await site.guest.get(address)).ok().json
    assert (before["name"], before["words"], before["links"], before["artwork"]) == ("ann", "", [], None)
    said = {
        "name": "Ann  Ótima",
        "words": "*Words*\n",
        "links": [{"url": "https://www.example.org/a?b=c#d"}, {"url": "http://[::1]:80", "label": " The\nlabel "}],
    }
    after = (await ann.ask("PATCH", address, json=said)).ok().json
    links = [
        {"url": "https://www.example.org/a?b=c#d", "label": "example.org"},
        {"url": "http://[::1]:80", "label": "The label"},
    ]
    told = {"name": "Ann Ótima", "slug": "ann-otima", "url": "/@ann-otima", "words": "*Words*", "links": links}
    assert after == before | told
    assert (await site.guest.get(address)).json == after
    assert (await ann.ask("PATCH", address, json={})).ok().json == after
    cleared = (await ann.ask("PATCH", address, json={"words": None, "links": None})).ok().json
    assert cleared == after | {"words": "", "links": []}


async def test_a_new_name_tears_nothing_off(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, own = await artist_of(ann, wave)
    guest = await ann.publish(wave, "b.wav")
    credit = {"credited": "ann feat. Bo", "artists": ["ann", "Bo"]}
    (await ann.ask("PATCH", f"/api/v1/tracks/{guest['id']}", json=credit | {"release": "Album"})).ok()
    release = (await ann.get(f"/api/v1/tracks/{guest['id']}")).json["release"]
    (await ann.ask("PATCH", f"/api/v1/releases/{release['id']}", json={"credited": "ann"})).ok()
    (await ann.ask("PATCH", address, json={"name": "Anna"})).ok()
    for old in ("/@ann", own["url"], release["url"]):
        moved = await site.guest.get(old)
        assert (moved.status, moved.headers["Location"]) == (301, old.replace("/@ann", "/@anna"))
    alone, together = [(await ann.get(f"/api/v1/tracks/{each['id']}")).ok().json for each in (own, guest)]
    assert (alone["credited"], alone["artist"]["name"]) == ("Anna", "Anna")
    assert [(each["name"], each["url"]) for each in alone["details"]["artists"]] == [("Anna", "/@anna")]
    assert together["credited"] == "ann feat. Bo", "what somebody wrote out stays as it was written"
    assert [each["url"] for each in together["details"]["artists"]] == ["/@anna", None]
    album = (await ann.get(f"/api/v1/releases/{release['id']}")).ok().json
    assert (album["details"]["credited"], album["artist"]["name"]) == ("Anna", "Anna")
    again = await ann.publish(wave, "c.wav", artist="tags")
    assert again["artist"]["url"] == "/@anna", "what comes in under the old name is theirs"
    for thing, words in ((f"tracks/{own['id']}", "credited: ann → Anna"), (address[8:], "name: ann → Anna")):
        assert (await ann.get(f"/api/v1/{thing}/history")).ok().json["items"][0]["words"] == words


async def test_only_who_looks_after_an_artist_changes_it(site: Site, wave: bytes) -> None:
    ann, bob, root = await site.join(), await site.join("bob"), await site.join("root", "admin")
    address, _ = await artist_of(ann, wave, visibility="private")
    for visitor, status in ((site.guest, 401), (bob, 403)):
        (await visitor.ask("PATCH", address, json={"name": "Mine"})).problem(status)
        (await visitor.get(f"{address}/history")).problem(status)
    (await ann.get("/api/v1/artists/x")).problem(404)
    (await ann.ask("PATCH", "/api/v1/artists/x", json={})).problem(404)
    (await root.ask("PATCH", address, json={"words": "Hi"})).ok()
    (entry,) = (await ann.get(f"{address}/history")).ok().json["items"]
    assert (entry["who"], entry["change"]) == ("root", {"words": ["", "Hi"]})
    (await ann.ask("PATCH", address, json={"name": "Ann", "words": "Hi"})).ok()
    assert (await ann.get(f"{address}/history")).json["items"][0]["change"] == {"name": ["ann", "Ann"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""}, {"name": None}, {"name": "\u202e"}, {"name": 5}, {"words": ["a"]}, {"links": "https://a.example"},
        {"links": [{"label": "a"}]}, {"links": [{"url": "https://a.example", "label": 5}]}, {"links": [None]},
        *({"links": [{"url": url}]} for url in (
            "", "a.example", "javascript:alert(1)", "JavaScript://a.example/%0aalert(1)", "data:text/html,x", "https:",
            "https://", "https:///x", "//a.example", "ftp://a.example", "https://a.example@b.example/", "http://a:b",
            "https://a.example:0/", "https://[::1", "https://a b.example/", "https://a.example/" + "x" * 1000,
        )),
        {"links": [{"url": f"https://{n}.example"} for n in range(links.MOST + 1)]},
    ],
    ids=lambda changes: str(changes)[:60],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_and_changes_nothing(site: Site, wave: bytes, changes: Any) -> None:
    ann = await site.join()
    address, _ = await artist_of(ann, wave)
    before = (await ann.get(address)).json
    (await ann.ask("PATCH", address, json={"words": "new"} | changes)).problem(422)
    assert (await ann.get(address)).json == before
