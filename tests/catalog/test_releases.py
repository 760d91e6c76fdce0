from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.base.cursors import LATEST, Dated
from mediaserver.base.db import Database
from mediaserver.base.errors import NotFound
from mediaserver.catalog import pictures, releases, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.tracks import Changes, Track

Publish = Callable[..., Awaitable[Track]]


async def test_tracks_of_one_title_are_one_release_in_order(db: Database, artist: Artist, publish: Publish) -> None:
    places = [(2, 1), (1, 10), (1, 2), (1, 1)]
    made = [await publish(f"t{disc}{n}", release="Album", disc=disc, number=n, date="2001-02") for disc, n in places]
    assert len({track.release_id for track in made}) == 1
    release = await db.read(releases.by_slug, artist.id, "album")
    assert (release.title, release.date, release.owner_id) == ("Album", "2001-02", artist.owner_id)
    assert release.url == "/@the-artist/releases/album" == made[0].release_url
    listed = await db.read(lambda r: tracks.of_release(r, release.id, hidden=False))
    assert [(track.disc, track.number) for track in listed] == sorted(places)


async def test_unknown_releases(db: Database, artist: Artist) -> None:
    with pytest.raises(NotFound):
        await db.read(releases.get, "none")
    with pytest.raises(NotFound):
        await db.read(releases.by_slug, artist.id, "none")


async def test_the_first_picture_and_the_words_stay(db: Database, publish: Publish) -> None:
    for name in "pq":
        await db.write(pictures.add, Picture(name * 64, "image/png", 1, 1, f"#{name * 6}"))
    first = await publish("a", release="Album", picture="p" * 64)
    second = await publish("b", release="Album", picture="q" * 64)
    bare = await publish("c", release="Album")
    assert first.release_id is not None
    await db.write(releases.describe, first.release_id, "words")
    release = await db.read(releases.get, first.release_id)
    assert (release.picture, release.words) == ("p" * 64, "words")
    assert (second.picture, bare.picture, bare.colour) == ("q" * 64, "p" * 64, "#pppppp")


async def test_an_empty_release_goes_with_its_last_track(db: Database, artist: Artist, publish: Publish) -> None:
    one, two = [await publish(title, release="Album") for title in "ab"]
    await db.write(tracks.remove, one.id)
    assert (await db.read(releases.by_slug, artist.id, "album")).id == one.release_id
    await db.write(tracks.remove, two.id)
    with pytest.raises(NotFound):
        await db.read(releases.by_slug, artist.id, "album")


async def listed(db: Database, artist: Artist, *, hidden: bool = False) -> list[str]:
    return [each.title for each in await db.read(lambda r: releases.of_artist(r, artist.id, 100, hidden=hidden))]


async def test_only_what_can_be_heard_is_listed(db: Database, artist: Artist, publish: Publish) -> None:
    await publish("a", release="Public", date="2001")
    await publish("b", "unlisted", release="Unlisted", date="2002")
    await publish("c", "private", release="Private", date="2003")
    await publish("d", release="Unready", ready=False)
    assert [release.title for release in await db.read(releases.newest, 10)] == ["Public"]
    assert await listed(db, artist) == ["Public"]
    assert await listed(db, artist, hidden=True) == ["Private", "Unlisted", "Public"]


async def test_releases_come_in_pages_by_date(db: Database, artist: Artist, publish: Publish) -> None:
    dates = ["2001", "2001", "2002-05", None, "1999-01-31", None, "2002-05-01"]
    for number, date in enumerate(dates):
        await publish(str(number), release=f"Album {number}", date=date)
    await publish("hidden", "private", release="Hidden", date="2001")
    told: list[str] = []
    page, before = [], LATEST
    while page or before == LATEST:
        page = await db.read(lambda r, b=before: releases.of_artist(r, artist.id, 2, b, hidden=False))
        told += [each.title.removeprefix("Album ") for each in page]
        before = page[-1].place if page else Dated("", "")
    assert told == ["6", "2", "1", "0", "4", "5", "3"]
    assert await db.read(lambda r: releases.count_of_artist(r, artist.id, hidden=False)) == 7
    assert await db.read(lambda r: releases.count_of_artist(r, artist.id, hidden=True)) == 8


async def test_a_release_whose_tracks_were_all_taken_back_is_not_shown(
    db: Database, artist: Artist, publish: Publish
) -> None:
    track = await publish("a", release="Album")
    await db.write(tracks.change, track.id, Changes(visibility="private"))
    assert await db.read(releases.newest, 10) == []
    assert await listed(db, artist) == []
    assert await listed(db, artist, hidden=True) == ["Album"]


async def test_a_blank_release_is_none(publish: Publish) -> None:
    assert (await publish("a", release="  ")).release_id is None
    assert (await publish("b", release=" Album ")).release_title == "Album"
