from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import running, sounds
from tests.media import musical
from tests.running import Site, Visitor


async def publish(visitor: Visitor, folder: Path, name: str, sound: np.ndarray, **wishes: str) -> str:
    data = sounds.write(folder / f"{name}.mp3", sound).read_bytes()
    return str((await visitor.publish(data, f"{name}.mp3", **wishes))["id"])


async def near(visitor: Visitor, track_id: str, more: str = "") -> list[str]:
    found = (await visitor.get(f"/api/v1/tracks/{track_id}/similar{more}")).ok().json
    assert found["next"] is None
    away = [each["distance"] for each in found["items"]]
    assert away == sorted(away)
    return [each["title"] for each in found["items"]]


async def test_what_sounds_alike_comes_first(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    for number, tempo in enumerate((100, 120, 130)):
        last = await publish(ann, tmp_path, f"Drums {number}", musical.drums(tempo, 8))
    for root in (0, 5):
        await publish(ann, tmp_path, f"Song {root}", musical.song(root, minor=False, seconds=8))
    assert sorted((await near(site.guest, last))[:2]) == ["Drums 0", "Drums 1"]
    assert len(await near(site.guest, last)) == 4
    assert len(await near(site.guest, last, "?limit=1")) == 1
    running.assert_sentence((await site.guest.get(f"/api/v1/tracks/{last}/similar?limit=0")).problem(422))


async def test_nobody_is_told_of_what_is_not_public(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    drums = [
        await publish(ann, tmp_path, f"{visibility} drums", musical.drums(tempo, 8), visibility=visibility)
        for tempo, visibility in ((100, "public"), (120, "unlisted"), (130, "private"), (110, "public"))
    ]
    assert await near(site.guest, drums[0]) == ["public drums"]
    assert await near(site.guest, drums[1]) != []  # whoever has the address may ask
    (await site.guest.get(f"/api/v1/tracks/{drums[2]}/similar")).problem(404)
    assert len(await near(ann, drums[2])) == 2
    await ann.ask("PATCH", f"/api/v1/tracks/{drums[3]}", json={"visibility": "private"})
    assert await near(site.guest, drums[0]) == []  # though the table still has it


async def test_the_same_sound_is_no_neighbour(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    song = musical.song(3, minor=True, seconds=10)
    track = await publish(ann, tmp_path, "Song", song)
    again = await publish(ann, tmp_path, "Song again", song * np.float32(0.5))
    await publish(ann, tmp_path, "Drums", musical.drums(120, 8))
    assert await near(ann, again) == ["Drums"]
    assert track != again


@pytest.mark.parametrize("track_id", ["nothing", "01234567890123456789012345"])
async def test_of_what_is_not_there_nothing_is_known(track_id: str, site: Site) -> None:
    (await site.guest.get(f"/api/v1/tracks/{track_id}/similar")).problem(404)
