from __future__ import annotations

import numpy as np
import pytest

from mediaserver.demo import cover

PIECES = [None, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("piece", PIECES)
def test_a_picture_is_square_and_colourful(piece: int | None) -> None:
    picture = cover.draw(piece, size=200)
    assert picture.shape == (200, 200, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 25
    assert np.ptp(picture.astype(int), axis=2).mean() > 20


def test_every_picture_is_another_and_always_the_same() -> None:
    first = [cover.draw(piece, size=64) for piece in PIECES]
    assert len({picture.tobytes() for picture in first}) == len(PIECES)
    assert all(
        np.array_equal(picture, cover.draw(piece, size=64)) for piece, picture in zip(PIECES, first, strict=True)
    )


def test_edges_are_smooth() -> None:
    sheet = cover.Sheet.of(100)
    covered = sheet.inside(sheet.disc(0.0, 0.0, 0.5))
    assert covered.sum() == pytest.approx(np.pi * 25**2, rel=0.002)
    assert ((covered > 0.0) & (covered < 1.0)).sum() > 100


def test_a_number_that_is_not_on_the_album_is_refused() -> None:
    with pytest.raises(KeyError):
        cover.draw(6, size=16)
