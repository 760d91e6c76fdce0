from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientConnectionError

from mediaserver.catalog import artists
from mediaserver.catalog.details import details
from mediaserver.media import artwork
from tests.running import Site, Visitor
from tests.server.test_api import NOBODY

UUID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
EVERYTHING: dict[str, Any] = {
    "title": "Title",
    "credited": "Ann feat. Бо",
    "artists": [{"name": "Ann", "sort_name": "Ann, the", "musicbrainz_id": UUID}, "Бо"],
    "words": "*words*",
    "visibility": "unlisted",
    "genres": ["Dub", "民謡"],
    "tags": ["rainy", "Road"],
    "credits": [
        {"role": "composer", "name": "Cy", "detail": None},
        {"role": "performer", "name": "Di", "detail": "oud"},
    ],
    "lyrics": "la\nla",
    "synced_lyrics": [[2000, "la"], [500, "la la"]],
    "release": "The Album",
    "disc": 2,
    "number": 12,
    "date": "May 21, 1997",
    "original_date": "1966-07",
    "title_sort": "Title, The",
    "subtitle": "Demo",
    "artist_sort": "Ann, the feat. Бо",
    "label": "Label",
    "isrc": "de-a12-97-12345",
    "language": "deu",
    "licence": "CC BY 4.0",
    "copyright": "℗ 1997",
    "bpm": 97.5,
    "musical_key": "F#m",
    "explicit": False,
    "comment": "two\nlines",
    "track_total": 12,
    "disc_total": 2,
    "recording_id": UUID.upper(),
    "release_track_id": UUID,
    "work_id": UUID,
    "track_gain": -7.5,
    "track_peak": 0.9,
    "album_gain": -6.0,
    "album_peak": 1.1,
}
NORMAL = EVERYTHING | {"date": "1997-05-21", "isrc": "DEA129712345", "recording_id": UUID}
NORMAL["synced_lyrics"] = sorted(EVERYTHING["synced_lyrics"])
NORMAL["artists"] = [
    {"name": "Ann", "join_phrase": " feat. ", "sort_name": "Ann, the", "musicbrainz_id": UUID, "url": None},
    {"name": "Бо", "join_phrase": "", "sort_name": None, "musicbrainz_id": None, "url": None},
]
RELEASE: dict[str, Any] = {
    "title": "Gold",
    "credited": "Ann & Bo",
    "artists": ["Ann", "Bo"],
    "words": "words",
    "visibility": "unlisted",
    "date": "2001-02",
    "original_date": "1999",
    "types": ["Album", "live"],
    "discs": [{"disc": 1, "subtitle": "Day"}, {"disc": 2, "subtitle": "Night"}],
    "title_sort": "Gold, The",
    "artist_sort": "Ann",
    "label": "Label",
    "catalogue_number": "X 1",
    "barcode": "4 006381-333931",
    "media": "CD",
    "compilation": True,
    "musicbrainz_id": UUID,
    "release_group_id": UUID,
}


def flat(track: dict[str, Any]) -> dict[str, Any]:
    """All fields of a track beside each other, named as a PATCH names them."""
    return track["details"] | track | {"release": track["release"] and track["release"]["title"]}


async def track_of(visitor: Visitor, wave: bytes, name: str = "a.wav", **wishes: str) -> tuple[str, dict[str, Any]]:
    address = f"/api/v1/tracks/{(await visitor.publish(wave, name, **wishes))['id']}"
    return address, (await visitor.get(address)).ok().json


async def test_every_field_of_a_track_can_be_set_left_and_cleared(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, _ = await track_of(ann, wave)
    set_ = (await ann.ask("PATCH", address, json=EVERYTHING)).ok().json
    assert {name: flat(set_)[name] for name in NORMAL} == NORMAL
    assert (await ann.ask("PATCH", address, json={})).ok().json == set_
    for name in EVERYTHING.keys() - {"title", "visibility"}:
        cleared = (await ann.ask("PATCH", address, json={name: None})).ok().json
        assert flat(cleared)[name] in (None, [], "", "ann") or name == "artists", name
    for name in ("title", "visibility"):
        (await ann.ask("PATCH", address, json={name: None})).problem(422)
    (await site.guest.get(address)).ok()


@pytest.mark.parametrize(
    "changes",
    [
        {"date": "some day"}, {"date": 1997}, {"original_date": "0000"}, {"isrc": "x"}, {"bpm": 5}, {"bpm": "fast"},
        {"disc": 0}, {"number": -1}, {"number": 10_000}, {"number": 2**70}, {"number": 1.5}, {"explicit": 1},
        {"recording_id": "x"}, {"track_gain": 1000}, {"track_peak": -1}, {"credits": [{"role": "king", "name": "A"}]},
        {"credits": [{"role": "composer", "name": " "}]}, {"credits": [{"name": "A"}]}, {"artists": [" "]},
        {"artists": [{"name": "A", "musicbrainz_id": "x"}]}, {"synced_lyrics": [[-1, "a"]]}, {"artists": "A"},
        {"synced_lyrics": [["a", 1]]}, {"synced_lyrics": "la"}, {"tags": [None]}, {"title": None},
    ],
    ids=str,
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_and_changes_nothing(site: Site, wave: bytes, changes: Any) -> None:
    ann = await site.join()
    address, before = await track_of(ann, wave)
    (await ann.ask("PATCH", address, json={"title": "New", "words": "new"} | changes)).problem(422)
    assert (await ann.get(address)).json == before


async def test_what_cannot_be_seen_is_taken_out(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, _ = await track_of(ann, wave)
    odd = "\x00Ti\u202etle\r\n \u2066"
    said = {"title": odd, "words": odd, "genres": [odd], "tags": [odd], "release": odd, "lyrics": odd, "comment": odd}
    told = flat((await ann.ask("PATCH", address, json=said)).ok().json)
    assert {name: told[name] for name in said} == {
        name: ["Title"] if name in ("genres", "tags") else "Title" for name in said
    }
    album = f"/api/v1/releases/{(await ann.get(address)).json['release']['id']}"
    renamed = (await ann.ask("PATCH", album, json={"title": f"{odd}2", "words": odd, "artist": odd})).ok().json
    assert (renamed["title"], renamed["words"], renamed["artist"]["name"]) == ("Title 2", "Title", "Title")
    for nothing in ("\x00", "\u202e \u2066"):
        for named in (address, album):
            (await ann.ask("PATCH", named, json={"title": nothing})).problem(422)


async def test_artists_are_apart_only_where_somebody_keeps_them_apart(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, _ = await track_of(ann, wave)

    async def after(**changes: Any) -> tuple[str, list[tuple[str, str | None]]]:
        now = (await ann.ask("PATCH", address, json=changes)).ok().json
        return now["credited"], [(each["name"], each["join_phrase"]) for each in now["details"]["artists"]]

    assert await after(credited="A & B") == ("A & B", [("A & B", "")])
    assert await after(artists=["A", "B"]) == ("A & B", [("A", " & "), ("B", "")])
    assert await after(credited="A with B") == ("A with B", [("A", " with "), ("B", "")])
    assert await after(credited="C") == ("C", [("C", "")])
    assert await after(artists=["A", "B"]) == ("C", [("A", None), ("B", None)])
    given = [{"name": "A", "join_phrase": " vs. "}, {"name": "B"}]
    assert await after(artists=given) == ("A vs. B", [("A", " vs. "), ("B", "")])
    assert await after(artists=[]) == ("A vs. B", [("A vs. B", "")])
    assert await after(credited=None) == ("ann", [("ann", "")])


async def test_many_are_changed_together_or_not_at_all(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    own = [(await ann.publish(wave, f"{n}.wav"))["id"] for n in range(3)]
    foreign = (await bob.publish(wave, visibility="private"))["id"]
    changes = {"label": "Label", "genres": ["Dub"], "explicit": True, "release": "Together"}
    for ids, status in (([*own, foreign], 404), ([*own, NOBODY], 404), ([], 422), (own * 400, 422)):
        (await ann.ask("PATCH", "/api/v1/tracks", json={"ids": ids, "changes": changes})).problem(status)
    bad = changes | {"bpm": 1}
    (await ann.ask("PATCH", "/api/v1/tracks", json={"ids": own, "changes": bad})).problem(422)
    (await site.guest.ask("PATCH", "/api/v1/tracks", json={"ids": own, "changes": changes})).problem(401)
    for each in own:
        now = flat((await ann.get(f"/api/v1/tracks/{each}")).json)
        assert (now["label"], now["genres"], now["explicit"], now["release"]) == (None, [], None, None)
    answer = await ann.ask("PATCH", "/api/v1/tracks", json={"ids": [*own, own[0]], "changes": changes})
    items = [flat(each) for each in answer.ok().json["items"]]
    assert [each["id"] for each in items] == own
    assert {(each["label"], each["explicit"], each["release"]) for each in items} == {("Label", True, "Together")}
    assert [each["title"] for each in items] == ["0", "1", "2"]


async def test_tracks_move_to_another_release_and_an_empty_one_is_no_more(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    addresses = [(await track_of(ann, wave, f"{n}.wav", visibility="private"))[0] for n in range(2)]
    first = (await ann.ask("PATCH", addresses[0], json={"release": "Here"})).ok().json["release"]
    (await ann.ask("PATCH", addresses[0], json={"visibility": "public"})).ok()
    second = (await ann.ask("PATCH", addresses[1], json={"release": first["id"]})).ok().json["release"]
    assert second == first
    assert (await ann.get(f"/api/v1/releases/{first['id']}")).ok().json["visibility"] == "private"
    other = (await ann.ask("PATCH", addresses[0], json={"release": "There"})).ok().json["release"]
    assert other["id"] != first["id"]
    assert (await ann.get(f"/api/v1/releases/{other['id']}")).ok().json["visibility"] == "public"
    assert (await ann.ask("PATCH", addresses[1], json={"release": None})).ok().json["release"] is None
    (await ann.get(f"/api/v1/releases/{first['id']}")).problem(404)
    address, _ = await track_of(bob, wave, "b.wav")
    (await bob.ask("PATCH", address, json={"release": other["id"]})).problem(403)


async def test_a_track_goes_to_the_page_of_its_new_release_and_the_old_address_leads_there(
    site: Site, wave: bytes
) -> None:
    ann = await site.join()
    address, here = await track_of(ann, wave, "same.wav")
    account = (await ann.get("/api/v1/session")).json
    guest = await site.services.db.write(artists.add, account["id"], "The Guest")
    _, there = await track_of(ann, wave, "same.wav", artist=guest.id)
    release = (await ann.ask("PATCH", f"/api/v1/tracks/{there['id']}", json={"release": "R"})).ok().json["release"]
    moved = (await ann.ask("PATCH", address, json={"release": release["id"]})).ok().json
    assert (moved["artist"]["id"], moved["url"]) == (guest.id, "/@the-guest/same-2")
    led = await site.guest.get(here["url"])
    assert (led.status, led.headers["Location"]) == (301, moved["url"])


async def test_a_release_goes_to_another_page_with_its_tracks(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    ids = [(await ann.publish(wave, f"{n}.wav"))["id"] for n in "ab"]
    changed = await ann.ask("PATCH", "/api/v1/tracks", json={"ids": ids, "changes": {"release": "R"}})
    before = changed.ok().json["items"][0]
    (await ann.ask("PATCH", f"/api/v1/tracks/{ids[0]}", json={"artist": "The Band"})).problem(422)
    address = f"/api/v1/releases/{before['release']['id']}"
    now = (await ann.ask("PATCH", address, json={"artist": "The Band"})).ok().json
    assert (now["artist"]["name"], now["url"]) == ("The Band", "/@the-band/releases/r")
    assert [each["url"] for each in now["tracks"]] == ["/@the-band/a", "/@the-band/b"]
    for old, new in ((before["url"], "/@the-band/a"), (before["release"]["url"], now["url"])):
        assert (await site.guest.get(old)).headers["Location"] == new
    single = (await ann.ask("PATCH", f"/api/v1/tracks/{ids[0]}", json={"release": None, "artist": "Solo"})).ok().json
    assert (single["url"], single["credited"]) == ("/@solo/a", before["credited"])
    there = (await bob.publish(wave, "b.wav"))["artist"]["id"]
    for place in (address, f"/api/v1/tracks/{ids[0]}"):
        (await ann.ask("PATCH", place, json={"artist": there})).problem(403)
        for bad in ("", " ", None):
            (await ann.ask("PATCH", place, json={"artist": bad})).problem(422)


async def test_every_field_of_a_release_can_be_set_left_and_cleared(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track_address, _ = await track_of(ann, wave)
    release = (await ann.ask("PATCH", track_address, json={"release": "Old", "date": "1990"})).ok().json["release"]
    address = f"/api/v1/releases/{release['id']}"
    set_ = (await ann.ask("PATCH", address, json=RELEASE)).ok().json
    names = set_["details"].pop("artists")
    assert [(each["name"], each["join_phrase"]) for each in names] == [("Ann", " & "), ("Bo", "")]
    wanted = RELEASE | {"types": ["album", "live"], "barcode": "4006381333931"}
    del wanted["artists"]
    assert {name: (set_ | set_["details"])[name] for name in wanted} == wanted
    assert set_["slug"] == "gold"
    assert (await site.guest.get(release["url"])).headers["Location"] == set_["url"]
    assert (await ann.get(track_address)).json["date"] == "2001-02"
    for name in RELEASE.keys() - {"title", "visibility", "compilation", "artists"}:
        cleared = (await ann.ask("PATCH", address, json={name: None})).ok().json
        assert (cleared | cleared["details"])[name] in (None, [], "", "ann"), name
    for bad in ({"title": ""}, {"title": None}, {"visibility": "secret"}, {"barcode": "x"}, {"compilation": None},
                {"discs": [{"disc": 0, "subtitle": "x"}]}, {"date": "x"}):  # fmt: skip
        (await ann.ask("PATCH", address, json=bad)).problem(422)
    (await bob.ask("PATCH", address, json={"title": "x"})).problem(403)
    (await site.guest.ask("PATCH", address, json={"title": "x"})).problem(401)
    (await ann.ask("PATCH", f"/api/v1/releases/{NOBODY}", json={})).problem(404)


async def test_a_private_release_is_for_its_owner(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track_address, _ = await track_of(ann, wave)
    release = (await ann.ask("PATCH", track_address, json={"release": "R"})).ok().json["release"]
    address = f"/api/v1/releases/{release['id']}"
    assert [each["id"] for each in (await site.guest.get(address)).ok().json["tracks"]] == [track_address[-26:]]
    (await ann.ask("PATCH", address, json={"visibility": "private", "label": "Secret"})).ok()
    (await site.guest.get(address)).problem(404)
    assert (await ann.get(address)).ok().json["details"]["label"] == "Secret"
    assert "Secret" not in (await site.guest.get(track_address)).ok().text
    assert (await site.services.db.read(details.tags, track_address[-26:])).label is None


async def test_the_order_of_a_release_is_changed_in_one_go(site: Site, wave: bytes) -> None:
    ann = await site.join()
    ids = [(await ann.publish(wave, f"{n}.wav"))["id"] for n in "abc"]
    stray = (await ann.publish(wave, "stray.wav"))["id"]
    moved = await ann.ask("PATCH", "/api/v1/tracks", json={"ids": ids, "changes": {"release": "R"}})
    address = f"/api/v1/releases/{moved.ok().json['items'][0]['release']['id']}"
    order = [{"id": each, "disc": 1, "number": number} for number, each in enumerate(reversed(ids), 1)]
    now = (await ann.ask("PATCH", address, json={"tracks": order})).ok().json
    assert [each["title"] for each in now["tracks"]] == ["c", "b", "a"]
    for bad in ([{"id": stray, "disc": 1, "number": 1}], [{"id": ids[0], "disc": 0, "number": 1}], [{"id": ids[0]}]):
        answer = await ann.ask("PATCH", address, json={"tracks": [order[0] | {"number": 9}, *bad]})
        assert answer.status in (404, 422)
    assert (await ann.get(address)).json == now


def png(red: int, width: int = 40, height: int = 30) -> bytes:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = red
    return artwork.encode_png(pixels)


async def test_pictures_of_tracks_releases_and_artists(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    address, track = await track_of(ann, wave)
    release = (await ann.ask("PATCH", address, json={"release": "R"})).ok().json["release"]
    places = {
        address: address,
        f"/api/v1/releases/{release['id']}": f"/api/v1/releases/{release['id']}",
        f"/api/v1/artists/{track['artist']['id']}": None,
    }
    for red, (place, shows) in enumerate(places.items(), 200):
        for visitor, status in ((site.guest, 401), (bob, 403)):
            (await visitor.ask("PUT", f"{place}/artwork", data=png(red))).problem(status)
        put = (await ann.ask("PUT", f"{place}/artwork", data=png(red))).ok().json
        assert (await site.guest.get(put["sizes"]["96"])).ok().headers["Content-Type"] == "image/webp"
        if shows:
            assert (await ann.get(shows)).json["artwork"] == put
    assert (await ann.ask("DELETE", f"{address}/artwork")).status == 204
    left = (await ann.get(address)).json["artwork"]
    assert left == (await ann.get(f"/api/v1/releases/{release['id']}")).json["artwork"]  # its sleeve
    (await bob.ask("DELETE", f"{address}/artwork")).problem(403)
    for place in ("tracks", "releases", "artists"):
        (await ann.ask("PUT", f"/api/v1/{place}/{NOBODY}/artwork", data=png(1))).problem(404)
    (await ann.ask("PUT", f"/api/v1/accounts/{NOBODY}/artwork", data=png(1))).problem(404)


async def test_hostile_pictures_are_refused_and_nothing_is_kept(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, before = await track_of(ann, wave)
    bomb = bytearray(png(1))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2

    async def endless() -> Any:
        while True:
            yield b"\xff\xd8\xff" + bytes(2**16)
            await asyncio.sleep(0)

    for data, status in ((b"", 415), (b"<svg/>", 415), (bytes(bomb), 413), (png(1)[:60], 422), (endless(), 413)):
        body = BytesIO(data) if isinstance(data, bytes) else data
        try:
            (await ann.ask("PUT", f"{address}/artwork", data=body)).problem(status)
        except (ConnectionError, ClientConnectionError):  # the server hangs up on who does not stop
            assert status == 413
    assert (await ann.get(address)).json == before
    assert [path for path in site.services.folder.artwork.rglob("*") if path.is_file()] == []


async def test_a_download_would_carry_the_tags_as_they_are_now(site: Site, wave: bytes) -> None:
    ann = await site.join()
    address, track = await track_of(ann, wave)
    (await ann.ask("PATCH", address, json=EVERYTHING | {"visibility": "public"})).ok()
    said = await site.services.db.read(details.tags, track["id"])
    assert (said.artist, said.artists, said.artist_sorts) == ("Ann feat. Бо", ("Ann", "Бо"), ())
    assert (said.album, said.album_artist, said.disc, said.track) == ("The Album", "ann", 2, 12)
    assert (said.date, said.original_date, said.isrc) == ("1997-05-21", "1966-07", "DEA129712345")
    assert (said.credited("composer"), said.key, said.explicit) == (("Cy",), "F#m", False)
    assert said.synced_lyrics == ((500, "la la"), (2000, "la"))
