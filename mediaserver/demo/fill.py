"""Putting the demo album into an empty server, by the same door as every other recording."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account, Role
from mediaserver.base import crypto
from mediaserver.base.db import Database, Reader, Tx
from mediaserver.base.pool import Pool, Priority
from mediaserver.catalog import artists, pictures, releases
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.tracks import Description
from mediaserver.demo import album, cover
from mediaserver.demo.album import ALBUM, Piece, Sound
from mediaserver.ingest import uploads
from mediaserver.ingest.pictures import Pictures
from mediaserver.ingest.uploads import Uploads, Wishes
from mediaserver.media import artwork

T = TypeVar("T")
_OWNER = "demo"
_LOOK = 0.05  # seconds between looks whether a piece can be played


@dataclass(frozen=True, slots=True)
class Filler:
    """Makes the album and hands it in, piece by piece."""

    db: Database
    pool: Pool
    uploads: Uploads
    pictures: Pictures

    async def fill(self, first_is_ready: asyncio.Event) -> None:
        """Fill the server unless it holds anything else; go on with an album that was begun and interrupted.

        `first_is_ready` is set as soon as there is something to play, or nothing to do.
        """
        try:
            if await self.db.read(_is_free):
                await self._fill(first_is_ready)
        finally:
            first_is_ready.set()

    async def _fill(self, first_is_ready: asyncio.Event) -> None:
        present = await self.db.read(_titles)
        missing = tuple(piece for piece in ALBUM.pieces if piece.title not in present)
        if present:
            first_is_ready.set()
        if not missing:
            return
        password_hash = await self._compute(accounts.hash_password, crypto.token())
        sleeve = await self._compute(self._draw, None)
        owner, artist_id = await self.db.write(_prepare, password_hash, sleeve)
        rendered = album.rendered(replace(ALBUM, pieces=missing))
        while (rendition := await self._compute(next, rendered, None)) is not None:
            await self._hand_in(owner, artist_id, *rendition)
            first_is_ready.set()

    async def _hand_in(self, owner: Account, artist_id: str, piece: Piece, sound: Sound) -> None:
        picture = await self._compute(self._draw, piece.number)
        await self.db.write(pictures.add, picture)
        wishes = Wishes(artist_id=artist_id, description=_describe(piece, picture))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{piece.number:02} {piece.title}.wav"
            await self._compute(album.save, sound, file)
            upload = await self.uploads.take(owner, file, wishes)
        # The job runner may be another process, so no event tells.
        while upload is not None and not await self.db.read(uploads.ended, [upload.id]):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)

    async def _compute(self, function: Callable[..., T], *args: Any) -> T:
        return await self.pool.run(Priority.ANALYSIS, function, *args)

    def _draw(self, number: int | None) -> Picture:
        return self.pictures.keep(artwork.encode_png(cover.draw(number)))


def _is_free(r: Reader) -> bool:
    """Tell whether nothing but the demo's own is here; a person who is called "demo" can sign in, its owner cannot."""
    other = "SELECT 1 FROM tracks t JOIN artists a ON a.id = t.artist_id JOIN accounts o ON o.id = a.owner_id"
    person = accounts.find(r, _OWNER)
    is_taken = person is not None and person.disabled_at is None
    return not is_taken and r.value(f"{other} WHERE o.name <> :demo LIMIT 1", demo=_OWNER) is None


def _titles(r: Reader) -> set[str]:
    """Return the titles that the demo's owner has published."""
    published = (
        "SELECT t.title FROM tracks t JOIN artists a ON a.id = t.artist_id JOIN accounts o ON o.id = a.owner_id"
        " WHERE o.name = :demo AND t.state = 'ready'"
    )
    return set(r.column(published, demo=_OWNER))


def _prepare(tx: Tx, password_hash: str, sleeve: Picture) -> tuple[Account, str]:
    """Return the demo's owner, who cannot sign in, and the artist's id."""
    owner = accounts.find(tx, _OWNER)
    if owner is None:
        owner = accounts.add(tx, _OWNER, Role.CREATOR, password_hash, ALBUM.artist)
        accounts.disable(tx, owner.id)
    artist = artists.find_or_add(tx, owner.id, ALBUM.artist)
    pictures.add(tx, sleeve)
    artists.set_words(tx, artist.id, ALBUM.words)
    artists.set_picture(tx, artist.id, sleeve.hash)
    release_id = releases.find_or_add(tx, artist.id, ALBUM.title, "public", ALBUM.date.isoformat())
    releases.give_picture(tx, release_id, sleeve.hash, "public")
    releases.describe(tx, release_id, ALBUM.words)
    return owner, artist.id


def _describe(piece: Piece, picture: Picture) -> Description:
    return Description(
        title=piece.title,
        credited=ALBUM.artist,
        release=ALBUM.title,
        number=piece.number,
        date=ALBUM.date.isoformat(),
        words=piece.words,
        genres=piece.genres,
        picture=picture.hash,
    )
