"""What files say goes into the catalogue and comes out of it again, for a realistic set of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediaserver.base.db import Database, Reader, Tx
from mediaserver.catalog import releases, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.details import artist_credits, details, release_details, track_details
from mediaserver.catalog.details.artist_credits import Named
from mediaserver.catalog.tracks import Description
from mediaserver.media.tags.model import MusicBrainz, Tags
from tests.full_tags import FULL, IDS

SET = [
    FULL,
    Tags(title="a", artist="Ann", artists=("Ann",)),
    Tags(title="Песня", artist="Кино и Аквариум", artists=("Кино", "Аквариум"), album="Чёрный", date="1988"),
    Tags(title="夜に駆ける", artist="米津玄師と菅田将暉", artists=("米津玄師", "菅田将暉"), language="jpn"),
    Tags(title="The Duo", artist="The Duo", artists=("Ann", "Bo"), explicit=True),
    Tags(title="odd", artist="A", artists=("A",), album="X", date="1999", original_date="1966-07", disc_subtitle="B"),
    Tags(title="va", artist="A", artists=("A",), album="Mix", album_artist="Various Artists", compilation=True),
]  # fmt: skip


def publish(tx: Tx, artist_id: str, tags: Tags, visibility: str = "public") -> str:
    """What ingest makes of tags."""
    told = Description(
        title=tags.title or "",
        credited=tags.artist or "",
        release=tags.album,
        disc=tags.disc,
        number=tags.track,
        date=tags.date,
        genres=tags.genres,
        release_musicbrainz=tags.musicbrainz.release,
    )
    track_id = tracks.add(tx, artist_id, "f" * 64, told, visibility)
    details.fill(tx, track_id, tags)
    return track_id


@pytest.mark.parametrize("tags", SET, ids=lambda tags: str(tags.title))
async def test_tags_come_out_as_they_went_in(db: Database, artist: Artist, tags: Tags) -> None:
    track_id = await db.write(publish, artist.id, tags)
    shown = tags.album_artist or artist.name
    made = {"album_artist": shown, "album_artists": tags.album_artists or (shown,)} if tags.album else {}
    assert await db.read(details.tags, track_id) == replace(tags, **made)  # type: ignore[arg-type]


async def test_a_release_learns_from_the_first_track_that_says_it(db: Database, artist: Artist) -> None:
    first = Tags(title="1", artist="A", album="X", disc=1, disc_subtitle="Day")
    second = replace(first, title="2", disc=2, disc_subtitle="Night", label="L", barcode="1", release_types=("ep",))
    third = replace(second, title="3", label="M", disc_subtitle="Other", release_types=("album",), copyright="C")
    ids = [await db.write(publish, artist.id, tags) for tags in (first, second, third)]
    release_id = (await db.read(tracks.get, ids[0])).release_id
    assert release_id is not None
    said = await db.read(release_details.of_release, release_id)
    assert (said.label, said.barcode) == ("L", "1")
    assert await db.read(release_details.types, release_id) == ["ep"]
    assert await db.read(release_details.discs, release_id) == {1: "Day", 2: "Night"}
    assert [(await db.read(details.tags, each)).label for each in ids] == ["L", "L", "M"]


async def test_a_release_tells_only_what_is_for_as_many_as_it_is(db: Database, artist: Artist) -> None:
    public = await db.write(publish, artist.id, Tags(title="1", artist="A", album="X"))
    await db.write(publish, artist.id, replace(FULL, title="2", album="X", musicbrainz=MusicBrainz()), "private")
    said = await db.read(details.tags, public)
    assert (said.label, said.release_types, said.disc_subtitle) == (None, (), None)


async def test_what_is_on_a_private_release_does_not_tell_of_it(db: Database, artist: Artist) -> None:
    track_id = await db.write(publish, artist.id, FULL, "private")
    await db.write(tracks.change, track_id, tracks.Changes(visibility="public"))
    said = await db.read(details.tags, track_id)
    assert (said.title, said.isrc, said.album, said.album_artist, said.label) == (
        FULL.title,
        FULL.isrc,
        None,
        None,
        None,
    )
    assert (said.catalogue_number, said.musicbrainz.release, said.musicbrainz.work) == (None, None, IDS[4])


async def test_releases_of_one_title_are_told_apart_by_their_identifiers(db: Database, artist: Artist) -> None:
    def of(title: str, number: int | None) -> Tags:
        known = MusicBrainz(release=IDS[number]) if number is not None else MusicBrainz()
        return Tags(title="t", artist="A", album=title, musicbrainz=known)

    told = [of("Best", 1), of("Best", 2), of("Best", 1), of("Best (again)", 1), of("Best", None), of("New", 1)]
    ids = [await db.write(publish, artist.id, tags) for tags in told]
    found = [(await db.read(tracks.get, each)).release_id for each in ids]
    assert found[0] != found[1]
    assert found[2] == found[3] == found[5] == found[0]
    assert found[4] in found[:2]


async def test_an_older_recording_has_nothing_but_its_credit(db: Database, artist: Artist) -> None:
    track_id = await db.write(tracks.add, artist.id, "f" * 64, Description("a", "b", "X"), "public")
    said = await db.read(details.tags, track_id)
    assert said == Tags(title="a", artist="b", album="X", album_artist="The Artist", album_artists=("The Artist",))


async def test_everything_goes_with_the_track_and_the_release(db: Database, artist: Artist) -> None:
    track_id = await db.write(publish, artist.id, FULL)
    await db.write(tracks.remove, track_id)

    def left(r: Reader) -> dict[str, int]:
        names = r.column("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations'")
        counts = {name: r.value(f"SELECT COUNT(*) FROM {name}") for name in names}
        return {name: count for name, count in counts.items() if count and name.startswith(("track", "release"))}

    assert await db.read(left) == {}


async def test_what_nobody_said_is_unsaid(db: Database) -> None:
    assert await db.read(track_details.of_track, "none") == track_details.TrackDetails()
    assert await db.read(release_details.of_release, "none") == release_details.ReleaseDetails()


async def test_an_album_artist_is_kept_apart_where_the_file_does(db: Database, artist: Artist) -> None:
    track_id = await db.write(publish, artist.id, FULL)
    track = await db.read(tracks.get, track_id)
    assert track.release_id is not None
    names = await db.read(artist_credits.names_of, "release", track.release_id)
    assert names == [Named("Various", " / ", None, IDS[5]), Named("أصدقاء", "", None, IDS[8])]
    assert (await db.read(releases.get, track.release_id)).date == FULL.date
