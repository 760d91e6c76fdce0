"""A run of tracks is played whole by a player that begins anew at a discontinuity.

GStreamer does. Debian 12's FFmpeg and mpv lose the first segment of every later track, and VLC ends with the first.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from tests.bench.servers import Client
from tests.clients import players
from tests.clients.players import Player

CUTS = (0, 300_000, 420_001, 800_000)


@pytest.fixture(scope="module")
def run(client: Client, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The address of a run of three tracks cut from one recording, and the whole recording."""
    folder = tmp_path_factory.mktemp("run")
    sound = sounds.music(20)[: CUTS[-1]]
    parts = [sounds.write(folder / f"{a}.wav", sound[a:b]) for a, b in pairwise(CUTS)]
    tracks = [client.upload(part) for part in parts]
    of = ",".join("/".join(track["stream"]["hls"].split("/")[2:4]) for track in tracks)
    return f"{client.root}/hls/run/master.m3u8?of={of}", sounds.write(folder / "whole.wav", sound)


@pytest.mark.parametrize("player", [players.gstreamer, players.gstreamer_old])
def test_a_run_is_heard_without_a_gap(run: tuple[str, Path], player: Player) -> None:
    address, whole = run
    heard = players.play(player, f"{address}&codecs=flac")
    assert np.array_equal(heard.sound, players.read(whole).sound)
