"""What a page plays, sample by sample, and where in a recording it is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.browser.conftest import Visit, Visiting

SCRIPT = Path(__file__).with_suffix(".js")


def listening(visiting: Visiting, rate: int, codecs: str, quality: str) -> Visit:
    """Begin a walk whose sound is kept, in a browser that plays these codecs only."""
    visit: Visit = visiting(bypass_csp=True)
    script = f"""
        window.listeningRate = {rate};
        localStorage.setItem("player.quality", JSON.stringify("{quality}"));
        MediaSource.isTypeSupported = (type) => /{codecs}/i.test(type);
    """
    visit.page.add_init_script(script)
    visit.page.add_init_script(path=SCRIPT)
    return visit


def heard(visit: Visit) -> np.ndarray:
    """Every sample of the left channel so far."""
    return np.frombuffer(base64.b64decode(visit.script("window.heard()")), np.float32)


def best(measure: Callable[[], float], good: float, tries: int = 5) -> float:
    """The least of so many measures, of which the first below `good` is the last.

    Where the machine is busy, the browser itself falls behind now and then; a fault of ours is there every time.
    """
    least = float("inf")
    for _ in range(tries):
        least = min(least, measure())
        if least < good:
            break
    return least


def find(part: np.ndarray, whole: np.ndarray) -> int:
    """The index in `whole` from which it is most like `part`."""
    size = 1 << (len(whole) + len(part)).bit_length()
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: len(whole)]))
