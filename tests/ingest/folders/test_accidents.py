"""Files of folders that change places, break and go away at the worst moment: every recording stays what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediaserver import app
from mediaserver.base.db import Tx
from mediaserver.base.errors import StorageFull
from mediaserver.ingest.folders import files
from tests import running, sounds
from tests.ingest.folders.looks import IN_PLACE, everything, heard, look, plays, remember, retag
from tests.running import Site, Visitor


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A folder of two recordings, of two seconds and of three."""
    folder = tmp_path / "pair"
    folder.mkdir()
    sounds.write(folder / "1.flac", sounds.tone(2, hz=300), metadata={"title": "One"})
    sounds.write(folder / "2.flac", sounds.tone(3, hz=500), metadata={"title": "Two"})
    return folder


async def states(site: Site) -> list[str]:
    return [track.state for track in (await everything(site)).values()]


async def test_two_files_that_change_places_keep_both_sounds(site: Site, pair: Path) -> None:
    await look(site, pair)
    (pair / "1.flac").rename(pair / "other")
    (pair / "2.flac").rename(pair / "1.flac")
    (pair / "other").rename(pair / "2.flac")
    await look(site, pair)
    await site.rest()
    assert sorted(track.seconds or 0 for track in (await everything(site)).values()) == [2, 3]
    assert await states(site) == ["ready", "ready"]


async def test_a_disk_that_is_away_while_it_is_heard_comes_back(tmp_path: Path, pair: Path) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        folder = await remember(site, pair, IN_PLACE)
        await site.services.library.look_through(folder)
        pair.rename(pair.with_name("away"))
        async with app.working(site.instance):

            async def are_lost() -> bool:
                return await states(site) == ["missing", "missing"]

            await running.until(are_lost)
            pair.with_name("away").rename(pair)
            await site.services.library.look_through(folder)

            async def are_back() -> bool:
                return await states(site) == ["ready", "ready"]

            await running.until(are_back)


async def test_a_disk_that_is_away_while_another_sound_is_heard_comes_back(tmp_path: Path, pair: Path) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        async with app.working(site.instance):
            await look(site, pair, IN_PLACE)
            await site.rest()
        before = (await everything(site))["One"]
        sounds.write(pair / "1.flac", sounds.tone(4, hz=700), metadata={"title": "One"})
        folder = await remember(site, pair, IN_PLACE)
        await site.services.library.look_through(folder)
        pair.rename(pair.with_name("away"))
        async with app.working(site.instance):
            await site.rest()
            assert (await everything(site))["One"].state == "missing"
            assert await site.services.db.read(files.refused, 10) == []
            pair.with_name("away").rename(pair)
            await look(site, pair, IN_PLACE)
            after = (await everything(site))["One"]
            assert (after.id, after.state, after.seconds) == (before.id, "ready", 4)


async def test_what_was_never_heard_for_its_disk_was_away_can_go_for_good(tmp_path: Path, pair: Path) -> None:
    async with running.site(tmp_path / "data", working=False, grace_days=0) as site:
        folder = await remember(site, pair, IN_PLACE)
        await site.services.library.look_through(folder)
        pair.rename(pair.with_name("away"))
        async with app.working(site.instance):
            await site.rest()
        admin = Visitor(site.http, site.root, (await site.join("eve", "admin")).token)
        for track in (await everything(site)).values():
            (await admin.ask("DELETE", f"/api/v1/tracks/{track.id}")).ok()
            (await admin.ask("DELETE", f"/api/v1/deleted/tracks/{track.id}")).ok()
        assert await everything(site) == {}


async def test_what_a_file_held_before_is_not_waited_for(tmp_path: Path, pair: Path) -> None:
    """It was never heard, for its disk was away; then it came back with another sound."""
    async with running.site(tmp_path / "data", working=False) as site:
        folder = await remember(site, pair, IN_PLACE)
        await site.services.library.look_through(folder)
        pair.rename(pair.with_name("away"))
        async with app.working(site.instance):
            await site.rest()
            pair.with_name("away").rename(pair)
            sounds.write(pair / "1.flac", sounds.tone(4, hz=700), metadata={"title": "One"})
            await look(site, pair, IN_PLACE)
            await site.rest()
        assert await states(site) == ["ready", "ready"]
        waiting = "SELECT 1 FROM uploads WHERE state IN ('received', 'analysing')"
        assert await site.services.db.read(lambda r: r.column(waiting)) == []
        assert len(site.originals()) == 2


async def test_a_broken_file_that_is_mended_before_it_was_heard_becomes_a_track(tmp_path: Path, pair: Path) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        whole = sounds.write(pair / "3.flac", sounds.music(20), metadata={"title": "Three"}).read_bytes()
        (pair / "3.flac").write_bytes(whole[: len(whole) // 3])
        folder = await remember(site, pair)
        await site.services.library.look_through(folder)
        (pair / "3.flac").write_bytes(whole)
        await site.services.library.look_through(folder)
        async with app.working(site.instance):
            await heard(site)
            await site.services.library.look_through(folder)
            await heard(site)
            assert (await everything(site))["Three"].state == "ready"


async def test_a_unit_that_is_undone_takes_no_file_with_it(
    site: Site, pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk, or when the process is killed before the end of it."""
    await look(site, pair)
    track = (await everything(site))["One"]
    retag(pair / "1.flac", title="Other")

    def announce_nothing(tx: Tx, facts: list[object]) -> None:
        raise StorageFull

    with monkeypatch.context() as patch:
        patch.setattr(site.services.db, "_announcer", announce_nothing)
        await look(site, pair)
    assert (await everything(site))["One"].original == track.original
    assert await plays(site, track)
    await look(site, pair)
    assert await plays(site, (await everything(site))["Other"])
    assert len(site.originals()) == 2


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "never heard"])
async def test_a_folder_that_was_forgotten_and_comes_back_elsewhere_brings_its_tracks_back(
    tmp_path: Path, pair: Path, heard: bool
) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        folder = await remember(site, pair, IN_PLACE)
        await site.services.library.look_through(folder)
        if heard:
            async with app.working(site.instance):
                await site.rest()
        pair = pair.rename(pair.with_name("elsewhere"))
        async with app.working(site.instance):
            await site.rest()
            pair.with_name("pair").mkdir()
            await site.services.library.look_through(folder, believe=True)
            assert await states(site) == ["missing", "missing"]
            await site.services.library.forget(folder)
            await look(site, pair, IN_PLACE)
            await site.rest()
        assert await states(site) == ["ready", "ready"]
        for track in (await everything(site)).values():
            assert await plays(site, track)
