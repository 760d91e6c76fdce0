"""An artist's own form, and the form that gives a picture, as browsers without scripts use them."""

from __future__ import annotations

from html import unescape
from typing import Any

import numpy as np
import pytest
from aiohttp import FormData

from mediaserver.media import artwork
from mediaserver.server.pages import notation
from tests.running import Answer, Site, Visitor
from tests.server.pages.test_recordings import HTML, fields_of, submit


async def begin(site: Site, wave: bytes) -> tuple[Visitor, dict[str, Any]]:
    """Ann, and a track of hers."""
    ann = await site.join()
    return ann, await ann.publish(wave, "Rain.wav")


async def give(visitor: Visitor, address: str, data: bytes, **headers: str) -> Answer:
    form = FormData()
    form.add_field("picture", data, filename="sleeve.png", content_type="image/png")
    return await visitor.ask("POST", address, data=form, headers=HTML | headers)


async def test_an_artist_is_named_and_described_in_one_form(site: Site, wave: bytes) -> None:
    ann, track = await begin(site, wave)
    place = f"/library/artists/{track['artist']['id']}/edit"
    assert place in (await ann.get("/library/artists")).ok().text
    fields = fields_of((await ann.get(place)).ok().text)
    untouched = await submit(ann, place, fields)
    assert (untouched.status, untouched.headers["Location"]) == (303, "/@ann")
    said = {
        "name": "Ann & <Bo>",
        "words": "From *here*",
        "links": "My <shop> https://shop.example/a?b=1&c\nhttps://www.ann.example/",
    }
    saved = await submit(ann, place, fields | said)
    assert (saved.status, saved.headers["Location"]) == (303, "/@ann-bo")
    page = (await site.guest.get("/@ann-bo")).ok().text
    assert "<h1>Ann &amp; &lt;Bo&gt;</h1>" in page
    assert "<em>here</em>" in page
    assert 'href="https://shop.example/a?b=1&amp;c" rel="nofollow ugc noopener noreferrer">My &lt;shop&gt;</a>' in page
    assert ">ann.example</a>" in page
    assert (await site.guest.get("/@ann")).headers["Location"] == "/@ann-bo"
    again = fields_of((await ann.get(place)).ok().text)
    assert again["links"] == "My <shop> https://shop.example/a?b=1&c\nann.example https://www.ann.example/"
    assert "ann → Ann & <Bo>" in unescape((await ann.get(place.replace("edit", "history"))).ok().text)


async def test_what_does_not_fit_an_artist_comes_back(site: Site, wave: bytes) -> None:
    ann, track = await begin(site, wave)
    place = f"/library/artists/{track['artist']['id']}/edit"
    fields = fields_of((await ann.get(place)).ok().text) | {"words": "Kept\nas it is"}
    for wrong in ({"links": "shop javascript:alert(1)"}, {"name": " "}):
        answer = await submit(ann, place, fields | wrong)
        assert answer.status == 422
        assert 'role="alert"' in answer.text
        assert fields_of(answer.text)["words"] == "Kept\nas it is"
    assert (await ann.get(f"/api/v1/artists/{track['artist']['id']}")).json["words"] == ""


@pytest.mark.parametrize("kind", ["tracks", "artists"])
async def test_a_picture_is_given_without_scripts(site: Site, wave: bytes, kind: str) -> None:
    ann, track = await begin(site, wave)
    thing = track["id"] if kind == "tracks" else track["artist"]["id"]
    place = f"/library/{kind}/{thing}"
    red = artwork.encode_png(np.full((64, 64, 3), (200, 20, 20), np.uint8))
    given = await give(ann, f"{place}/artwork", red)
    assert (given.status, given.headers["Location"]) == (303, f"{place}/edit")
    assert (await ann.get(f"/api/v1/{kind}/{thing}")).json["artwork"]["colour"] == "#c81414"
    taken = await submit(ann, f"{place}/artwork/remove", {})
    assert (taken.status, taken.headers["Location"]) == (303, f"{place}/edit")
    assert (await ann.get(f"/api/v1/{kind}/{thing}")).json["artwork"] is None
    before = {"Referer": f"{site.root}{place}/edit"}
    wrong = await give(ann, f"{place}/artwork", b"no picture", **before)
    assert wrong.status == 415
    assert f'<a class="button" href="{place}/edit">Back</a>' in wrong.text
    assert (await give(ann, f"{place}/artwork", b"")).status == 422
    assert (await submit(ann, f"{place}/artwork", {})).status == 400


async def test_two_artists_become_one_in_a_form_and_two_again(site: Site, wave: bytes) -> None:
    ann, track = await begin(site, wave)
    place = f"/library/artists/{track['artist']['id']}"
    assert 'name="into"' not in (await ann.get(f"{place}/edit")).text, "there is nobody to be merged with"
    other = await ann.publish(wave, "Other.wav")
    (await ann.ask("PATCH", f"/api/v1/tracks/{other['id']}", json={"artist": "Bo & <Co>"})).ok()
    assert 'value="Bo &amp; &lt;Co&gt;"' in (await ann.get(f"{place}/edit")).ok().text
    for wrong in ("Nobody", "", "ann"):
        answer = await submit(ann, f"{place}/merge", {"into": wrong})
        assert answer.status == 422
        assert 'role="alert"' in answer.text
    merged = await submit(ann, f"{place}/merge", {"into": "Bo & <Co>"})
    assert merged.status == 303
    said = unescape((await ann.get(merged.headers["Location"])).ok().text)
    assert "ann is a part of Bo & <Co> now. It can be undone until" in said
    assert "Artist, merged into Bo & <Co>" in said
    assert (await site.guest.get("/@ann")).headers["Location"] == "/@bo-co"
    back = await submit(ann, f"{place}/restore", {})
    assert (back.status, back.headers["Location"]) == (303, "/@ann")
    assert "Merged" in (await ann.get(f"{place}/history")).ok().text


async def test_an_artist_that_nothing_stands_on_is_removed(site: Site, wave: bytes) -> None:
    ann, track = await begin(site, wave)
    place = f"/library/artists/{track['artist']['id']}"
    assert "Remove ann" not in (await ann.get(f"{place}/edit")).ok().text
    assert (await submit(ann, f"{place}/delete", {})).status == 409
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"artist": "Bo"})).ok()
    assert "Remove ann" in (await ann.get(f"{place}/edit")).ok().text
    gone = await submit(ann, f"{place}/delete", {})
    assert gone.status == 303
    assert "ann is deleted. It can be brought back until" in (await ann.get(gone.headers["Location"])).ok().text
    assert (await site.guest.get("/@ann")).status == 404
    assert (await submit(ann, f"{place}/remove", {})).status == 303
    assert (await submit(ann, f"{place}/restore", {})).status == 404


async def test_artists_are_looked_after_by_their_owners_alone(site: Site, wave: bytes) -> None:
    _, track = await begin(site, wave)
    bob = await site.join("bob")
    place = f"/library/artists/{track['artist']['id']}"
    for visitor, status in ((bob, 403), (site.guest, 401)):
        assert (await visitor.get(f"{place}/edit", headers=HTML)).status == status
        assert (await submit(visitor, f"{place}/edit", {"name": "x", "was-name": "ann"})).status == status
        assert (await give(visitor, f"{place}/artwork", b"x")).status == status
        assert (await submit(visitor, f"{place}/artwork/remove", {})).status == status
        assert (await visitor.get(f"{place}/history", headers=HTML)).status == status
        for wish in ("merge", "delete"):
            assert (await submit(visitor, f"{place}/{wish}", {"into": "ann"})).status == status
        assert (await submit(visitor, f"{place}/restore", {})).status == 404
    assert place not in (await bob.get("/library/artists")).ok().text
    page = (await site.guest.get("/@ann")).ok().text
    assert "data-artwork" not in page
    assert "/edit" not in page


def test_links_are_read_as_they_are_written() -> None:
    assert notation.read_links("\n A  b \thttps://x.example/ \nhttps://y.example\n") == [
        {"label": "A  b", "url": "https://x.example/"},
        {"label": "", "url": "https://y.example"},
    ]
