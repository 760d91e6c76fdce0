"""What is deleted or replaced here, and the folders that it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mediaserver.base.db import Database
from mediaserver.catalog import deleted, tracks
from mediaserver.catalog.sounds import versions
from mediaserver.ingest.analyse import waveform_path
from tests import running
from tests.ingest.folders.looks import BOTH, IN_PLACE, Manner, bee, look, owner, plays, retag
from tests.running import Site


@BOTH
async def test_a_deleted_track_stays_deleted_whatever_its_file_does(site: Site, music: Path, manner: Manner) -> None:
    await look(site, music, manner)
    track, somebody = await bee(site), await owner(site)
    await site.services.db.write(deleted.delete_track, track.id, somebody.id, 30)
    await look(site, music, manner)
    assert await site.services.db.read(tracks.find, track.id) is None
    retag(music / "b.flac", title="Bumblebee")
    assert (await look(site, music, manner)).refused == 0
    assert await site.services.db.read(tracks.find, track.id) is None
    assert len(await site.services.db.read(deleted.of_account, somebody.id, 10)) == 1
    await site.services.db.write(deleted.restore_track, track.id)
    assert await plays(site, track)


@BOTH
async def test_what_is_removed_for_good_leaves_the_folder_as_it_is(site: Site, music: Path, manner: Manner) -> None:
    await look(site, music, manner)
    track, somebody = await bee(site), await owner(site)
    kept = {path: path.read_bytes() for path in running.files_below(music)}
    await site.services.db.write(deleted.delete_track, track.id, somebody.id, 0)
    await site.services.removal.sweep()
    assert {path: path.read_bytes() for path in running.files_below(music)} == kept
    assert track.original not in {path.name for path in site.originals()}
    await look(site, music, manner)
    assert await site.services.db.read(deleted.of_account, somebody.id, 10) == []


async def test_a_track_with_another_sound_does_not_miss_its_file(site: Site, music: Path, wave: bytes) -> None:
    await look(site, music, IN_PLACE)
    track, somebody = await bee(site), await owner(site)
    other = await (await site.join()).publish(wave)
    sound = (await site.services.db.read(tracks.get, other["id"])).original
    await site.services.db.write(versions.replace, track.id, sound, somebody.id)
    (music / "b.flac").unlink()
    assert (await look(site, music, IN_PLACE)).missing == 1
    assert (await site.services.db.read(tracks.get, track.id)).state == "ready"
    assert await plays(site, track)
    (await site.guest.get(f"/hls/public/{track.id}/master.m3u8")).ok()


async def test_what_comes_in_again_right_after_it_went_keeps_its_waveform(
    site: Site, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(site, music)
    track, somebody = await bee(site), await owner(site)
    waveform, write = waveform_path(site.services.folder.waveforms, track.original), Database.write

    async def hear_again(self: Database, unit: Callable[..., Any], *args: Any, **named: Any) -> Any:
        done = await write(self, unit, *args, **named)
        if track.original not in {path.name for path in site.originals()}:
            waveform.write_bytes(b"another")
        return done

    await site.services.db.write(deleted.delete_track, track.id, somebody.id, 0)
    monkeypatch.setattr(Database, "write", hear_again)
    await site.services.removal.sweep()
    assert waveform.read_bytes() == b"another"
