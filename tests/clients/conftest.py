"""One server in a process of its own for all clients' tests, and a track that they play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import sounds
from tests.bench import servers
from tests.bench.servers import Client

SECONDS = 20.0


@dataclass(frozen=True)
class Track:
    """A track on a server, and the file that it was made from."""

    client: Client
    facts: dict[str, Any]
    original: Path

    @property
    def master(self) -> str:
        """The path of its master playlist."""
        address: str = self.facts["stream"]["hls"]
        return address


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Somebody signed in on a running server, which must not have complained of anything in the end."""
    log = tmp_path_factory.mktemp("server") / "log"
    with servers.ours(log=log) as client:
        yield client
    assert log.read_text(encoding="utf-8") == ""


@pytest.fixture(scope="session")
def track(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Track:
    path = sounds.write(tmp_path_factory.mktemp("sounds") / "piece.wav", sounds.music(SECONDS))
    return Track(client, client.upload(path), path)
