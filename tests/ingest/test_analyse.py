from __future__ import annotations

import time
from pathlib import Path

from tests import running, sounds


class Told(dict[str, float]):
    """Progress that remembers all that it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.values_told: list[float] = []

    def __setitem__(self, key: str, value: float) -> None:
        self.values_told.append(value)
        time.sleep(0.05)  # in the pool's thread: it is not to be done before the test has seen it
        super().__setitem__(key, value)


async def test_a_closing_process_leaves_an_analysis_and_the_next_takes_it_up(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "long.wav", sounds.silence(400))
    told = Told()
    async with running.site(tmp_path / "data") as site:
        site.services.uploads.progress = told
        ann = await site.join()
        with path.open("rb") as file:
            sent = await ann.send(file)
        await running.until(lambda: _any(told))
    assert 0 < max(told.values_told) < 1
    async with running.site(tmp_path / "data") as site:
        again = running.Visitor(site.http, site.root, ann.token)
        assert (await again.end_of(sent.headers["Location"]))["state"] == "ready"


async def _any(told: Told) -> bool:
    return bool(told.values_told)
