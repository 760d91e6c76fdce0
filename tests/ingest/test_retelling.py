"""Tags that change in the files of a folder: every detail is taken over that nobody has edited by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediaserver.catalog.details import details, release_details
from mediaserver.media.tags.model import Tags
from tests import sounds
from tests.ingest.folders.looks import everything, look, retag
from tests.running import Site

BEFORE = {
    "album": "Insects", "date": "1999", "composer": "Ann", "label": "Hum", "barcode": "4006381333931",
    "isrc": "USRC17607839", "comment": "Live", "lyrics": "Buzz", "mood": "Calm", "bpm": "100", "copyright": "Ann",
    "artists": "Ann", "musicbrainz_trackid": "11111111-1111-4111-8111-111111111111", "releasetype": "album",
    "discsubtitle": "Wings", "albumartist": "Ann", "tracktotal": "9", "media": "CD",
}  # fmt: skip
AFTER = BEFORE | {
    "composer": "Bob", "label": "Buzz", "barcode": "5901234123457", "isrc": "GBAYE0000001", "comment": "Studio",
    "lyrics": "Hum", "mood": "Wild", "bpm": "120", "copyright": "Bob", "releasetype": "ep", "tracktotal": "8",
    "musicbrainz_trackid": "22222222-2222-4222-8222-222222222222", "discsubtitle": "Legs", "media": "Vinyl",
}  # fmt: skip


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder of two recordings of one album, with much to say."""
    folder = tmp_path / "album"
    folder.mkdir()
    for number, title in enumerate(("Bee", "Wasp")):
        path = sounds.write(folder / f"{title}.flac", sounds.tone(0.5, hz=300 + number), metadata={"title": title})
        retag(path, artist="Ann", **BEFORE)
    return folder


async def told(site: Site, title: str) -> Tags:
    track = (await everything(site))[title]
    return await site.services.db.read(details.tags, track.id)


async def tell(site: Site, folder: Path, file: str, **texts: str) -> None:
    retag(folder / f"{file}.flac", **texts)
    assert (await look(site, folder)).changed == 1


async def test_every_detail_is_taken_over_once_all_files_say_it(site: Site, album: Path) -> None:
    await look(site, album)
    await tell(site, album, "Bee", **AFTER)
    bee, wasp = await told(site, "Bee"), await told(site, "Wasp")
    assert (bee.credited("composer"), bee.isrc, bee.comment, bee.lyrics) == (("Bob",), "GBAYE0000001", "Studio", "Hum")
    assert (bee.free_tags, bee.bpm, bee.copyright, bee.tracks) == (("Wild",), 120, "Bob", 8)
    assert bee.musicbrainz.recording == AFTER["musicbrainz_trackid"]
    assert (bee.label, wasp.label) == ("Buzz", "Hum")
    assert {each.barcode for each in (bee, wasp)} == {BEFORE["barcode"]}  # as long as the files do not agree
    await tell(site, album, "Wasp", **AFTER)
    bee, wasp = await told(site, "Bee"), await told(site, "Wasp")
    for each in (bee, wasp):
        assert (each.label, each.barcode, each.media) == ("Buzz", AFTER["barcode"], "Vinyl")
        assert (each.release_types, each.disc_subtitle) == (("ep",), "Legs")
    release = (await everything(site))["Bee"].release_id
    assert release is not None
    known = await site.services.db.read(release_details.of_release, release)
    assert (known.label, known.barcode) == ("Buzz", AFTER["barcode"])


async def test_what_was_edited_by_hand_stays_field_by_field(site: Site, album: Path) -> None:
    await look(site, album)
    track = (await everything(site))["Bee"]
    admin = await site.join("eve", "admin")
    edited = {"comment": "Mine", "lyrics": "My words", "credits": [{"role": "composer", "name": "Eve"}], "label": "Own"}
    (await admin.ask("PATCH", f"/api/v1/tracks/{track.id}", json=edited)).ok()
    (await admin.ask("PATCH", f"/api/v1/releases/{track.release_id}", json={"barcode": None})).ok()
    for title in ("Bee", "Wasp"):
        await tell(site, album, title, **AFTER)
    bee = await told(site, "Bee")
    assert (bee.comment, bee.lyrics, bee.credited("composer"), bee.label) == ("Mine", "My words", ("Eve",), "Own")
    assert (bee.isrc, bee.free_tags, bee.barcode) == (AFTER["isrc"], ("Wild",), None)


async def test_what_the_tags_do_not_say_any_more_goes(site: Site, album: Path) -> None:
    await look(site, album)
    await tell(site, album, "Bee", comment="", lyrics="", isrc="", composer="", mood="")
    bee = await told(site, "Bee")
    assert (bee.comment, bee.lyrics, bee.isrc, bee.credited("composer"), bee.free_tags) == (None, None, None, (), ())
    assert bee.copyright == "Ann"


async def test_another_release_learns_from_the_first_file_that_names_it(site: Site, album: Path) -> None:
    await look(site, album)
    await tell(site, album, "Bee", **AFTER | {"album": "Bugs"})
    bee, wasp = await told(site, "Bee"), await told(site, "Wasp")
    assert (bee.album, bee.barcode, bee.label) == ("Bugs", AFTER["barcode"], "Buzz")
    assert (wasp.album, wasp.barcode, wasp.label) == ("Insects", BEFORE["barcode"], "Hum")


async def test_the_names_of_a_credit_follow_the_tags(site: Site, album: Path) -> None:
    await look(site, album)
    await tell(site, album, "Bee", artist="Ann & Bob", artists="Ann")
    retag(album / "Bee.flac", musicbrainz_artistid="33333333-3333-4333-8333-333333333333")
    await look(site, album)
    bee = await told(site, "Bee")
    assert (bee.artist, bee.musicbrainz.artists) == ("Ann & Bob", ("33333333-3333-4333-8333-333333333333",))


async def test_what_the_catalogue_writes_otherwise_than_the_file_is_no_edit(site: Site, album: Path) -> None:
    path = album / "Cafe\u0301.flac"  # as some systems take names apart
    sounds.write(path, sounds.tone(0.5, hz=400))
    dozen = [f"Genre {number}" for number in range(12)]  # more than are kept
    retag(path, genre=dozen)
    await look(site, album)
    assert "Caf\u00e9" in await everything(site)
    retag(path, title="Coffee", genre=["Jazz"])
    assert (await look(site, album)).changed == 1
    assert (await told(site, "Coffee")).genres == ("Jazz",)
