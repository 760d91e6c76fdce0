"""Giving a track, a release or an artist a picture, or taking it away: what every door for it shares."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action, Thing
from mediaserver.base.db import Reader, Tx
from mediaserver.base.pool import Priority
from mediaserver.catalog import artists, releases, tracks
from mediaserver.catalog.pictures import Picture
from mediaserver.ingest.pictures import Pictures
from mediaserver.server import lifecycle
from mediaserver.server.services import Services


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a thing that has a picture is found and given one."""

    name: str
    get: Callable[[Reader, str], Thing]
    set_picture: Callable[[Tx, str, str | None], None]


_KINDS = {
    "tracks": _Kind("track", tracks.get, tracks.set_picture),
    "releases": _Kind("release", releases.get, releases.set_picture),
    "artists": _Kind("artist", artists.get, artists.set_picture),
}


async def require(at: Services, asker: Account | None, kind: str, thing_id: str) -> None:
    """Raise what `policy.require` does unless `asker` may give the thing a picture; to be asked before one is read.

    `kind` is "tracks", "releases" or "artists", as addresses have it.
    """
    await at.db.read(_require, _KINDS[kind], thing_id, asker)


async def give(at: Services, asker: Account | None, kind: str, thing_id: str, data: bytes) -> Picture:
    """Give the thing a picture. Raises what `require` and `FirstTouch.see` raise."""
    seen = await at.pool.run(Priority.LISTENER, at.first_touch.see, data)
    picture = await asyncio.to_thread(at.pictures.store, data, seen.picture, seen.colour)
    await at.db.write(_set, at.pictures, _KINDS[kind], thing_id, picture, asker)
    return picture


async def take_away(at: Services, asker: Account | None, kind: str, thing_id: str) -> None:
    """Let the thing have no picture of its own any more. Raises what `require` does."""
    await at.db.write(_set, at.pictures, _KINDS[kind], thing_id, None, asker)


def _require(r: Reader, kind: _Kind, thing_id: str, asker: Account | None) -> None:
    policy.require(asker, Action.EDIT, kind.get(r, thing_id))


def _set(tx: Tx, store: Pictures, kind: _Kind, thing_id: str, picture: Picture | None, asker: Account | None) -> None:
    _require(tx, kind, thing_id, asker)
    if picture is not None:
        store.note(tx, picture)
    with lifecycle.noting(tx, asker, kind.name, [thing_id]):
        kind.set_picture(tx, thing_id, None if picture is None else picture.hash)
