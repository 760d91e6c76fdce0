"""Folders that are watched: what somebody does to them is done to the catalogue, without anybody asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.catalog.tracks import Track
from mediaserver.ingest.folders import folders, watch
from mediaserver.ingest.folders.folders import Manner
from mediaserver.ingest.uploads import Wishes
from tests import running, sounds
from tests.ingest.folders.looks import everything
from tests.running import Site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "watched"
    place.mkdir()
    write(place / "first.wav", 1)
    return place


@pytest.fixture
async def watching(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(watch, "QUIET", 1)
    monkeypatch.setattr(watch, "_LOOK", 0.05)
    monkeypatch.setattr(watch, "_AWAY", 0.2)
    async with app.watching_folders(site.instance):
        yield site


def write(path: Path, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return sounds.write(path, sounds.tone(seconds))


async def remember(site: Site, place: Path, poll: int | None = None) -> None:
    await site.join("root", "admin")
    owner = await site.services.db.read(accounts.named, "root")
    manner = Manner(in_place=True, watched=True, poll=poll)
    await site.services.db.write(folders.remember, place, owner.id, Wishes(), manner)


async def become(site: Site, **states: str) -> dict[str, Track]:
    """Wait until these and no others are the tracks, by their titles and states."""

    async def look() -> dict[str, Track] | None:
        found = await everything(site)
        return found if {title: track.state for title, track in found.items()} == states else None

    return await running.until(look)


async def test_what_changes_in_a_watched_folder_is_taken_in(watching: Site, folder: Path) -> None:
    await remember(watching, folder)
    first = (await become(watching, first="ready"))["first"]
    write(folder / "deep" / "second.wav", 2)
    second = (await become(watching, first="ready", second="ready"))["second"]
    (folder / "deep").rename(folder / "deeper")
    (folder / "first.wav").unlink()
    after = await become(watching, first="missing", second="ready")
    assert (after["first"].id, after["second"].id) == (first.id, second.id)
    write(folder / "first.wav", 1)
    await become(watching, first="ready", second="ready")


async def test_a_disk_that_tells_nothing_is_looked_through(
    watching: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "SHORTEST_POLL", 1)
    await remember(watching, folder, poll=1)
    await become(watching, first="ready")
    write(folder / "second.wav", 2)
    await become(watching, first="ready", second="ready")
    (folder / "second.wav").unlink()
    await become(watching, first="ready", second="missing")


async def test_a_disk_that_goes_and_comes_back_loses_nothing(watching: Site, folder: Path) -> None:
    await remember(watching, folder)
    await become(watching, first="ready")
    folder.rename(folder.with_name("away"))
    write(folder.with_name("away") / "second.wav", 2)
    folder.with_name("away").rename(folder)
    await become(watching, first="ready", second="ready")


async def test_a_folder_is_watched_no_more_once_somebody_says_so(watching: Site, folder: Path) -> None:
    await remember(watching, folder)
    await become(watching, first="ready")
    [known] = await watching.services.db.read(folders.everyone)
    await watching.services.db.write(folders.forget, known.id)
    await running.until(lambda: _none_watched(watching))
    assert list(await everything(watching)) == ["first"]


async def _none_watched(site: Site) -> bool:
    return not site.instance.watcher._watching
