from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.base import clock
from mediaserver.base.db import Tx
from mediaserver.base.errors import Conflict, Forbidden, Invalid, NotFound, TooBusy
from mediaserver.base.pool import Priority
from mediaserver.catalog import tracks
from mediaserver.catalog.tracks import Changes, Track
from mediaserver.ingest.folders import files, library, runs
from mediaserver.ingest.folders.folders import Folder, Manner
from mediaserver.ingest.folders.runs import Run, State
from mediaserver.ingest.uploads import Wishes
from tests import running, sounds
from tests.ingest.folders.looks import (
    BOTH,
    BY_TAGS,
    IN_PLACE,
    bee,
    counts,
    everything,
    heard,
    look,
    plays,
    remember,
    retag,
)
from tests.running import Site


async def test_who_it_is_by(site: Site, music: Path) -> None:
    """The tags' artist where they name one; a recording that names nobody is not given to whom another one names."""
    assert counts(await look(site, music)) == {"added": 2}
    assert {title: track.artist_name for title, track in (await everything(site)).items()} == {
        "Bee": "Ann",
        "a": "root",
    }
    sounds.write(music / "c.wav", sounds.tone(2))
    assert counts(await look(site, music)) == {"added": 1, "known": 2}
    assert (await everything(site))["c"].artist_name == "root"


@BOTH
async def test_a_file_becomes_a_track_that_plays(site: Site, music: Path, manner: Manner) -> None:
    run = await look(site, music, manner)
    assert (counts(run), run.state, run.total, run.problem) == ({"added": 2}, State.DONE, 2, None)
    for track in (await everything(site)).values():
        assert await plays(site, track)
    assert [path.is_symlink() for path in site.originals()] == 2 * [manner.in_place]


async def test_a_draft_is_there_before_anything_is_heard(tmp_path: Path, music: Path) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        folder = await remember(site, music)
        await site.services.library.look_through(folder)
        track = await bee(site)
        assert (track.state, track.release_title, track.date) == ("processing", "Insects", "1999")
        assert (await site.guest.get("/api/v1/tracks")).json["items"] == []
        async with app.working(site.instance):
            await heard(site)
        assert (await bee(site)).state == "ready"


async def test_what_somebody_sends_is_heard_before_what_was_imported(tmp_path: Path, music: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        await site.services.library.look_through(await remember(site, music))
        await (await site.join()).send(wave)
        listeners = await site.services.db.read(lambda r: r.column("SELECT listener FROM jobs ORDER BY priority, id"))
        assert listeners == ["analyse", "hear-many", "hear-many"]


async def test_a_second_look_reads_nothing_that_is_as_it_was(site: Site, music: Path) -> None:
    await look(site, music)
    for path in music.iterdir():  # nobody could tell that they are other ones but by reading them
        at = path.stat()
        with path.open("r+b") as file:
            file.write(bytes(100))
        os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert counts(await look(site, music)) == {"known": 2}


class Stalled:
    """Takes every thread from a look through a folder once it has told of its first new files, so that it stays there.

    Who waits for sound comes first, so nothing more is read until `go_on`.
    """

    def __init__(self, site: Site) -> None:
        self._pool = site.services.pool
        self._gate = threading.Event()
        self.told = asyncio.Event()

    def __call__(self, run: Run) -> None:
        if run.added and not self.told.is_set():
            self.told.set()
            for _ in range(self._pool.workers):
                self._pool.begin(Priority.LISTENER, self._gate.wait, running.PATIENCE)

    def go_on(self) -> None:
        self._gate.set()


async def stall(site: Site, music: Path) -> tuple[Folder, Stalled, asyncio.Task[Run]]:
    """A folder of many files, and a look through it that stays where it is."""
    for number in range(140):
        sounds.write(music / f"{number}.wav", sounds.tone(0.02, hz=100 + number))
    folder, stalled = await remember(site, music), Stalled(site)
    task = asyncio.create_task(site.services.library.look_through(folder, stalled))
    await asyncio.wait_for(stalled.told.wait(), running.PATIENCE)
    return folder, stalled, task


async def test_a_look_that_was_stopped_goes_on_where_it_was(tmp_path: Path, music: Path) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        folder, stalled, task = await stall(site, music)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        stalled.go_on()
        stopped = await site.services.db.read(runs.latest, folder.id)
        assert stopped is not None
        assert stopped.state == State.STOPPED
        assert not [path for path in site.originals() if path.name.endswith(".part")]
        again = await site.services.library.look_through(folder)
        assert again.known + again.added == 142
        assert again.known >= stopped.added
        assert len(await everything(site)) == 142


async def test_somebody_asks_a_run_to_stop(tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, tell = iter([True, True]), runs.tell

    def tell_unless_busy(tx: Tx, run: Run) -> bool:
        if next(busy, False):
            raise TooBusy("Another program has the database.", 1)
        return tell(tx, run)

    monkeypatch.setattr(library, "_TELL", 0.01)
    monkeypatch.setattr(runs, "tell", tell_unless_busy)
    async with running.site(tmp_path / "data", working=False) as site:
        folder, stalled, task = await stall(site, music)
        await site.services.db.write(runs.ask_to_stop, folder.id)
        run = await task
        stalled.go_on()
        assert run.state == State.STOPPED
        assert 0 < run.done < 142
        assert (await site.services.library.look_through(folder)).state == State.DONE


async def test_while_one_looks_no_other_begins_and_the_next_one_may_as_soon_as_that_is_told(
    site: Site, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, go_on, folder = library.Library._go, asyncio.Event(), await remember(site, music)

    async def slow_to_end(*at: Any) -> Run:
        run = await go(*at)
        await go_on.wait()
        return run

    async def latest() -> Run | None:
        run = await site.services.db.read(runs.latest, folder.id)
        return run if run is not None and run.state == State.DONE else None

    monkeypatch.setattr(library.Library, "_go", slow_to_end)
    await site.services.library.start(folder)
    first = await running.until(latest)
    asyncio.get_running_loop().call_later(0.3, go_on.set)  # however late: it is asked before, and waits
    await site.services.library.start(folder)
    assert await site.services.db.read(runs.latest, folder.id) != first
    await site.services.library.stop()
    await site.services.db.write(runs.begin, folder.id)
    with pytest.raises(Conflict):
        await site.services.library.start(folder)


async def test_a_folder_that_is_forgotten_while_another_looks_through_it_ends_that(tmp_path: Path, music: Path) -> None:
    """As one that is watched, or that an import in another process is busy with."""
    async with running.site(tmp_path / "data", working=False) as site:
        folder, stalled, task = await stall(site, music)
        await site.services.library.forget(folder)
        stalled.go_on()
        run = await task  # it may have been told to stop before there was nothing left to write down
        assert (run.state, run.problem) == (State.STOPPED, None) or "not looked after" in (run.problem or "")
        with pytest.raises(NotFound, match="not looked after"):
            await site.services.library.look_through(folder)


async def test_a_disk_of_the_servers_that_fails_ends_a_run_with_a_sentence(site: Site, music: Path) -> None:
    original = hashlib.sha256((music / "b.flac").read_bytes()).hexdigest()
    (site.services.folder.originals / original[:2]).write_bytes(b"no folder")
    run = await site.services.library.look_through(await remember(site, music))
    assert run.state == State.FAILED
    assert run.problem is not None
    running.assert_sentence(run.problem)


async def test_one_file_under_two_names_is_one_track(site: Site, music: Path) -> None:
    shutil.copy(music / "b.flac", music / "copy.flac")
    assert sum(counts(await look(site, music)).values()) == 3
    assert len(await everything(site)) == 2
    assert counts(await look(site, music)) == {"known": 3}


async def test_what_cannot_be_taken_does_not_stop_the_rest(site: Site, music: Path) -> None:
    (music / "bad.mp3").write_text("no music")
    (music / "gone.wav").symlink_to(music / "nothing")
    os.mkfifo(music / "pipe.wav")
    run = await asyncio.wait_for(look(site, music), running.PATIENCE)
    assert counts(run) == {"added": 2, "refused": 3}
    refused = {Path(file.path).name: file.problem for file in await site.services.db.read(files.refused, 10)}
    assert refused.keys() == {"bad.mp3", "gone.wav", "pipe.wav"}
    for sentence in refused.values():
        assert sentence is not None
        running.assert_sentence(sentence)
    assert len(site.originals()) == 2
    shutil.copy(music / "b.flac", music / "bad.mp3")  # better now
    sounds.write(music / "new.wav", sounds.tone(2))
    assert counts(await look(site, music)) == {"added": 1, "known": 5}


async def test_what_turns_out_broken_when_heard_is_refused_with_a_sentence(site: Site, music: Path) -> None:
    whole = sounds.write(music / "cut.flac", sounds.music(20)).read_bytes()
    (music / "cut.flac").write_bytes(whole[: len(whole) // 3])
    shutil.copy(music / "cut.flac", music / "twin.flac")
    await look(site, music)
    file, twin = await site.services.db.read(files.refused, 10)
    assert file.problem == twin.problem
    assert file.problem is not None
    assert "cut off" in file.problem
    assert len(await everything(site)) == 2
    assert len(site.originals()) == 2
    assert counts(await look(site, music)) == {"known": 4}


async def test_wishes_that_cannot_be_met_are_refused_at_once(site: Site, music: Path) -> None:
    folder = await remember(site, music, wishes=replace(BY_TAGS, visibility="secret"))
    run = await site.services.library.look_through(folder)
    assert run.state == State.FAILED
    running.assert_sentence(run.problem or "")
    assert site.originals() == []


async def test_nobody_may_put_a_recording_under_anothers_artist(site: Site, music: Path) -> None:
    await look(site, music)
    await site.join("bob")
    bob = await site.services.db.read(accounts.named, "bob")
    wishes = Wishes(artist_id=(await bee(site)).artist_id)
    sounds.write(music / "new.wav", sounds.tone(3))
    with pytest.raises(Forbidden, match="looked after by somebody else"):
        await site.services.library.take_in([music / "new.wav"], bob, wishes)


@BOTH
async def test_files_on_this_machine_stay_as_they_are(site: Site, music: Path, manner: Manner) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in music.iterdir()}
    await look(site, music, manner)
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in music.iterdir()}


async def test_the_picture_beside_a_recording_is_its_sleeve(site: Site, music: Path) -> None:
    picture = Path(__file__).parents[3] / "docs" / "screenshot.webp"
    shutil.copy(picture, music / "Cover.webp")
    await look(site, music)
    track = await bee(site)
    assert track.picture is not None
    assert (await site.guest.get(f"/media/artwork/{track.picture}/300.webp")).status == 200


# What is moved, renamed or changed keeps its track.


@BOTH
async def test_a_moved_file_keeps_its_track(site: Site, music: Path, manner: Manner) -> None:
    await look(site, music, manner)
    before = await bee(site)
    (music / "deep" / "er").mkdir(parents=True)
    (music / "b.flac").rename(music / "deep" / "er" / "bee.flac")
    assert counts(await look(site, music, manner)) == {"known": 1, "moved": 1}
    assert (await bee(site)).id == before.id
    assert await plays(site, before)
    assert len(await everything(site)) == 2


@BOTH
async def test_a_file_that_was_copied_elsewhere_and_removed_keeps_its_track(
    site: Site, music: Path, manner: Manner
) -> None:
    """As over the network: neither its number on the disk nor its time is the same."""
    await look(site, music, manner)
    before = await bee(site)
    shutil.copyfile(music / "b.flac", music / "bee.flac")
    (music / "b.flac").unlink()
    assert counts(await look(site, music, manner)) == {"known": 1, "moved": 1}
    assert (await bee(site)).id == before.id
    assert await plays(site, before)


@BOTH
async def test_other_tags_are_taken_over_and_the_track_stays(site: Site, music: Path, manner: Manner) -> None:
    await look(site, music, manner)
    before = await bee(site)
    retag(music / "b.flac", title="Bumblebee", album="Bugs", genre="Folk", date="2001-02", tracknumber="7")
    assert counts(await look(site, music, manner)) == {"known": 1, "changed": 1}
    after = (await everything(site))["Bumblebee"]
    assert after.id == before.id
    assert (after.release_title, after.date, after.number, after.state) == ("Bugs", "2001-02", 7, "ready")
    assert (await site.guest.get(f"/api/v1/tracks/{after.id}")).json["genres"] == ["Folk"]
    assert after.original != before.original
    assert await plays(site, after)
    assert (await site.guest.get(before.url)).status == 301
    assert len(site.originals()) == 2
    assert (await site.guest.get(f"/media/waveforms/{after.id}.json")).status == 200


async def test_what_was_edited_by_hand_stays_as_it_was_edited(site: Site, music: Path) -> None:
    await look(site, music)
    track = await bee(site)
    await site.services.db.write(tracks.change, track.id, Changes(title="My Bee", genres=("Hum",)))
    retag(music / "b.flac", title="Bumblebee", genre="Folk", artist="Anna")
    await look(site, music)
    after = (await everything(site))["My Bee"]
    assert after.id == track.id
    assert after.credited == "Anna"  # which nobody had edited
    assert (await site.guest.get(f"/api/v1/tracks/{after.id}")).json["genres"] == ["Hum"]


@BOTH
async def test_moved_and_tagged_anew_at_once_it_keeps_its_track(site: Site, music: Path, manner: Manner) -> None:
    """As programs for tags do it: another file with the same sound, and the old one gone."""
    await look(site, music, manner)
    before = await bee(site)
    shutil.copyfile(music / "b.flac", music / "new.flac")
    retag(music / "new.flac", title="Bumblebee")
    (music / "b.flac").unlink()
    assert counts(await look(site, music, manner)) == {"known": 1, "changed": 1}
    after = (await everything(site))["Bumblebee"]
    assert after.id == before.id
    assert await plays(site, after)


@BOTH
async def test_another_sound_in_the_same_place_is_heard_and_the_track_stays(
    site: Site, music: Path, manner: Manner
) -> None:
    await look(site, music, manner)
    before = await bee(site)
    sounds.write(music / "b.flac", sounds.tone(3), metadata={"title": "Bee", "artist": "Ann", "album": "Insects"})
    assert counts(await look(site, music, manner)) == {"known": 1, "changed": 1}
    await running.until(lambda: _is_other(site, before))
    after = await bee(site)
    assert after.id == before.id
    assert after.seconds == 3
    assert await plays(site, after)
    assert len(site.originals()) == 2


async def _is_other(site: Site, before: Track) -> bool:
    return (await bee(site)).original != before.original


@BOTH
async def test_a_file_that_was_damaged_does_not_take_its_track_with_it(site: Site, music: Path, manner: Manner) -> None:
    await look(site, music, manner)
    whole = (music / "b.flac").read_bytes()
    (music / "b.flac").write_text("no music")
    assert counts(await look(site, music, manner)) == {"known": 1, "refused": 1}
    track = await bee(site)
    assert track.state == ("missing" if manner.in_place else "ready")
    assert await plays(site, track) != manner.in_place
    (music / "b.flac").write_bytes(whole)
    await look(site, music, manner)
    await running.until(lambda: _is_ready(site))
    assert (await bee(site)).id == track.id
    assert await plays(site, track)


async def _is_ready(site: Site) -> bool:
    return (await bee(site)).state == "ready"


# What is away is missing, never lost.


async def test_a_removed_file_is_missing_until_it_comes_back(site: Site, music: Path, tmp_path: Path) -> None:
    await look(site, music, IN_PLACE)
    track = await bee(site)
    (music / "b.flac").rename(tmp_path / "elsewhere.flac")
    assert counts(await look(site, music, IN_PLACE)) == {"known": 1, "missing": 1}
    assert (await bee(site)).state == "missing"
    assert not await plays(site, track)
    assert track.id not in [item["id"] for item in (await site.guest.get("/api/v1/tracks")).json["items"]]
    page = await site.guest.get(track.url, headers={"Accept": "text/html"})
    assert page.status == 200
    assert "not there at the moment" in page.text
    (tmp_path / "elsewhere.flac").rename(music / "b.flac")
    assert counts(await look(site, music, IN_PLACE)) == {"known": 1, "returned": 1}
    assert (await bee(site)).id == track.id
    assert await plays(site, track)


async def test_a_clock_that_was_ahead_hides_nothing(site: Site, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: now() + 365 * clock.DAY)
        await look(site, music, IN_PLACE)
    (music / "b.flac").unlink()
    assert counts(await look(site, music, IN_PLACE)) == {"known": 1, "missing": 1}


async def test_of_a_removed_file_a_copy_plays_on(site: Site, music: Path) -> None:
    await look(site, music)
    (music / "b.flac").unlink()
    assert counts(await look(site, music)) == {"known": 1, "missing": 1}
    assert (await bee(site)).state == "ready"
    assert await plays(site, await bee(site))


async def test_what_comes_back_under_another_name_is_the_same_track(site: Site, music: Path, tmp_path: Path) -> None:
    await look(site, music, IN_PLACE)
    track = await bee(site)
    shutil.move(music / "b.flac", tmp_path / "x.flac")
    await look(site, music, IN_PLACE)
    shutil.copyfile(tmp_path / "x.flac", music / "y.flac")
    assert counts(await look(site, music, IN_PLACE)) == {"known": 1, "moved": 1}
    assert (await bee(site)).id == track.id
    assert await plays(site, track)


async def test_a_folder_that_is_not_there_loses_nothing(site: Site, music: Path) -> None:
    await look(site, music, IN_PLACE)
    music.rename(music.with_name("away"))
    run = await look(site, music, IN_PLACE)
    assert run.state == State.FAILED
    running.assert_sentence(run.problem or "")
    assert (await bee(site)).state == "ready"
    music.with_name("away").rename(music)
    assert await plays(site, await bee(site))


async def test_an_empty_folder_where_a_disk_was_loses_nothing_until_somebody_says_so(site: Site, music: Path) -> None:
    await look(site, music, IN_PLACE)
    music.rename(music.with_name("away"))
    music.mkdir()
    run = await look(site, music, IN_PLACE)
    assert counts(run) == {}
    running.assert_sentence(run.problem or "")
    assert (await bee(site)).state == "ready"
    assert counts(await look(site, music, IN_PLACE, believe=True)) == {"missing": 2}
    assert (await bee(site)).state == "missing"


async def test_most_of_many_files_do_not_go_without_a_doubt(
    site: Site, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "FEW", 3)
    for number in range(4):
        sounds.write(music / f"{number}.wav", sounds.tone(0.5, hz=200 + number))
    await look(site, music, IN_PLACE)
    for number in range(4):
        (music / f"{number}.wav").unlink()
    run = await look(site, music, IN_PLACE)
    assert counts(run) == {"known": 2}
    assert run.problem is not None
    assert "Of 6 files that were here, 2 are left" in run.problem


async def test_a_changed_file_in_place_is_noticed_before_anybody_looks(site: Site, music: Path) -> None:
    await look(site, music, IN_PLACE)
    track = await bee(site)
    sounds.write(music / "b.flac", sounds.tone(1))
    at = site.services
    with pytest.raises(NotFound, match="changed"):
        at.library._desk.originals.path(track.original)
    answer = await site.guest.get(f"/api/v1/tracks/{track.id}/stream?format=wav")
    running.assert_sentence(answer.problem(404))


async def test_a_removed_track_does_not_come_back_with_the_next_look(site: Site, music: Path) -> None:
    await look(site, music)
    await site.services.db.write(tracks.remove, (await bee(site)).id)
    assert counts(await look(site, music)) == {"known": 2}
    assert list(await everything(site)) == ["a"]


async def test_a_folder_of_whom_is_no_more_is_not_looked_through(site: Site, music: Path) -> None:
    folder = await remember(site, music)
    await site.services.db.write(accounts.disable, folder.owner_id)
    with pytest.raises(Invalid, match="account"):
        await site.services.library.look_through(folder)


async def test_names_that_are_no_text_are_taken_as_well(site: Site, music: Path) -> None:
    (music / "b.flac").rename(music / os.fsdecode(b"F\xfc\xdfe.flac"))
    (music / "a.wav").rename(music / os.fsdecode(b"01 Gr\xfc\xdfe\n.wav"))  # nothing but its name says what it is
    assert counts(await look(site, music, IN_PLACE)) == {"added": 2}
    assert await plays(site, await bee(site))
    assert await plays(site, (await everything(site))["Grüße"])


async def test_names_made_to_do_harm_do_none(site: Site, music: Path) -> None:
    whole = (music / "a.wav").read_bytes()
    for number, name in enumerate(("q\n.wav", 250 * "x" + ".wav", "\u202egpj.wav", " .wav", "'; --.wav", "-rf.wav")):
        (music / name).write_bytes(whole[:-1000] + bytes([number]) * 1000)
    (music / "loop").symlink_to(music)
    (music / "self.wav").symlink_to("self.wav")
    (music / "endless.wav").symlink_to("/dev/zero")
    os.mkfifo(music / "cover.jpg")
    assert counts(await look(site, music)) == {"added": 8, "refused": 2}
    assert len(await everything(site)) == 8
    assert counts(await look(site, music)) == {"known": 10}


async def test_hearing_waits_while_a_run_takes_in_by_the_dozen(site: Site, music: Path) -> None:
    """And neither for one that finds little that is new, nor for one whose process is gone."""
    folder = await remember(site, music)
    run = await site.services.db.write(runs.begin, folder.id)
    busy = lambda: site.services.db.read(runs.any_busy)  # noqa: E731
    for added, is_busy in ((0, False), (1, False), (64, True)):
        run.added = added
        await site.services.db.write(runs.tell, run)
        assert await busy() == is_busy
    now = clock.now()
    with pytest.MonkeyPatch.context() as patch:
        for moment in (now + clock.MINUTE, now - clock.HOUR):
            patch.setattr(clock, "now", lambda: moment)  # noqa: B023 - is asked at once
            assert not await busy()
    run.state = State.DONE
    await site.services.db.write(runs.tell, run)
    assert not await busy()
