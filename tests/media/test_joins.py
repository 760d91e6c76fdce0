"""Joins at every second and a half, on sounds that change all the time and on such as never do."""

from __future__ import annotations

import struct
from itertools import pairwise

import av
import numpy as np
import pytest

from mediaserver.media import encode
from mediaserver.media.renditions import LADDER, Rendition
from tests import sounds
from tests.media.streams import power

SECONDS, FRAMES = 16, 67
LOSSY = [each for each in LADDER if not each.lossless]
KINDS = {
    "music": lambda rate: sounds.music(SECONDS, rate),
    "sweep": lambda rate: sounds.sweep(SECONDS, rate),
    "tone": lambda rate: sounds.tone(SECONDS, rate, hz=997.3, level=0.9),
    "bass": lambda rate: sounds.tone(SECONDS, rate, hz=55, level=0.95),
}
STEADY = {"tone", "bass"}


def spliced(sound: np.ndarray, rendition: Rendition, rate: int, edges: list[int]) -> list[bytes]:
    """Packets of encoders that each began so many frames before an edge as the rendition says."""
    made: list[bytes] = []
    for first, last in pairwise(edges):
        begin = max(0, first - rendition.preroll)
        heard = sound[begin * rendition.frame : (last + rendition.lookahead) * rendition.frame]
        made += encode.packets(heard, rendition, rate)[first - begin : last - begin]
    return made


def error(packets: list[bytes], sound: np.ndarray, rendition: Rendition, rate: int) -> np.ndarray:
    """What a decoder gives, less what there was."""
    decoder = av.CodecContext.create("aac" if rendition.codec == "aac" else "opus", "r")
    decoder.sample_rate, decoder.layout = rate, "stereo"
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 2, 0, rate, 0, 0)
    decoder.extradata = encode.header(rendition, rate, 2) if rendition.codec == "aac" else head
    frames = [frame.to_ndarray() for packet in packets for frame in decoder.decode(av.Packet(packet))]
    played = np.concatenate(frames, axis=1).T[rendition.delay :]
    return played - sound[: len(played)]


@pytest.mark.parametrize("rendition", LOSSY, ids=lambda each: each.name)
@pytest.mark.parametrize("kind", KINDS)
def test_no_join_has_1_db_more_error_than_the_whole_track(rendition: Rendition, kind: str) -> None:
    rate = 44100 if rendition.codec == "aac" else 48000
    count = SECONDS * rate // rendition.frame
    sound = KINDS[kind](rate)[: count * rendition.frame]
    count -= rendition.lookahead
    edges = [*range(0, count, FRAMES), count]
    straight = error(encode.packets(sound, rendition, rate)[:count], sound, rendition, rate)
    made = error(spliced(sound, rendition, rate, edges), sound, rendition, rate)
    for edge in edges[1:-1]:
        place = edge * rendition.frame - rendition.delay
        near = slice(place - 2 * rendition.frame, place + 2 * rendition.frame)
        # What never changes has one error everywhere, but for chance: a coder of tones goes round among its choices.
        there = max(power(straight[near]), power(straight)) if kind in STEADY else power(straight[near])
        assert power(made[near]) < 1.259 * there + 1e-12, edge
