from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import FormData

from mediaserver.base.db import Tx
from mediaserver.catalog import tracks
from mediaserver.catalog.changes.track_changes import MOST
from mediaserver.catalog.tracks import Description
from mediaserver.server.pages import licences, notation
from tests.running import Answer, Site, Visitor
from tests.server.api.test_details import EVERYTHING, NORMAL, RELEASE, flat
from tests.server.test_api import NOBODY

HTML = {"Accept": "text/html"}
INPUT = re.compile(r'<input\b[^>]*?\bname="([^"]+)"[^>]*>', re.DOTALL)
TEXTAREA = re.compile(r'<textarea\b[^>]*?\bname="([^"]+)"[^>]*>\n(.*?)</textarea>', re.DOTALL)
SELECT = re.compile(r'<select\b[^>]*?\bname="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the page's form as it stands."""
    found = {}
    for match in INPUT.finditer(page):
        value = re.search(r'\bvalue="([^"]*)"', match[0])
        if 'type="checkbox"' not in match[0]:
            found[match[1]] = unescape(value[1]) if value else ""
    found |= {name: unescape(text) for name, text in TEXTAREA.findall(page)}
    for name, options in SELECT.findall(page):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


async def submit(visitor: Visitor, address: str, fields: dict[str, str], **more: Any) -> Answer:
    sent = {name: value.replace("\n", "\r\n") for name, value in fields.items()}  # as browsers do
    return await visitor.ask("POST", address, data=sent, headers=HTML | more)


async def publish(visitor: Visitor, wave: bytes, titles: Iterable[str], **changes: Any) -> list[str]:
    ids = [(await visitor.publish(wave, f"{title}.wav"))["id"] for title in titles]
    if changes:
        (await visitor.ask("PATCH", "/api/v1/tracks", json={"ids": ids, "changes": changes})).ok()
    return ids


async def test_a_form_that_comes_back_untouched_changes_nothing(site: Site, wave: bytes) -> None:
    ann = await site.join()
    (track_id,) = await publish(ann, wave, ["a"], **EVERYTHING)
    before = (await ann.get(f"/api/v1/tracks/{track_id}")).json
    address = f"/library/tracks/{track_id}/edit"
    fields = fields_of((await ann.get(address)).ok().text)
    assert set(EVERYTHING) <= set(fields)
    answer = await submit(ann, address, fields)
    assert (answer.status, answer.headers["Location"]) == (303, before["url"])
    assert (await ann.get(f"/api/v1/tracks/{track_id}")).json == before


async def test_every_field_survives_the_way_through_the_form(site: Site, wave: bytes) -> None:
    ann = await site.join()
    one, other = await publish(ann, wave, ["a", "b"])
    (await ann.ask("PATCH", f"/api/v1/tracks/{one}", json=EVERYTHING)).ok()
    full = fields_of((await ann.get(f"/library/tracks/{one}/edit")).ok().text)
    empty = fields_of((await ann.get(f"/library/tracks/{other}/edit")).ok().text)
    filled = empty | {name: full[name] for name in EVERYTHING}
    assert (await submit(ann, f"/library/tracks/{other}/edit", filled)).status == 303
    now = flat((await ann.get(f"/api/v1/tracks/{other}")).json)
    wanted = NORMAL | {"artists": [each | {"sort_name": None, "musicbrainz_id": None} for each in NORMAL["artists"]]}
    assert {name: now[name] for name in wanted} == wanted
    emptied = dict.fromkeys(EVERYTHING.keys() - {"title", "visibility"}, "")
    filled = fields_of((await ann.get(f"/library/tracks/{other}/edit")).ok().text)
    assert (await submit(ann, f"/library/tracks/{other}/edit", filled | emptied)).status == 303
    now = flat((await ann.get(f"/api/v1/tracks/{other}")).json)
    for name in EVERYTHING.keys() - {"title", "visibility", "credited", "artists"}:
        assert now[name] in (None, [], ""), name


async def test_of_many_only_what_was_touched_is_changed(site: Site, wave: bytes) -> None:
    ann = await site.join()
    ids = await publish(ann, wave, ["a", "b", "c"], label="Same", genres=["Dub"])
    (await ann.ask("PATCH", f"/api/v1/tracks/{ids[0]}", json={"bpm": 90, "copyright": "mine"})).ok()
    page = (await ann.get("/library/tracks/edit?" + urlencode([("id", each) for each in ids]))).ok().text
    fields = fields_of(page)
    assert (fields["title"], fields["bpm"], fields["label"], fields["genres"]) == ("", "", "Same", "Dub")
    assert page.count('placeholder="Different values"') >= 3
    back = {"back": "/library/tracks?q=x"}
    touched = fields | back | {"tags": "rainy, Road", "genres": "Dub, Folk", "clear-copyright": "on"}
    answer = await submit(ann, "/library/tracks/edit", touched)
    assert (answer.status, answer.headers["Location"]) == (303, "/library/tracks?q=x&saved=3")
    now = [flat((await ann.get(f"/api/v1/tracks/{each}")).json) for each in ids]
    assert [each["title"] for each in now] == ["a", "b", "c"]
    assert [each["bpm"] for each in now] == [90, None, None]
    for each in now:
        assert (each["label"], each["genres"], each["tags"]) == ("Same", ["Dub", "Folk"], ["rainy", "Road"])
        assert each["copyright"] is None
    elsewhere = await submit(ann, "/library/tracks/edit", fields | {"back": "//elsewhere.example/"})
    assert elsewhere.headers["Location"] == "/?saved=3"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bpm": "fast"}, {"disc": "one"}, {"credits": "Ann"}, {"credits": "king: Ann"}, {"synced_lyrics": "la"},
        {"date": "some day"}, {"title": ""}, {"title": " "}, {"visibility": "secret"}, {"number": "9" * 5000},
    ],
    ids=str,
)  # fmt: skip
async def test_what_does_not_fit_comes_back_with_a_sentence_and_nothing_lost(
    site: Site, wave: bytes, wrong: dict[str, str]
) -> None:
    ann = await site.join()
    (track_id,) = await publish(ann, wave, ["a"])
    address = f"/library/tracks/{track_id}/edit"
    fields = fields_of((await ann.get(address)).ok().text) | {"words": "Long thought\nabout <it>"} | wrong
    answer = await submit(ann, address, fields)
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    again = fields_of(answer.text)
    assert again["words"] == "Long thought\nabout <it>"
    for name in wrong.keys() - {"visibility"}:
        assert again[name] == wrong[name]
    assert (await ann.get(f"/api/v1/tracks/{track_id}")).json["words"] == ""
    repaired = again | {name: again[f"was-{name}"] for name in wrong}
    assert (await submit(ann, address, repaired)).status == 303
    assert (await ann.get(f"/api/v1/tracks/{track_id}")).json["words"] == "Long thought\nabout <it>"


async def test_a_release_is_edited_in_one_form(site: Site, wave: bytes) -> None:
    ann = await site.join()
    ids = await publish(ann, wave, ["a", "b"], release="Old")
    release = (await ann.get(f"/api/v1/tracks/{ids[0]}")).json["release"]["id"]
    (await ann.ask("PATCH", f"/api/v1/releases/{release}", json=RELEASE)).ok()
    before = (await ann.get(f"/api/v1/releases/{release}")).json
    address = f"/library/releases/{release}/edit"
    fields = fields_of((await ann.get(address)).ok().text)
    answer = await submit(ann, address, fields)
    assert answer.headers["Location"] == before["url"]
    assert (await ann.get(f"/api/v1/releases/{release}")).json == before
    touched = {f"number-{ids[0]}": "2", f"number-{ids[1]}": "1", "subtitle-2": "", "label": "", "title": "Gold 2"}
    assert (await submit(ann, address, fields | touched)).status == 303
    now = (await ann.get(f"/api/v1/releases/{release}")).json
    assert [each["id"] for each in now["tracks"]] == ids[::-1]
    assert (now["details"]["discs"], now["details"]["label"]) == ([{"disc": 1, "subtitle": "Day"}], None)
    assert (now["title"], now["details"]["barcode"]) == ("Gold 2", "4006381333931")
    wrong = await submit(ann, address, fields | {f"number-{ids[0]}": "x"})
    assert wrong.status == 422
    assert fields_of(wrong.text)[f"number-{ids[0]}"] == "x"


async def test_the_pages_are_for_owners(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    (track_id,) = await publish(ann, wave, ["a"], release="R")
    release = (await ann.get(f"/api/v1/tracks/{track_id}")).json["release"]["id"]
    addresses = [
        f"/library/tracks/{track_id}/edit",
        f"/library/tracks/edit?id={track_id}",
        f"/library/releases/{release}/edit",
    ]
    for address in addresses:
        assert (await ann.get(address, headers=HTML)).status == 200
        assert (await bob.get(address, headers=HTML)).status == 403
        assert (await site.guest.get(address, headers=HTML)).status == 401
        for visitor, status in ((bob, 403), (site.guest, 401)):
            assert (await submit(visitor, address, {"ids": track_id, "title": "x", "was-title": "a"})).status == status
        foreign = await submit(ann, address, {"ids": track_id, "title": "x"}, Origin="https://elsewhere.example")
        assert foreign.status == 403
    assert (await site.guest.get("/library/tracks", headers=HTML)).status == 401
    assert (await ann.get("/library/tracks/edit", headers=HTML)).status == 422
    for address in (f"/library/tracks/{NOBODY}/edit", "/library/releases/x/edit", f"/library/tracks/edit?id={NOBODY}"):
        assert (await ann.get(address, headers=HTML)).status == 404
    assert (await ann.get(f"/api/v1/tracks/{track_id}")).json["title"] == "a"


async def test_the_table_holds_ones_own_and_is_filtered_by_title(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    ids = await publish(ann, wave, ["Björk's Ball", "Туман", "夜に駆ける", "100% _real_"])
    await publish(bob, wave, ["Bob's"])
    (await ann.ask("PATCH", f"/api/v1/tracks/{ids[1]}", json={"release": "Récital", "visibility": "private"})).ok()
    release = (await ann.get(f"/api/v1/tracks/{ids[1]}")).json["release"]["id"]

    async def shown(**query: str) -> list[str]:
        page = (await ann.get(f"/library/tracks?{urlencode(query)}")).ok().text
        return re.findall(r'name="id" value="(\w+)"', page)

    assert await shown() == ids[::-1]
    assert await shown(q="bjork") == [ids[0]]
    assert await shown(q="ТУМАН") == [ids[1]]
    assert await shown(q="recital") == [ids[1]]
    assert await shown(q="夜に") == [ids[2]]
    assert await shown(q="100") == [ids[3]]
    assert await shown(q="nothing like it") == []
    assert await shown(release=release) == [ids[1]]
    assert await shown(before=ids[2]) == ids[1::-1]
    page = (await bob.get(f"/library/tracks?release={release}")).ok().text
    assert ids[1] not in page


async def choose(visitor: Visitor, ids: list[str], **more: str) -> Answer:
    sent = [*(("id", each) for each in ids), *more.items()]
    return await visitor.ask("POST", "/library/tracks/choose", data=FormData(sent), headers=HTML)


async def test_a_thousand_are_chosen_one_by_one_and_edited_together(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "0.wav")

    def fill(tx: Tx) -> list[str]:
        original, told = tracks.get(tx, track["id"]).original, Description("Song", "ann", "Long")
        return [tracks.add(tx, track["artist"]["id"], original, told, "public") for _ in range(MOST)]

    ids = await site.services.db.write(fill)
    page = (await choose(ann, ids, back="/library/tracks?q=song")).ok().text
    assert f"Edit {MOST} recordings" in page
    saved = await submit(ann, "/library/tracks/edit", fields_of(page) | {"label": "Wet"})
    assert (saved.status, saved.headers["Location"]) == (303, f"/library/tracks?q=song&saved={MOST}")
    assert f"{MOST} recordings are saved" in (await ann.get(saved.headers["Location"])).ok().text
    labels = await site.services.db.read(lambda r: r.column("SELECT label FROM track_details WHERE label IS NOT NULL"))
    assert labels == ["Wet"] * MOST
    for wrong in ([*ids, track["id"]], []):
        assert (await choose(ann, wrong)).status == 422
    assert [(await choose(each, ids[:2])).status for each in (await site.join("bob"), site.guest)] == [403, 401]


async def test_all_that_match_are_edited_together(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    ids = await publish(ann, wave, ["Rain 1", "Rain 2", "Snow"])
    await publish(bob, wave, ["Rain of Bob"])
    page = (await ann.get("/library/tracks?q=rain")).ok().text
    assert 'name="all"' not in page  # all of them are on this page
    page = (await ann.get(f"/library/tracks?q=rain&before={ids[1]}")).ok().text
    assert "Edit all 2 that match</button>" in page
    assert fields_of(page)["q"] == "rain"
    fields = fields_of((await choose(ann, [], q="rain", all="yes")).ok().text)
    assert fields == fields_of((await ann.get("/library/tracks/edit?q=rain&all=yes")).ok().text)
    assert fields["ids"].split() == ids[1::-1]
    assert (await submit(ann, "/library/tracks/edit", fields | {"label": "Wet"})).status == 303
    labels = [(await ann.get(f"/api/v1/tracks/{each}")).json["details"]["label"] for each in ids]
    assert labels == ["Wet", "Wet", None]
    assert (await ann.get("/library/tracks/edit?q=hail&all=yes", headers=HTML)).status == 422
    assert (await site.guest.get("/library/tracks/edit?all=yes", headers=HTML)).status == 401


async def test_pages_show_what_is_said(site: Site, wave: bytes) -> None:
    ann = await site.join()
    (track_id,) = await publish(ann, wave, ["a"], **EVERYTHING | {"visibility": "public"})
    track = (await ann.get(f"/api/v1/tracks/{track_id}")).json
    (await ann.ask("PATCH", f"/api/v1/releases/{track['release']['id']}", json=RELEASE | {"visibility": "public"})).ok()
    track = (await ann.get(f"/api/v1/tracks/{track_id}")).json
    page = unescape((await site.guest.get(track["url"])).ok().text)
    for text in ("Di (oud)", "Composer", "CC BY 4.0", "DEA129712345", "℗ 1997", "July 1966", "F#m", "97.5 BPM", "Road"):
        assert text in page, text
    assert '<li data-ms="500">la la</li>' in page
    page = unescape((await site.guest.get(track["release"]["url"])).ok().text)
    for text in ("Album, live", "Disc 2: Night", "Label", "X 1", "4006381333931", "Di (oud)", "Ann & Bo"):
        assert text in page, text


async def test_names_of_a_credit_lead_to_their_pages(site: Site, wave: bytes) -> None:
    ann = await site.join()
    one, two, three = await publish(ann, wave, ["a", "b", "c"])

    async def byline(track_id: str, **changes: Any) -> str:
        url = (await ann.ask("PATCH", f"/api/v1/tracks/{track_id}", json=changes)).ok().json["url"]
        found = re.search(r'<p class="byline">(.*?)</p>', (await site.guest.get(url)).text, re.DOTALL)
        assert found
        return " ".join(found[1].split())

    assert (
        await byline(one, credited="ann & <Bo>", artists=["ann", "<Bo>"]) == '<a href="/@ann">ann</a> &amp; &lt;Bo&gt;'
    )
    assert await byline(two, credited="Cy & Di", artists=["Cy", "Di"]) == '<a href="/@ann">Cy &amp; Di</a>'
    assert await byline(three, credited="Duo", artists=["ann", "Di"]) == '<a href="/@ann">Duo</a>'


def test_credits_and_timed_lines_are_read_as_they_are_written() -> None:
    assert notation.read_credits("Performer : Bo (Jr.) (violin)\n\n dj-mixer:Cy") == [
        {"role": "performer", "name": "Bo (Jr.)", "detail": "violin"},
        {"role": "dj-mixer", "name": "Cy", "detail": None},
    ]
    lines = [(0, ""), (1234, "a [b]"), (59_999, "c"), (3_600_000, "d")]
    assert notation.read_timed(notation.timed_text(lines)) == lines
    assert notation.read_timed("[1:02.5]x\n[00:03:40] y\n[00:03]") == [(62_500, "x"), (3_400, "y"), (3000, "")]


@pytest.mark.parametrize(
    ("said", "name", "leads"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/de/", "CC BY-NC-SA 3.0", True),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0", True),
        ("https://example.org/terms", "example.org/terms", True),
        ("CC BY 4.0", "CC BY 4.0", False),
        ("javascript:alert(1)", "javascript:alert(1)", False),
        ("2003 X. See http://example.org", "2003 X. See http://example.org", False),
    ],
)
def test_licences_go_by_their_names(said: str, name: str, leads: bool) -> None:
    assert licences.known(said) == licences.Licence(name, said if leads else None)
