"""How loud a sound is: integrated loudness, loudness range and true peak (EBU R 128, ITU-R BS.1770-5).

Gating and weighting are done by FFmpeg's ebur128 filter. It knows blocks of samples and no files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import av

from mediaserver.media.beside import Beside
from mediaserver.media.planes import planes, sample_format
from mediaserver.media.truepeak import TruePeak

GATE = -70.0
"""Loudness (LUFS) under which nothing is counted: a sound that never reaches it has no loudness."""
INTEGRATED = "lavfi.r128.I"
RANGE = "lavfi.r128.LRA"


@dataclass(frozen=True, slots=True)
class Loudness:
    """`integrated` in LUFS, `range` in LU, `true_peak` in dBTP.

    Without figure is what was silent, and, but for its peak, what was shorter than the 0.4 s that a measurement takes.
    """

    integrated: float | None
    range: float | None
    true_peak: float | None


class Meter:
    """Measures the loudness of what it is fed: blocks of floats, all of one rate and layout, as `Blocks` makes them.

    FFmpeg's filter runs in a thread beside the caller's, which finds the true peak meanwhile: each takes about half of
    the time.
    """

    def __init__(self, rate: int, layout: str, beside: Beside | None = None) -> None:
        """`rate` in Hz; `layout` is FFmpeg's name, which says how much each channel counts.

        The filter's thread may be one that others use `beside`; it ends with the measurement.
        """
        channels = av.AudioLayout(layout).nb_channels
        self._peak = TruePeak(rate, channels)
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(sample_rate=rate, format=sample_format(channels), layout=layout)
        meter = self._graph.add("ebur128", "metadata=1:framelog=quiet")
        self._graph.link_nodes(source, meter, self._graph.add("abuffersink")).configure()
        self._figures: dict[str, str] = {}
        self._beside = beside or Beside("loudness")

    def feed(self, block: av.AudioFrame) -> None:
        """Take the next block."""
        self._beside.hand(self._push, block)
        self._peak.feed(planes(block))

    def end(self) -> Loudness:
        """The loudness of everything that was fed."""
        self._beside.hand(self._push, None)
        self._beside.end()
        integrated = float(self._figures.get(INTEGRATED, GATE))
        true_peak = decibels(self._peak.end())
        if integrated <= GATE:
            return Loudness(None, None, true_peak)
        return Loudness(integrated, float(self._figures.get(RANGE, 0)), true_peak)

    def _push(self, block: av.AudioFrame | None) -> None:
        """Have the filter take a block; None: there are no more."""
        self._graph.push(block)
        self._drain()

    def _drain(self) -> None:
        """Let go of what the filter passed on, and keep the latest figures: each tells of everything until then.

        They ride on its frames of 0.1 s; what is left over at the very end carries none.
        """
        for frame in reversed(pulled(self._graph)):
            if frame.metadata:
                self._figures = frame.metadata
                break


def pulled(graph: av.filter.Graph) -> list[av.AudioFrame]:
    """Everything that a filter graph has to give now."""
    frames = []
    try:
        while True:
            frames.append(cast(av.AudioFrame, graph.pull()))
    except (av.BlockingIOError, av.EOFError):
        return frames


def decibels(amplitude: float) -> float | None:
    """A part of full scale in dB; None for silence."""
    return 20 * math.log10(amplitude) if amplitude > 0 else None
