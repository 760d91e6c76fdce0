"""Two tracks that were one recording play as one: what sounds across the cut is compared with it, sample by sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests import sounds
from tests.browser.conftest import Shop, Visit, Visiting, publish
from tests.browser.listening import best, find, heard, listening

RATE = 48_000  # as Opus has no other: nothing is resampled on the way
SECONDS = 8.0
CUT = 6 * RATE + 1234 + 1  # within a packet of every codec
NEAR, FAR = RATE // 50, RATE // 2  # samples around the cut


@pytest.fixture(scope="module")
def recording() -> np.ndarray:
    """Music that is nowhere like anywhere else, so that it can be found again."""
    return (0.4 * sounds.music(SECONDS, RATE) + sounds.noise(SECONDS, RATE, level=0.1)).astype(np.float32)


@pytest.fixture(scope="module")
def halves(shop: Shop, recording: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("cut")
    tracks = []
    for number, part in enumerate((recording[:CUT], recording[CUT:]), 1):
        tags = {"title": f"Half {number}", "album": "One Recording", "track": str(number)}
        path = sounds.write(folder / f"{number}.flac", part, RATE, metadata=tags)
        tracks.append(publish(shop.root, shop.token, path, visibility="unlisted"))
    return tracks


def play_across(visit: Visit, halves: list[dict[str, Any]]) -> np.ndarray:
    """Play from four seconds on, as somebody does who comes back, to the end; return what was heard."""
    visit.page.add_init_script("if (localStorage['player.queue']) localStorage['player.position'] = '4'")
    visit.open(halves[0]["release"]["url"])
    visit.page.click("[data-play-all]")
    visit.until("localStorage['player.queue']")
    visit.page.reload()
    visit.script("document.addEventListener('ended', () => window.ended = true, true)")
    visit.page.click("[data-do=toggle]")
    visit.until("window.ended && !document.querySelector('#player.playing')")
    return heard(visit)


def error(sound: np.ndarray, recording: np.ndarray) -> float:
    """What is left of a sound when as much of the recording as is in it is taken away, against that."""
    gain = sound @ recording / (recording @ recording)  # even loudness
    return float(np.std(sound - gain * recording) / np.std(gain * recording))


def fault(sound: np.ndarray, left: np.ndarray, most: float) -> float:
    """How much is wrong around the cut, as a part of what may be: of `most` before it, of a little more across it."""
    before, after = slice(CUT - FAR, CUT - NEAR), slice(CUT + NEAR, CUT + FAR)
    begin = CUT - FAR - find(left[before], sound)  # where in the recording the sound begins
    if find(left[after], sound) != after.start - begin:
        return float("inf")

    def wrong(part: slice) -> float:
        return error(sound[part.start - begin : part.stop - begin], left[part])

    across = wrong(slice(before.stop, after.start))
    return max(wrong(before) / most, across / (1.3 * wrong(before)))


@pytest.mark.parametrize(
    ("codecs", "quality", "most"),
    [("mp4a", "high", 0.7), ("opus", "high", 0.7), ("opus|flac", "lossless", 1e-3)],
    ids=["aac", "opus", "flac"],
)
def test_nothing_is_missing_and_nothing_comes_twice(
    visiting: Visiting, halves: list[dict[str, Any]], recording: np.ndarray, codecs: str, quality: str, most: float
) -> None:
    def listen() -> float:
        sound = play_across(listening(visiting, RATE, codecs, quality), halves)
        return fault(sound, recording[:, 0], most)

    assert best(listen, good=1) < 1
