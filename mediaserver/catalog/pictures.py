"""A picture: artwork by the hash of its file, with its size and colour. The file itself is kept elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import NotFound


@dataclass(frozen=True, slots=True)
class Picture:
    """Artwork as it was received."""

    hash: str
    mime: str
    width: int
    height: int
    colour: str


def add(tx: Tx, picture: Picture) -> None:
    """Keep a picture; the same one may be added again."""
    tx.run(
        "INSERT INTO pictures (hash, mime, width, height, colour) VALUES (:hash, :mime, :width, :height, :colour)"
        " ON CONFLICT (hash) DO NOTHING",
        **asdict(picture),
    )


def get(r: Reader, hash: str) -> Picture:
    """Return the picture of that hash. Raises NotFound."""
    picture = r.one(Picture, "SELECT hash, mime, width, height, colour FROM pictures WHERE hash = :hash", hash=hash)
    if picture is None:
        raise NotFound("There is no such picture.")
    return picture


def is_shown(r: Reader, hash: str) -> bool:
    """Tell whether anything shows a picture, be it deleted and kept for a while."""
    shown = r.value(
        "SELECT 1 FROM tracks WHERE picture = :hash UNION ALL SELECT 1 FROM releases WHERE picture = :hash"
        " UNION ALL SELECT 1 FROM artists WHERE picture = :hash",
        hash=hash,
    )
    return shown is not None


def drop_unused(tx: Tx, hash: str) -> bool:
    """Forget a picture that nothing shows any more; tell whether it is so."""
    if is_shown(tx, hash):
        return False
    tx.run("DELETE FROM pictures WHERE hash = :hash", hash=hash)
    return True
