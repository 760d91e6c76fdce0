from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Database
from mediaserver.base.errors import Invalid, NotFound
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
    await db.write(artists.describe, artist.id, "*Words*", "p" * 64)
    found = await db.read(artists.get, artist.id)
    assert (found.words, found.picture, found.colour) == ("*Words*", "p" * 64, "#102030")


async def test_only_who_can_be_heard_is_new(db: Database, artist: Artist, publish: Publish) -> None:
    await publish("a", "private")
    await publish("b", "unlisted")
    await publish("c", ready=False)
    assert await db.read(artists.newest, 10) == []
    await publish("d")
    assert await db.read(artists.newest, 10) == [artist]
