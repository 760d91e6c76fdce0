"""Real players play whole tracks: every sample from the first to the last, in its place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.clients import hearing, players
from tests.clients.conftest import Track
from tests.clients.players import Heard, Player

PLAYERS = [players.ffmpeg, players.mpv, players.gstreamer, players.gstreamer_old, players.vlc]
PRIMING = {"mp4a.40.2": 1024, "opus": 960, "flac": 0}
SHORT = {players.vlc: 960}
"""Samples at the end that a player leaves out: VLC plays Opus's priming, and stops when the track's length is over."""


@pytest.mark.parametrize("codec", PRIMING)
@pytest.mark.parametrize("player", PLAYERS)
def test_a_player_plays_a_track_from_start_to_end(track: Track, player: Player, codec: str) -> None:
    heard = players.play(player, f"{track.client.root}{track.master}?codecs={codec}")
    assert_played_whole(track, heard, codec, SHORT.get(player, 0))


def assert_played_whole(track: Track, heard: Heard, codec: str, short: int) -> None:
    """The track was heard from its first sample to its last, but for at most `short` at the end; FLAC bit by bit."""
    original = players.read(track.original, heard.rate).sound
    lead = -hearing.place(heard.sound, original)
    assert lead in (0, PRIMING[codec])
    sound = heard.sound[lead : lead + len(original)]
    assert len(original) - len(sound) <= short
    assert len(heard.sound) - lead - len(original) < 1024
    original = original[: len(sound)]
    if codec == "flac":
        assert np.array_equal(sound, original)
    assert hearing.error(sound, original) < -15
    assert hearing.worst(sound, original, heard.rate) < -5
