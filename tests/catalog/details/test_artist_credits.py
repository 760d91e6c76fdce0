from __future__ import annotations

import pytest

from mediaserver.base.db import Database
from mediaserver.catalog import artists
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.details import artist_credits
from mediaserver.catalog.details.artist_credits import Named
from tests.catalog.conftest import Publish


@pytest.mark.parametrize(
    ("shown", "names", "phrases"),
    [
        ("Ann", ["Ann"], [""]),
        ("Ann feat. Bo", ["Ann", "Bo"], [" feat. ", ""]),
        ("Ann, Bo & Cy (live)", ["Ann", "Bo", "Cy"], [", ", " & ", " (live)"]),
        ("AC/DC", ["AC/DC"], [""]),
        ("Earth, Wind & Fire with The Emotions", ["Earth, Wind & Fire", "The Emotions"], [" with ", ""]),
        ("Artur & Art", ["Artur", "Art"], [" & ", ""]),
        ("米津玄師と菅田将暉", ["米津玄師", "菅田将暉"], ["と", ""]),
        ("Кино и Аквариум", ["Кино", "Аквариум"], [" и ", ""]),
        ("أم كلثوم ومحمد", ["أم كلثوم", "محمد"], [" و", ""]),
        ("Ann and Ann", ["Ann", "Ann"], [" and ", ""]),
    ],
    ids=lambda value: str(value)[:20],
)
def test_join_phrases_are_found_between_the_names(shown: str, names: list[str], phrases: list[str]) -> None:
    found = artist_credits.join_phrases(shown, names)
    assert found == phrases
    assert "".join(name + phrase for name, phrase in zip(names, found, strict=True)) == shown


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        ("The Duo", ["Ann", "Bo"]),  # a name of their own
        ("Artur feat. Bo", ["Art", "Bo"]),  # only the beginning of a word
        ("DJ Ann & Bo", ["Ann", "Bo"]),  # something stands before it
        ("Bo & Ann", ["Ann", "Bo"]),  # in another order
        ("AnnBo", ["Ann", "Bo"]),
        ("Кинопробы", ["Кино"]),
    ],
)
def test_a_credit_that_is_not_made_of_its_names_stays_whole(shown: str, names: list[str]) -> None:
    assert artist_credits.join_phrases(shown, names) is None
    assert {named.join_phrase for named in artist_credits.compose(shown, names)} == {None}


def test_a_name_is_never_split_on_a_guess() -> None:
    for shown in ("Simon & Garfunkel", "Tyler, The Creator", "Ann feat. Bo", "A; B", "C/D", "E\\\\F"):
        assert artist_credits.compose(shown, ()) == [Named(shown, "")]


def test_sort_names_and_identifiers_belong_by_place_or_not_at_all() -> None:
    names = artist_credits.compose("Ann & Bo", ["Ann", "Bo"], ["Ann", "Bo, the"], ["only-one"])
    assert names == [Named("Ann", " & ", "Ann"), Named("Bo", "", "Bo, the")]
    assert artist_credits.whole(names) == "Ann & Bo"
    assert artist_credits.whole([Named("Ann"), Named("Bo")]) == "Ann, Bo"


async def test_names_lead_to_the_pages_of_the_same_owner(db: Database, artist: Artist, publish: Publish) -> None:
    names = [Named("The Artist", " & "), Named("the artist", " & "), Named("Stranger", "")]
    track_id = (await publish("a")).id
    await db.write(artist_credits.put, "track", track_id, names)
    assert await db.read(artist_credits.names_of, "track", track_id) == names
    linked = await db.read(artist_credits.linked, "track", track_id, artist.owner_id)
    assert [each.url for each in linked] == ["/@the-artist", None, None]
    await db.write(artists.add, artist.owner_id, "Stranger")
    linked = await db.read(artist_credits.linked, "track", track_id, artist.owner_id)
    assert linked[2].url == "/@stranger"
    assert all(each.url is None for each in await db.read(artist_credits.linked, "track", track_id, "somebody"))
