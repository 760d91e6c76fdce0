"""Real players play a private track by its signed address alone: its segments are encrypted (AES-128).

Debian 12's GStreamer (1.22) is not among them: it plays no encrypted fMP4, whether the initialisation is encrypted too
or not, and wherever the key stands.
"""

from __future__ import annotations

import pytest

from tests.clients import players
from tests.clients.conftest import Track
from tests.clients.players import Player
from tests.clients.test_playing import PRIMING, assert_played_whole
from tests.clients.test_seeking import FRAME, SEGMENT, assert_played_on

PLAYERS = [players.ffmpeg, players.mpv, players.vlc]


@pytest.fixture(scope="module")
def private(track: Track) -> Track:
    return Track(track.client, track.client.upload(track.original, visibility="private"), track.original)


@pytest.mark.parametrize("codec", PRIMING)
@pytest.mark.parametrize("player", PLAYERS)
def test_a_player_plays_a_locked_track(private: Track, player: Player, codec: str) -> None:
    heard = players.play(player, f"{private.client.root}{private.master}?codecs={codec}")
    assert_played_whole(private, heard, codec, 960)


def test_players_seek_in_a_locked_track(private: Track) -> None:
    address = f"{private.client.root}{private.master}?codecs=flac"
    assert "METHOD=AES-128" in private.client.ask(first_rung(private))[0].decode()
    assert_played_on(private, players.play(players.vlc, address, 13.7), 13.7, SEGMENT)
    assert_played_on(private, players.newer_ffmpeg(address, 13.7), 13.7, FRAME)


def first_rung(track: Track) -> str:
    lines = track.client.ask(track.master)[0].decode().splitlines()
    return track.master.rpartition("/")[0] + "/" + next(line for line in lines if not line.startswith("#"))
