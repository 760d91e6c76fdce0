"""An artist with somebody who looks after it, and a way to publish."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Database
from mediaserver.catalog import artists, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.sounds import sounds
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import Description, Track

Publish = Callable[..., Awaitable[Track]]


@pytest.fixture
async def owner(db: Database) -> Account:
    return await db.write(accounts.add, "ada", "creator", "no hash")


@pytest.fixture
async def artist(db: Database, owner: Account) -> Artist:
    return await db.write(artists.add, owner.id, "The Artist")


@pytest.fixture
def sound() -> Sound:
    return Sound("f" * 64, 1234, "wav", "pcm_s16le", 1, 16, 1_411_200, 44100, 2, 66150, -9.5, 3.0, -1.0)


@pytest.fixture
def publish(db: Database, artist: Artist, sound: Sound) -> Publish:
    async def publish(
        title: str, visibility: str = "public", *, ready: bool = True, artist_id: str = artist.id, **told: object
    ) -> Track:
        await db.write(sounds.add, sound)
        description = Description(title, "Somebody", **told)  # type: ignore[arg-type]
        track_id = await db.write(tracks.add, artist_id, sound.original, description, visibility)
        if ready:
            await db.write(tracks.make_ready, track_id)
        return await db.read(tracks.get, track_id)

    return publish
