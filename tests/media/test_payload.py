from __future__ import annotations

import shutil
from pathlib import Path

import mutagen
import pytest

from mediaserver.base.errors import Problem
from mediaserver.media import payload
from tests import sounds


@pytest.mark.parametrize("ending", [".wav", ".aiff", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".wv"])
def test_other_tags_leave_the_payload_as_it_is(tmp_path: Path, ending: str) -> None:
    path = sounds.write(tmp_path / f"a{ending}", sounds.music(2, 48_000), 48_000, metadata={"title": "Before"})
    other = Path(shutil.copy(path, tmp_path / f"b{ending}"))
    file = mutagen.File(other, easy=True)
    if file.tags is None:
        file.add_tags()
    if ending in (".wav", ".aiff"):
        file.tags.add(mutagen.id3.TIT2(encoding=3, text="After" * 2000))
    else:
        file["title"] = "After" * 2000
    file.save()
    assert other.read_bytes() != path.read_bytes()
    assert payload.digest(other) == payload.digest(path)


def test_another_sound_has_another_payload(tmp_path: Path) -> None:
    one = sounds.write(tmp_path / "a.flac", sounds.music(2))
    two = sounds.write(tmp_path / "b.flac", sounds.music(2, seed=3))
    assert payload.digest(one) != payload.digest(two)


def test_what_is_no_sound_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("no music")
    with pytest.raises(Problem):
        payload.digest(path)
