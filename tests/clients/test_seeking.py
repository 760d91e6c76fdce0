"""Real players seek, and play on from the right place to the end."""

from __future__ import annotations

import pytest

from tests.clients import hearing, players
from tests.clients.conftest import SECONDS, Track
from tests.clients.players import Heard, Player

CODECS = ["mp4a.40.2", "opus", "flac"]
PLACES = [1.0, 7.3, 13.7, 19.2]  # in the first segment, across bounds, and in the last
SETTLED = 0.1  # seconds that a decoder may need after a seek
FRAME = 0.09  # seconds: FLAC's packet, the longest
SEGMENT = 6.1  # seconds: VLC begins with the segment that holds the place


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("player", [players.gstreamer, players.vlc])
def test_a_player_seeks(track: Track, player: Player, codec: str) -> None:
    for start in PLACES:
        heard = players.play(player, address(track, codec), start, SECONDS - start)
        earlier = SEGMENT if player is players.vlc else FRAME
        assert_played_on(track, heard, start, earlier)


@pytest.mark.parametrize("codec", CODECS)
def test_ffmpeg_seeks(track: Track, codec: str) -> None:
    """FFmpeg from 7.1.1 on; before, it could not seek in any HLS of fMP4, its own neither."""
    for start in PLACES:
        assert_played_on(track, players.newer_ffmpeg(address(track, codec), start), start, FRAME)


@pytest.mark.parametrize("codec", CODECS)
def test_mpv_seeks_in_what_it_has_read(track: Track, codec: str) -> None:
    """It may have played a little of the beginning before; farther seeks of Debian 12's are its FFmpeg's."""
    for start in PLACES:
        heard = players.play(players.mpv_cached, address(track, codec), start)
        rest = round((SECONDS - start) * heard.rate)
        assert len(heard.sound) >= rest
        assert_played_on(track, Heard(heard.sound[-rest:], heard.rate), start, FRAME)


def address(track: Track, codec: str) -> str:
    return f"{track.client.root}{track.master}?codecs={codec}"


def assert_played_on(track: Track, heard: Heard, start: float, earlier: float) -> None:
    """The sound is the original's from second `start` on, or from up to `earlier` seconds before, to the end."""
    original = players.read(track.original, heard.rate).sound
    place = hearing.place(heard.sound, original)
    assert start - earlier <= place / heard.rate <= start + FRAME
    sound, rest = heard.sound[max(0, -place) :], original[max(0, place) :]
    both = min(len(sound), len(rest))
    assert len(rest) - both <= 1024
    settled = slice(round(SETTLED * heard.rate), both)
    sound, rest = sound[settled], rest[settled]
    assert hearing.error(sound, rest) < -10
    assert hearing.worst(sound, rest, heard.rate) < -5
