"""Pictures: artwork as it came, kept by hash, and the sizes that pages ask for, made once and cached up to a limit."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from mediaserver.base import files
from mediaserver.base.cache import FileCache, Made
from mediaserver.base.db import Tx
from mediaserver.base.errors import Gone, NotFound
from mediaserver.base.pool import Pool, Priority, SingleFlight
from mediaserver.catalog import pictures
from mediaserver.catalog.pictures import Picture
from mediaserver.media import artwork

_MOST = 256  # pictures that are remembered


class Pictures:
    """The folder of pictures, and the cache of their sizes; to be opened before any is asked for."""

    def __init__(self, folder: Path, cache: FileCache, pool: Pool) -> None:
        self._folder = folder
        self._cache = cache
        self._pool = pool
        self._flights = SingleFlight()
        self._recent: dict[str, Picture] = {}

    def open(self) -> None:
        """Take stock of the sizes that were made before; blocks. Raises Unusable as the cache does."""
        self._cache.open()

    def keep(self, data: bytes) -> Picture:
        """Put a picture into the folder; blocks. Raises Invalid for what is no picture or a hostile one."""
        return self.store(data, artwork.inspect(data), artwork.colour(data))

    def recent(self, data: bytes) -> Picture | None:
        """Return the picture that these bytes are, if that was found out a short while ago and it is kept."""
        picture = self._recent.get(hashlib.sha256(data).hexdigest())
        return picture if picture is not None and self._path(picture.hash).exists() else None

    def store(self, data: bytes, seen: artwork.Picture, colour: str) -> Picture:
        """Put a picture into the folder that was looked at already; blocks. It is kept for good once it is noted."""
        picture = Picture(hashlib.sha256(data).hexdigest(), seen.mime, seen.width, seen.height, colour)
        path = self._path(picture.hash)
        if not path.exists():
            files.write(path, data)
        self._remember(picture)
        return picture

    def note(self, tx: Tx, picture: Picture) -> None:
        """Write a picture down, in the unit that shows it.

        Raises Gone where somebody removed its file since it was stored: who shows it and who removes it take turns, so
        that it is stored again, or stays.
        """
        if not self._path(picture.hash).exists():
            raise Gone("This picture was removed a moment ago. Please send it again.")
        pictures.add(tx, picture)

    def _remember(self, picture: Picture) -> None:
        """Spare the other tracks of an album a second look at the same picture; several threads may call it."""
        if len(self._recent) >= _MOST:
            self._recent.clear()
        self._recent[picture.hash] = picture

    async def resized(self, hash: str, size: int) -> bytes:
        """Return a picture in one of artwork.SIZES, as WebP. Raises NotFound."""
        if size not in artwork.SIZES or not hash.isalnum() or not await asyncio.to_thread(self._path(hash).exists):
            raise NotFound("There is no such picture in that size.")
        return await self._made(_sized(hash, size), lambda: artwork.resize(self._read(hash), size))

    async def embeddable(self, hash: str) -> bytes:
        """Return a picture as it goes into sound files. Raises NotFound, and Invalid for a broken one."""
        return await self._made(_embedded(hash), lambda: artwork.embeddable(self._read(hash)))

    async def _made(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return what is in the cache, or what `make` gives: once for all who ask meanwhile."""
        data = await self._cache.find(key)
        return data if data is not None else await self._flights.do(key, partial(self._make, key, make))

    async def _make(self, key: str, make: Callable[[], bytes]) -> bytes:
        made: Made = await self._pool.run(Priority.LISTENER, lambda: self._cache.store(key, make()))
        self._cache.put(made)
        return made.data

    def drop(self, hash: str) -> None:
        """Remove a picture that nothing shows any more, in every size; blocks."""
        self._path(hash).unlink(missing_ok=True)
        for key in (*(_sized(hash, size) for size in artwork.SIZES), _embedded(hash)):
            self._cache.discard(key)

    def everything(self) -> Iterator[str]:
        """Yield the hashes of the pictures that were not stored just now; blocks."""
        kept = (path for path in self._folder.glob("??/*") if not path.name.endswith(files.PART))
        return (path.name for path in kept if not files.is_fresh(path))

    def _read(self, hash: str) -> bytes:
        try:
            return self._path(hash).read_bytes()
        except FileNotFoundError:
            raise NotFound("The picture is not there any more.") from None

    def _path(self, hash: str) -> Path:
        return self._folder / hash[:2] / hash


def _sized(hash: str, size: int) -> str:
    return f"{hash[:2]}/{hash}-{size}.webp"


def _embedded(hash: str) -> str:
    return f"{hash[:2]}/{hash}.embedded"
