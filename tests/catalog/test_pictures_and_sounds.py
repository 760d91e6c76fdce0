from __future__ import annotations

from dataclasses import replace

import pytest

from mediaserver.base.db import Database
from mediaserver.base.errors import NotFound
from mediaserver.catalog import pictures
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.sounds import sounds
from mediaserver.catalog.sounds.sounds import Sound


async def test_a_picture_may_be_added_again(db: Database) -> None:
    picture = Picture("p" * 64, "image/png", 640, 480, "#102030")
    await db.write(pictures.add, picture)
    await db.write(pictures.add, picture)
    assert await db.read(pictures.get, picture.hash) == picture
    with pytest.raises(NotFound):
        await db.read(pictures.get, "q" * 64)


async def test_a_sound_found_again_replaces_what_was_known(db: Database, sound: Sound) -> None:
    assert await db.read(sounds.find, sound.original) is None
    for found in (sound, replace(sound, loudness=None, loudness_range=None, true_peak=None, bits=24)):
        await db.write(sounds.add, found)
        assert await db.read(sounds.find, sound.original) == found
