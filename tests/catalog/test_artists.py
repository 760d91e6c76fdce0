from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Database
from mediaserver.base.errors import Conflict, Invalid, NotFound
from mediaserver.catalog import artists, pictures
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.tracks import Track

Publish = Callable[..., Awaitable[Track]]


async def test_an_artist_is_found_again(db: Database, owner: Account) -> None:
    artist = await db.write(artists.add, owner.id, "  Björk & Ané  ")
    assert (artist.name, artist.slug, artist.owner_id) == ("Björk & Ané", "bjork-ane", owner.id)
    assert (artist.visibility, artist.words, artist.picture) == ("public", "", None)
    assert await db.read(artists.get, artist.id) == artist
    assert await db.read(artists.by_slug, "bjork-ane") == artist
    for absent in ("bjork", "BJORK-ANE", "", "../x"):
        with pytest.raises(NotFound):
            await db.read(artists.by_slug, absent)
    with pytest.raises(NotFound):
        await db.read(artists.get, "nobody")


async def test_an_artist_has_a_name(db: Database, owner: Account) -> None:
    for name in ("", "  \n"):
        with pytest.raises(Invalid):
            await db.write(artists.add, owner.id, name)
    assert len((await db.write(artists.add, owner.id, "x" * 1000)).name) == 200


async def test_a_name_is_one_artist_for_each_account(db: Database, owner: Account) -> None:
    bob = await db.write(accounts.add, "bob", "creator", "")
    first = await db.write(artists.find_or_add, owner.id, "Same, Feat. Other & Co")
    assert await db.write(artists.find_or_add, owner.id, " Same, Feat. Other & Co ") == first
    other = await db.write(artists.find_or_add, bob.id, "Same, Feat. Other & Co")
    assert other.id != first.id
    assert other.slug == f"{first.slug}-2"
    assert await db.read(artists.of_owner, owner.id) == [first]
    long = await db.write(artists.find_or_add, owner.id, "y" * 500)
    assert await db.write(artists.find_or_add, owner.id, "y" * 500) == long


async def test_words_and_picture(db: Database, artist: Artist) -> None:
    await db.write(pictures.add, Picture("p" * 64, "image/png", 3, 2, "#102030"))
    await db.write(artists.set_words, artist.id, " *Words*\x00\r\n")
    await db.write(artists.set_picture, artist.id, "p" * 64)
    found = await db.read(artists.get, artist.id)
    assert (found.words, found.picture, found.colour) == ("*Words*", "p" * 64, "#102030")


async def test_a_new_name_leaves_the_old_one_leading_to_the_artist(db: Database, artist: Artist) -> None:
    await db.write(artists.rename, artist.id, " New\x00 Name ")
    found = await db.read(artists.get, artist.id)
    assert (found.name, found.slug) == ("New Name", "new-name")
    for slug in (artist.slug, found.slug):
        assert await db.read(artists.by_slug, slug) == found
    for name in ("New Name", artist.name):
        assert await db.write(artists.find_or_add, artist.owner_id, name) == found
    await db.write(artists.rename, artist.id, artist.name)
    assert await db.read(artists.get, artist.id) == artist
    assert await db.write(artists.find_or_add, artist.owner_id, "New Name") == artist


async def test_two_artists_of_an_account_do_not_have_one_name(db: Database, artist: Artist, owner: Account) -> None:
    bob = await db.write(accounts.add, "bob", "creator", "")
    other, far = [await db.write(artists.find_or_add, each.id, "Other") for each in (owner, bob)]
    with pytest.raises(Conflict):
        await db.write(artists.rename, artist.id, "Other")
    await db.write(artists.rename, other.id, "Third")
    await db.write(artists.rename, artist.id, "Other")  # who has a name comes before who had it
    assert (await db.write(artists.find_or_add, owner.id, "Other")).id == artist.id
    assert (await db.write(artists.find_or_add, bob.id, "Other")).id == far.id
    for name in ("", " ", "\u202e"):
        with pytest.raises(Invalid):
            await db.write(artists.rename, artist.id, name)


async def test_only_who_can_be_heard_is_new(db: Database, artist: Artist, publish: Publish) -> None:
    await publish("a", "private")
    await publish("b", "unlisted")
    await publish("c", ready=False)
    assert await db.read(artists.newest, 10) == []
    await publish("d")
    assert await db.read(artists.newest, 10) == [artist]
