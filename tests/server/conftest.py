"""A running server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import running, sounds
from tests.running import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running.site(tmp_path / "data") as site:
        yield site


@pytest.fixture(scope="session")
def wave(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of music as a WAV."""
    return sounds.write(tmp_path_factory.mktemp("sounds") / "three.wav", sounds.music(3)).read_bytes()
