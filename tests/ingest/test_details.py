"""Real files with tags as they occur: who they are put under, what they come out on, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC

from tests import sounds
from tests.running import Site, Visitor

UUIDS = [f"{number:08}-0000-4000-8000-000000000000" for number in range(3)]


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sounds.write(tmp_path_factory.mktemp("bare") / "bare.flac", sounds.tone(0.5)).read_bytes()


async def publish(visitor: Visitor, folder: Path, bare: bytes, **tags: str | list[str]) -> dict[str, Any]:
    """Upload a file with these Vorbis comments by its tags; return the track with its details."""
    path = folder / "file.flac"
    path.write_bytes(bare)
    file = FLAC(path)
    for name, value in tags.items():
        file[name] = value
    file.save()
    track = await visitor.publish(path.read_bytes(), "file.flac", artist="tags")
    found: dict[str, Any] = (await visitor.get(f"/api/v1/tracks/{track['id']}")).ok().json
    return found


async def test_a_guest_makes_neither_another_artist_nor_another_album(site: Site, tmp_path: Path, bare: bytes) -> None:
    ann = await site.join()
    both: list[str] = ["Ann Ö", "Бо"]
    alone = await publish(ann, tmp_path, bare, title="1", artist="Ann Ö", album="Nights", discnumber="1")
    guest = await publish(
        ann, tmp_path, bare, title="2", artist="Ann Ö feat. Бо", artists=both, album="Nights", discnumber="2/2"
    )
    for track in (alone, guest):
        assert (track["artist"]["name"], track["artist"]["url"]) == ("Ann Ö", "/@ann-o")
    assert guest["release"] == alone["release"]
    assert guest["credited"] == "Ann Ö feat. Бо"
    names = guest["details"]["artists"]
    assert [(each["name"], each["join_phrase"]) for each in names] == [("Ann Ö", " feat. "), ("Бо", "")]
    assert [each["url"] for each in names] == ["/@ann-o", None]
    assert (guest["disc"], guest["details"]["disc_total"]) == (2, 2)


async def test_a_guest_who_has_a_page_finds_the_recording_there(site: Site, tmp_path: Path, bare: bytes) -> None:
    ann = await site.join()
    both: list[str] = ["Ann", "Bo"]
    guest = await publish(ann, tmp_path, bare, title="Together", artist="Ann & Bo", artists=both)
    await publish(ann, tmp_path, bare, title="Alone", artist="Bo")
    page = (await site.guest.get("/@bo")).ok().text
    assert page.index("Alone") < page.index("Appears on") < page.index(f'href="{guest["url"]}"')
    assert "Appears on" not in (await site.guest.get("/@ann")).ok().text
    (await ann.ask("PATCH", f"/api/v1/tracks/{guest['id']}", json={"visibility": "private"})).ok()
    assert "Appears on" not in (await site.guest.get("/@bo")).ok().text
    assert "Appears on" in (await ann.get("/@bo")).ok().text
    shown = (await ann.get(guest["url"])).ok().text
    assert '<a href="/@ann">Ann</a> &amp; <a href="/@bo">Bo</a>' in " ".join(shown.split())


@pytest.mark.parametrize("named", [{"albumartist": "Various Artists"}, {}], ids=["named", "only marked"])
async def test_what_various_artists_put_together_stays_together(
    site: Site, tmp_path: Path, bare: bytes, named: dict[str, str]
) -> None:
    ann = await site.join()
    names = ["Nina", "Kino", "久石譲"]
    made = [
        await publish(ann, tmp_path, bare, title=name, artist=name, album="Mix", compilation="1", **named)
        for name in names
    ]
    assert [track["credited"] for track in made] == names
    assert {track["artist"]["url"] for track in made} == {"/@various-artists"}
    assert {track["release"]["url"] for track in made} == {"/@various-artists/releases/mix"}
    release = (await ann.get(f"/api/v1/releases/{made[0]['release']['id']}")).ok().json
    assert (release["details"]["compilation"], len(release["tracks"])) == (True, 3)


async def test_names_that_only_look_like_several_stay_one(site: Site, tmp_path: Path, bare: bytes) -> None:
    ann = await site.join()
    for name in ("Simon & Garfunkel", "Tyler, The Creator", "AC/DC", "Ann feat. Bo", "A; B"):
        track = await publish(ann, tmp_path, bare, title="x", artist=name)
        assert (track["artist"]["name"], track["credited"]) == (name, name)
        assert [(each["name"], each["join_phrase"]) for each in track["details"]["artists"]] == [(name, "")]


async def test_two_albums_of_one_name_are_two(site: Site, tmp_path: Path, bare: bytes) -> None:
    ann = await site.join()
    made = [
        await publish(ann, tmp_path, bare, title=str(n), artist="A", album="Best", musicbrainz_albumid=UUIDS[n % 2])
        for n in range(4)
    ]
    found = [track["release"]["id"] for track in made]
    assert found[0] == found[2] != found[1] == found[3]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1997", "1997"), ("1997-05", "1997-05"), ("21. 5. 1997", "1997"), ("May 1997", "1997-05"), ("soon", None)],
)
async def test_odd_dates_keep_what_is_certain(
    site: Site, tmp_path: Path, bare: bytes, written: str, kept: str | None
) -> None:
    ann = await site.join()
    track = await publish(
        ann, tmp_path, bare, title="x", artist="A", album="B", date=written, originaldate="1966-07-00"
    )
    assert (track["date"], (await _release(ann, track))["date"]) == (kept, kept)
    assert (await _release(ann, track))["details"]["original_date"] == "1966-07"


async def test_what_a_file_says_is_kept(site: Site, tmp_path: Path, bare: bytes) -> None:
    ann = await site.join()
    said = {"label": "Small", "isrc": "DE-A12-97-12345", "license": "CC0", "copyright": "C", "language": "isl"}
    track = await publish(
        ann,
        tmp_path,
        bare,
        title="x",
        artist="A",
        album="B",
        composer=["Cy", "Di"],
        bpm="97,5",
        lyrics="la\nla",
        **said,
    )
    details = track["details"]
    assert [(each["role"], each["name"]) for each in details["credits"]] == [("composer", "Cy"), ("composer", "Di")]
    assert (details["isrc"], details["licence"], details["bpm"], details["lyrics"]) == (
        "DEA129712345",
        "CC0",
        97.5,
        "la\nla",
    )
    assert (details["label"], (await _release(ann, track))["details"]["label"]) == (None, "Small")


async def _release(visitor: Visitor, track: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await visitor.get(f"/api/v1/releases/{track['release']['id']}")).ok().json
    return found
