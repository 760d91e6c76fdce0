from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.base.db import Database
from mediaserver.catalog import genres
from mediaserver.catalog.tracks import Track

Publish = Callable[..., Awaitable[Track]]


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ((), []),
        (("", "  "), []),
        (("Rock", "Jazz", "Ambient"), ["Rock", "Jazz", "Ambient"]),
        (("Hip-Hop", "hip hop", "HIP HOP"), ["Hip-Hop"]),
        (tuple(f"g{number}" for number in range(20)), [f"g{number}" for number in range(10)]),
        (("x" * 100,), ["x" * 60]),
    ],
)
async def test_genres_keep_their_order_and_come_once(
    db: Database, publish: Publish, names: tuple[str, ...], kept: list[str]
) -> None:
    track = await publish("a", genres=names)
    assert await db.read(genres.of_track, track.id) == kept


async def test_spellings_are_one_genre_and_the_first_one_stays(db: Database, publish: Publish) -> None:
    one, two = await publish("a", genres=("Électro",)), await publish("b", genres=("electro", "Dub"))
    assert await db.read(genres.of_track, one.id) == ["Électro"]
    assert await db.read(genres.of_track, two.id) == ["Électro", "Dub"]
    await db.write(genres.set_for_track, two.id, ["Dub"])
    assert await db.read(genres.of_track, two.id) == ["Dub"]
    assert await db.read(genres.of_track, one.id) == ["Électro"]
