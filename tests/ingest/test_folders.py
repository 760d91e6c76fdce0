from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base.errors import Invalid, Unusable
from mediaserver.catalog import tracks
from mediaserver.ingest import folders
from mediaserver.ingest.folders import Report
from mediaserver.ingest.uploads import Wishes
from tests import running, sounds
from tests.running import Site

BY_TAGS = Wishes(by_tags=True)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    sounds.write(folder / "b.flac", sounds.music(1), metadata={"title": "Bee", "artist": "Ann"})
    sounds.write(folder / "a.wav", sounds.tone(1))
    return folder


async def owner(site: Site) -> Account:
    await site.join("root", "admin")
    return await site.services.db.read(accounts.named, "root")


async def take(site: Site, account: Account, *paths: Path, wishes: Wishes = BY_TAGS) -> Report:
    at = site.services
    told: list[int] = []
    report = await folders.import_paths(
        at.db, at.uploads, account, paths, wishes, lambda report: told.append(report.done)
    )
    assert told == sorted(told)
    assert report.done == report.found
    return report


def test_what_is_found_below_a_folder(tmp_path: Path) -> None:
    for name in ("b/2.FLAC", "b/10.mp3", "a/x.ogg", "a/cover.png", "a/.hidden.wav", "readme", "z.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [str(path.relative_to(tmp_path)) for path in folders.find_recordings([tmp_path])]
    assert found == ["z.wav", "a/x.ogg", "b/10.mp3", "b/2.FLAC"]
    assert list(folders.find_recordings([tmp_path / "readme"])) == [tmp_path / "readme"]
    with pytest.raises(Unusable, match="nowhere"):
        list(folders.find_recordings([tmp_path / "nowhere"]))


async def test_who_it_is_by(site: Site, music: Path) -> None:
    """The tags' artist where they name one; a recording that names nobody is not given to whom another one names."""
    account = await owner(site)
    report = await take(site, account, music)
    assert (report.ready, report.refused) == (2, [])
    found = {track.title: track.artist_name for track in await site.services.db.read(tracks.newest, 10)}
    assert found == {"Bee": "Ann", "a": "root"}
    sounds.write(music / "c.wav", sounds.tone(2))
    assert (await take(site, account, music)).known == 2
    assert (await site.services.db.read(tracks.newest, 1))[0].artist_name == "root"


async def test_an_import_that_was_stopped_goes_on(tmp_path: Path, music: Path) -> None:
    """The first one was stopped when all was copied and nothing analysed."""
    async with running.site(tmp_path / "data", working=False) as site:
        account = await owner(site)
        first = asyncio.create_task(take(site, account, music))
        await running.until(lambda: _count(site, 2))
        first.cancel()
        second = asyncio.create_task(take(site, account, music))
        async with app.working(site.instance):
            assert (await second).ready == 2
        assert await _count(site, 2)
        assert len(await site.services.db.read(tracks.newest, 10)) == 2
        assert len(site.originals()) == 2


async def _count(site: Site, wanted: int) -> bool:
    return await site.services.db.read(lambda r: r.value("SELECT COUNT(*) FROM uploads")) == wanted


async def test_one_file_under_two_names_is_one_track(site: Site, music: Path) -> None:
    (music / "copy.flac").write_bytes((music / "b.flac").read_bytes())
    report = await take(site, await owner(site), music)
    assert report.refused == []
    assert len(await site.services.db.read(tracks.newest, 10)) == 2


async def test_what_cannot_be_taken_does_not_stop_the_rest(site: Site, music: Path) -> None:
    (music / "bad.mp3").write_text("no music")
    (music / "gone.wav").symlink_to(music / "nothing")
    os.mkfifo(music / "pipe.wav")
    report = await asyncio.wait_for(take(site, await owner(site), music), running.PATIENCE)
    assert report.ready == 2
    refused = {Path(name).name: sentence for name, sentence in report.refused}
    assert refused.keys() == {"bad.mp3", "gone.wav", "pipe.wav"}
    for sentence in refused.values():
        running.assert_sentence(sentence)
    assert len(site.originals()) == 2


async def test_wishes_that_cannot_be_met_refuse_each_file(site: Site, music: Path) -> None:
    report = await take(site, await owner(site), music, wishes=Wishes(visibility="secret"))
    assert len(report.refused) == 2
    assert site.originals() == []


async def test_originals_on_this_machine_stay_as_they_are(site: Site, music: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in music.iterdir()}
    await take(site, await owner(site), music)
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in music.iterdir()}


async def test_nobody_may_put_a_recording_under_anothers_artist(site: Site, music: Path) -> None:
    root = await owner(site)
    await site.join("bob")
    bob = await site.services.db.read(accounts.named, "bob")
    await take(site, root, music)
    artist = (await site.services.db.read(tracks.newest, 1))[0].artist_id
    sounds.write(music / "new.wav", sounds.tone(3))
    report = await take(site, bob, music / "new.wav", wishes=Wishes(artist_id=artist))
    assert [problem for _, problem in report.refused] == ["That artist is looked after by somebody else."]
    with pytest.raises(Invalid):
        await site.services.uploads.receive(bob, _nothing(), "x.wav", Wishes())


async def _nothing():  # type: ignore[no-untyped-def]
    for chunk in ():
        yield chunk
