"""What a killed process leaves is found and removed, and nothing that somebody stands on, or is about to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from mediaserver import app
from mediaserver.base.db import Tx
from mediaserver.base.errors import Gone
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.sounds import hearings, sounds
from mediaserver.ingest.analyse import waveform_path
from mediaserver.ingest.leavings import drop_picture
from mediaserver.ingest.pictures import Pictures
from mediaserver.media.artwork import encode_png
from tests import running
from tests.ingest.folders.looks import bee, look, retag
from tests.running import Site

COVER = Path(__file__).parents[2] / "docs" / "screenshot.webp"
STRAY = "ab" + 62 * "0"


async def test_what_nothing_stands_on_is_removed(site: Site, music: Path) -> None:
    shutil.copy(COVER, music / "cover.webp")
    await look(site, music)
    await site.rest()
    folder, track = site.services.folder, await bee(site)
    kept = {place: running.files_below(place) for place in (folder.originals, folder.artwork, folder.waveforms)}
    for place, name in ((folder.originals, STRAY), (folder.artwork, STRAY), (folder.waveforms, f"{STRAY}.dat")):
        (place / "ab").mkdir(exist_ok=True)
        (place / "ab" / name).write_bytes(b"x")
        os.utime(place / "ab" / name, (0, 0))
    (folder.originals / "ab" / ("ab" + 62 * "1")).symlink_to("/nowhere")
    await site.services.db.write(_copy_sound, track.original)
    await site.instance.leavings.sweep()
    assert {place: running.files_below(place) for place in kept} == kept
    for noun in (sounds, hearings):
        assert await site.services.db.read(noun.find, STRAY) is None
        assert await site.services.db.read(noun.find, track.original) is not None


def _copy_sound(tx: Tx, original: str) -> None:
    sounds.copy(tx, original, STRAY, 1)
    hearings.keep(tx, hearings.Hearing(STRAY))


async def test_a_fresh_picture_stays_for_who_is_about_to_show_it(site: Site) -> None:
    picture = site.services.pictures.keep(encode_png(np.zeros((8, 8, 3), np.uint8)))
    await site.instance.leavings.sweep()
    (path,) = running.files_below(site.services.folder.artwork)
    for moment in (0, 2**32):  # long ago, and when the clock was wrong
        site.services.pictures.keep(encode_png(np.zeros((8, 8, 3), np.uint8)))
        os.utime(path, (moment, moment))
        await site.instance.leavings.sweep()
        assert not path.exists()
    with pytest.raises(Gone):
        await site.services.db.write(site.services.pictures.note, picture)


async def test_a_picture_goes_for_good_while_something_else_comes_in(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        ann = await site.join()
        async with app.working(site.instance):
            track = await ann.publish(wave)
        sent = await ann.ask("PUT", f"/api/v1/tracks/{track['id']}/artwork", data=COVER.read_bytes())
        await ann.send(wave, "another.wav")
        (await ann.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
        (await ann.ask("DELETE", f"/api/v1/deleted/tracks/{track['id']}")).ok()
        assert (await site.guest.get(sent.ok().json["sizes"]["300"])).status == 404
        assert running.files_below(site.services.folder.artwork) == []


async def test_a_picture_that_goes_before_it_is_shown_is_stored_again(
    site: Site, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the last track that showed it is removed while another one with it comes in."""
    shutil.copy(COVER, music / "cover.webp")
    note, taken_away = Pictures.note, []

    def note_late(self: Pictures, tx: Tx, picture: Picture) -> None:
        if not taken_away:
            taken_away.append(picture)
            drop_picture(self, tx, picture.hash)
        note(self, tx, picture)

    monkeypatch.setattr(Pictures, "note", note_late)
    await look(site, music)
    track = await bee(site)
    assert taken_away
    assert (await site.guest.get(f"/media/artwork/{track.picture}/300.webp")).status == 200


async def test_tags_that_change_leave_nothing_behind(site: Site, music: Path) -> None:
    await look(site, music)
    before = await bee(site)
    retag(music / "b.flac", title="Bumblebee")
    await look(site, music)
    assert await site.services.db.read(sounds.find, before.original) is None
    await site.instance.leavings.sweep()
    assert not waveform_path(site.services.folder.waveforms, before.original).exists()
    assert len(running.files_below(site.services.folder.waveforms)) == 2
