"""Looks through a folder, and what they find: shared by the tests of folders and of what becomes of their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mutagen
import pytest

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.catalog import tracks
from mediaserver.catalog.tracks import Track
from mediaserver.ingest import uploads
from mediaserver.ingest.folders import folders
from mediaserver.ingest.folders.folders import Folder, Manner
from mediaserver.ingest.folders.runs import Run
from mediaserver.ingest.uploads import Wishes
from tests import running
from tests.running import Site

BY_TAGS = Wishes(by_tags=True)
IN_PLACE = Manner(in_place=True)
PLAIN = Manner()
BOTH = pytest.mark.parametrize("manner", [PLAIN, IN_PLACE], ids=["copied", "in place"])


async def owner(site: Site) -> Account:
    if await site.services.db.read(accounts.find, "root") is None:
        await site.join("root", "admin")
    return await site.services.db.read(accounts.named, "root")


async def remember(site: Site, place: Path, manner: Manner = PLAIN, wishes: Wishes = BY_TAGS) -> Folder:
    account = await owner(site)
    return await site.services.db.write(folders.remember, place, account.id, wishes, manner)


async def look(site: Site, place: Path, manner: Manner = PLAIN, **how: Any) -> Run:
    """Look through a folder, and wait until all of it is heard."""
    folder = await remember(site, place, manner)
    run = await site.services.library.look_through(folder, **how)
    await heard(site)
    return run


async def heard(site: Site) -> None:
    async def look() -> bool:
        return not await site.services.db.read(uploads.count_unheard)

    await running.until(look)


async def everything(site: Site) -> dict[str, Track]:
    """All tracks by title, whatever their state."""
    found = await site.services.db.read(lambda r: r.column("SELECT id FROM tracks"))
    return {track.title: track for track in [await site.services.db.read(tracks.get, each) for each in found]}


async def bee(site: Site) -> Track:
    return (await everything(site))["Bee"]


async def plays(site: Site, track: Track) -> bool:
    """Whether it can be heard from the beginning to the end, as it came."""
    answer = await site.guest.get(f"/api/v1/tracks/{track.id}/stream?format=wav")
    return answer.status == 200 and len(answer.body) > 100_000


def retag(path: Path, **texts: str | list[str]) -> None:
    file = mutagen.File(path)
    for name, text in texts.items():
        file[name] = text
    file.save()


def counts(run: Run) -> dict[str, int]:
    """The figures of a run that are not 0."""
    names = ("known", "added", "moved", "changed", "refused", "missing", "returned")
    return {name: getattr(run, name) for name in names if getattr(run, name)}
