from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from mediaserver.base import clock, cursors
from mediaserver.base.db import Database
from mediaserver.base.errors import Invalid, NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import Changes, Description, Source, Track, TrackChanged

Publish = Callable[..., Awaitable[Track]]


async def test_a_track_shows_what_it_belongs_to(db: Database, artist: Artist, publish: Publish) -> None:
    track = await publish("  My Song ", release="Album", number=3, genres=("Jazz",), words="words")
    assert (track.title, track.slug, track.credited) == ("My Song", "my-song", "Somebody")
    assert (track.artist_name, track.owner_id, track.release_title) == (artist.name, artist.owner_id, "Album")
    assert track.url == "/@the-artist/my-song"
    assert track.seconds == 1.5
    assert await db.read(tracks.by_slug, artist.id, "my-song") == track


async def test_a_track_that_is_not_analysed_has_no_length_and_no_source(db: Database, artist: Artist) -> None:
    track_id = await db.write(tracks.add, artist.id, "0" * 64, Description("a", "b"), "public")
    track = await db.read(tracks.get, track_id)
    assert (track.state, track.seconds, track.release_url) == ("processing", None, None)
    assert await db.read(tracks.source, track_id) is None


async def test_streaming_learns_what_it_needs(db: Database, artist: Artist, sound: Sound, publish: Publish) -> None:
    track = await publish("a", "private")
    found = await db.read(tracks.source, track.id)
    assert found == Source(
        track.id,
        sound.original,
        44100,
        2,
        66150,
        "private",
        artist.owner_id,
        sound.codec,
        sound.lossless,
        sound.bits,
        sound.bitrate,
        artist.id,
    )
    assert await db.read(tracks.source, (await publish("b", ready=False)).id) is None
    assert await db.read(tracks.source, "none") is None


async def test_bad_descriptions_are_refused_and_leave_nothing(db: Database, artist: Artist) -> None:
    for title, visibility in (("", "public"), (" \n", "public"), ("a", "secret"), ("a", "")):
        with pytest.raises(Invalid):
            await db.write(tracks.add, artist.id, "0" * 64, Description(title, "b", "Album"), visibility)
    with pytest.raises(Invalid):
        await db.write(tracks.add, artist.id, "0" * 64, Description("a", "b", "Album", number=2**64), "public")
    with pytest.raises(sqlite3.IntegrityError):
        await db.write(tracks.add, "nobody", "0" * 64, Description("a", "b"), "public")
    for table in ("tracks", "releases", "slugs WHERE kind <> 'artist'"):
        assert await db.read(lambda r, table=table: r.value(f"SELECT COUNT(*) FROM {table}")) == 0


async def test_a_new_title_gives_a_new_address_and_the_old_one_leads_on(
    db: Database, artist: Artist, publish: Publish
) -> None:
    track = await publish("Old")
    await db.write(tracks.change, track.id, Changes(title="New", genres=("Folk",)))
    for slug in ("old", "new"):
        found = await db.read(tracks.by_slug, artist.id, slug)
        assert (found.id, found.slug, found.title) == (track.id, "new", "New")
    assert (await publish("Old")).slug == "old-2"
    await db.write(tracks.change, track.id, Changes(title="Old"))
    assert (await db.read(tracks.get, track.id)).slug == "old"


async def test_changes_leave_what_is_not_named(db: Database, publish: Publish) -> None:
    track = await publish("a", words="words", release="Album")
    await db.write(tracks.change, track.id, Changes())
    assert await db.read(tracks.get, track.id) == track
    await db.write(tracks.change, track.id, Changes(words="", visibility="unlisted", credited="Else"))
    changed = await db.read(tracks.get, track.id)
    assert (changed.words, changed.visibility, changed.credited, changed.title) == ("", "unlisted", "Else", "a")
    for bad in (Changes(title=" "), Changes(visibility="secret")):
        with pytest.raises(Invalid):
            await db.write(tracks.change, track.id, bad)
    assert await db.read(tracks.get, track.id) == changed
    with pytest.raises(NotFound):
        await db.write(tracks.change, "none", Changes())


async def test_every_change_is_announced(db: Database, publish: Publish) -> None:
    seen: list[TrackChanged] = []
    db.watch(TrackChanged, seen.append)
    track = await publish("a")
    await db.write(tracks.change, track.id, Changes(title="b"))
    await db.write(tracks.remove, track.id)
    assert seen == [TrackChanged(track.id)] * 3


async def test_a_removed_track_is_gone_with_all_its_addresses(
    db: Database, artist: Artist, sound: Sound, publish: Publish
) -> None:
    track = await publish("a", genres=("Jazz",))
    other = await publish("b")
    await db.write(tracks.remove, track.id)
    with pytest.raises(NotFound):
        await db.read(tracks.get, track.id)
    with pytest.raises(NotFound):
        await db.read(tracks.by_slug, artist.id, "a")
    assert await db.read(tracks.uses, sound.original)
    await db.write(tracks.remove, other.id)
    assert not await db.read(tracks.uses, sound.original)
    assert await db.read(lambda r: r.value("SELECT COUNT(*) FROM track_genres")) == 0


async def test_lists_hold_what_the_asker_may_see(db: Database, artist: Artist, publish: Publish) -> None:
    for title, visibility in (("p", "public"), ("u", "unlisted"), ("s", "private")):
        await publish(title, visibility, release="Album")
    await publish("r", ready=False, release="Album")

    def titles(found: list[Track]) -> set[str]:
        return {track.title for track in found}

    album = (await db.read(tracks.by_slug, artist.id, "p")).release_id
    assert album is not None
    assert titles(await db.read(tracks.newest, 10)) == {"p"}
    for hidden, expected in ((False, {"p"}), (True, {"p", "u", "s", "r"})):
        assert titles(await db.read(lambda r, h=hidden: tracks.of_artist(r, artist.id, 10, hidden=h))) == expected
        assert titles(await db.read(lambda r, h=hidden: tracks.of_release(r, album, hidden=h))) == expected


async def test_an_unlisted_release_shows_its_unlisted_tracks(db: Database, publish: Publish) -> None:
    made = [await publish(title, kind, release="A") for title, kind in (("u", "unlisted"), ("s", "private"))]
    album = made[0].release_id
    assert album is not None
    found = await db.read(lambda r: tracks.of_release(r, album, hidden=False))
    assert [track.title for track in found] == ["u"]


async def test_pages_go_on_where_the_one_before_ended(
    db: Database, artist: Artist, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = count(clock.now())
    monkeypatch.setattr(clock, "now", lambda: next(moments))  # no two things happen in the same millisecond
    made = [(await publish(f"t{number}")).id for number in range(7)]
    seen: list[str] = []
    place = cursors.START
    while page := await db.read(tracks.newest, 3, place):
        seen += [track.id for track in page]
        place = page[-1].place
        await db.write(tracks.remove, page[-1].id)
    assert seen == sorted(made, reverse=True)


async def test_pages_of_what_came_out_in_one_moment_have_each_once(
    db: Database, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    made = {(await publish(f"t{number}")).id for number in range(5)}
    first = await db.read(tracks.newest, 2)
    rest = await db.read(tracks.newest, 10, first[-1].place)
    assert len(first) + len(rest) == 5
    assert {track.id for track in [*first, *rest]} == made


async def test_an_artists_tracks_go_on_where_the_page_before_ended(
    db: Database, artist: Artist, publish: Publish
) -> None:
    seen = sorted([(await publish(f"t{number}")).id for number in range(5)], reverse=True)
    after = await db.read(lambda r: tracks.of_artist(r, artist.id, 10, seen[2], hidden=False))
    assert [track.id for track in after] == seen[3:]
