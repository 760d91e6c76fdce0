"""Everything that listens to spectra, fed with the same ones: fingerprint, tempo, key and the vector of a sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av

from mediaserver.media.hearing.features import Timbre
from mediaserver.media.hearing.fingerprint import Printer
from mediaserver.media.hearing.key import Chroma
from mediaserver.media.hearing.spectra import Spectra, Stretch
from mediaserver.media.hearing.tempo import Pulse


@dataclass(frozen=True, slots=True)
class Heard:
    """`tempo` in beats a minute and `key` ("A minor"), each None where there is none; `vector` as in `features`."""

    fingerprint: bytes
    tempo: float | None
    key: str | None
    vector: tuple[float, ...]


class Ear:
    """Hears a sound through. What it holds does not grow with the length, but for the fingerprint (31 bytes/s)."""

    def __init__(self) -> None:
        self._spectra = Spectra()
        self._printer, self._pulse, self._chroma, self._timbre = Printer(), Pulse(), Chroma(), Timbre()

    def feed(self, block: av.AudioFrame) -> None:
        """Take the next block, as `Blocks` makes them."""
        self._listen(self._spectra.feed(block))

    def end(self) -> Heard:
        """What was heard."""
        self._listen(self._spectra.end())
        rhythm, tonality = self._pulse.end(), self._chroma.end()
        tempo = None if rhythm.tempo is None else round(rhythm.tempo, 1)
        return Heard(self._printer.end(), tempo, tonality.key, self._timbre.end(rhythm, tonality))

    def _listen(self, stretches: Iterator[Stretch]) -> None:
        for stretch in stretches:
            for listener in (self._printer, self._pulse, self._chroma, self._timbre):
                listener.feed(stretch)
