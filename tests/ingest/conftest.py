"""The same running server as the doors' tests have, and a folder of music."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import sounds
from tests.server.conftest import site, wave

__all__ = ["site", "wave"]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    tags = {"title": "Bee", "artist": "Ann", "album": "Insects", "genre": "Jazz", "date": "1999"}
    sounds.write(folder / "b.flac", sounds.music(1), metadata=tags)
    sounds.write(folder / "a.wav", sounds.tone(1))
    return folder
