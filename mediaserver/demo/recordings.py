"""The recordings: for each score its instruments, their places, effects and mix. One function makes one recording.

The levels are set by measurement: about -16 LUFS for each recording (ITU-R BS.1770), true peaks below -1 dBTP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from mediaserver.demo.desk import Desk, Instrument, Seat, perform
from mediaserver.demo.effects.dynamics import automate, duck, tremble
from mediaserver.demo.effects.filters import equalise, high_cut, low_cut, sweep
from mediaserver.demo.effects.space import middle, ping_pong, room
from mediaserver.demo.instruments import drums, electric, modal, pads
from mediaserver.demo.instruments.shapes import noise
from mediaserver.demo.notation import Score
from mediaserver.demo.scores import corridor, kettle, lamps, stairs, upstairs
from mediaserver.demo.signal import Stereo, frames

Recording = Callable[[], Stereo]
"""Makes a whole recording, shape (2, frames)."""

_Player = Callable[[str, Instrument, Seat], Stereo]

_CLOUDS = np.array([500.0, 900.0, 700.0, 1_500.0, 1_000.0, 2_200.0, 1_600.0, 4_500.0, 1_200.0])
_DRAUGHT = np.array([400.0, 900.0, 500.0, 1_200.0, 600.0, 1_500.0, 900.0, 2_500.0, 9_000.0])
_OPENING = np.array([350.0, 500.0, 1_100.0, 1_800.0, 2_300.0, 2_600.0, 700.0, 4_000.0, 4_500.0, 4_200.0, 600.0])


def kettle_before_eight() -> Stereo:
    """Return guitar, harp and strings in a small bright room."""
    score = kettle.score()
    desk, play = _session(score, tail=4.5, seed=11)
    desk.add(play("guitar", modal.plucked, Seat(-0.25, 0.12, 0.006)), -3.0, -9.0)
    desk.add(play("harp", modal.harp, Seat(0.3, 0.05, 0.008)), -4.0, -6.0)
    desk.add(play("bells", modal.glass, Seat(-0.1, 0.3)), -17.0, 0.0)
    desk.add(equalise(play("strings", pads.strings, Seat()), high_cut(2_600.0), low_cut(120.0)), -9.0, -4.0)
    return desk.print(room(1.9, before=0.018, brightness=1.1, seed=3), -1.6)


def thirteen_stairs() -> Stereo:
    """Return electric piano, vibraphone, bass and a small kit, close together."""
    score = stairs.score()
    desk, play = _session(score, tail=4.0, seed=22)
    piano = play("piano", electric.electric_piano, Seat(0.0, 0.15, 0.007))
    tremble(piano, 5.2, 0.45)
    desk.add(piano, -9.0, -9.0)
    vibraphone = play("vibraphone", modal.vibraphone, Seat(0.2, 0.1, 0.008))
    tremble(vibraphone, 4.1, 0.3)
    desk.echo(middle(vibraphone), ping_pong(score.tempo.seconds(0.75), 0.42, 4), -12.0)
    desk.add(vibraphone, -4.0, -7.0)
    desk.add(play("bass", electric.bass, Seat(0.0, 0.0, 0.005)), -5.0)
    desk.add(play("kick", drums.soft_kick, Seat(loose=0.003)), -4.0, -22.0)
    desk.add(play("rim", drums.rim, Seat(-0.15, loose=0.005)), -6.0, -10.0)
    desk.add(play("hat", drums.hat, Seat(0.35, loose=0.005)), -4.0, -18.0)
    desk.add(play("brush", drums.brush, Seat(-0.4, loose=0.006)), -3.0, -12.0)
    return desk.print(room(1.3, before=0.012, brightness=0.9, seed=4), -0.8)


def corridor_and_lamps() -> Stereo:
    """Return two pieces in one take: the corridor, and from second `lamps_begin()` on the lamps."""
    score = lamps.score()
    begin = lamps_begin()
    desk = Desk(begin + score.tempo.seconds(score.beats) + 3.5)
    _walk_corridor(desk)
    _light_lamps(desk, score, begin)
    return desk.print(room(3.2, before=0.03, brightness=0.9, seed=5), -2.0, fades=(1.2, 3.5))


def lamps_begin() -> float:
    """Return the second of `corridor_and_lamps` at which the second piece begins: where the kick comes in."""
    score = corridor.score()
    return score.tempo.seconds(score.beats)


def last_one_up() -> Stereo:
    """Return a felt piano, close, in a dark room."""
    score = upstairs.score()
    desk, play = _session(score, tail=6.0, seed=44)
    for hand in ("left", "right"):
        desk.add(play(hand, modal.piano, Seat(0.0, 0.22, 0.009)), -1.0, -8.0)
    return desk.print(room(2.6, before=0.025, brightness=0.6, seed=6), -5.3, fades=(0.01, 5.0))


def _session(score: Score, tail: float, seed: int) -> tuple[Desk, _Player]:
    """Return a desk for the length of the score and `tail` seconds more, and a player of the score's parts."""
    desk = Desk(score.tempo.seconds(score.beats) + tail)
    return desk, partial(_play, score, desk.count, seed)


def _play(score: Score, count: int, seed: int, name: str, instrument: Instrument, seat: Seat) -> Stereo:
    """Return one part of a score as sound; its unsteadiness comes from the session's seed and the part's number."""
    number = list(score.parts).index(name)
    return perform(score.parts[name], instrument, score.tempo, count, seat, seed * 100 + number)


def _walk_corridor(desk: Desk) -> None:
    """Add the first piece: clouds whose filter opens and closes, bells with echoes, wind, a distant voice."""
    score = corridor.score()
    length = score.tempo.seconds(score.beats)
    play = partial(_play, score, frames(length + 6.0), 33)
    desk.add(sweep(play("choir", pads.choir, Seat()), _CLOUDS, 1.5), -12.0, -5.0)
    desk.add(equalise(play("ground", pads.choir, Seat()), high_cut(260.0)), -13.0)
    desk.add(play("call", electric.lead, Seat(-0.2, 0.1, 0.02)), -18.0, 3.0)
    desk.add(_wind(length), -34.0, -6.0)
    echoes = ping_pong(score.tempo.seconds(1.5), 0.55, 6)
    _add_echoed(desk, play("bells", modal.glass, Seat(0.0, 0.5, 0.02)), -13.0, 0.0, echoes, -14.0)
    echoes = ping_pong(score.tempo.seconds(0.75), 0.45, 5)
    _add_echoed(desk, play("ticking", electric.bleep, Seat(0.0, 0.3)), -13.0, -6.0, echoes, -16.0)


def _add_echoed(
    desk: Desk, sound: Stereo, level: float, send: float, echoes: Stereo, echo_level: float, at: float = 0.0
) -> None:
    """Add a sound and its echoes, each at its own level in decibels."""
    desk.echo(middle(sound), echoes, echo_level, at)
    desk.add(sound, level, send, at)


def _wind(seconds: float) -> Stereo:
    """Return air in a passage, rising to the end of it and then gone within a second."""
    count = frames(seconds + 1.0)
    air = sweep(np.stack([noise(count, 200.0, 5_000.0, seed) for seed in (51, 52)]), _DRAUGHT, 1.4)
    automate(air, (0.0, 4.0, 0.6 * seconds, seconds, seconds + 0.9), (0.0, 0.5, 0.5, 2.2, 0.0))
    return air


def _light_lamps(desk: Desk, score: Score, begin: float) -> None:
    """Add the second piece: kit and bass dry in the middle, chords and figure pressed down by the kick."""
    play = partial(_play, score, frames(score.tempo.seconds(score.beats) + 3.5), 34)
    kicks = [score.tempo.seconds(note.start) for note in score.parts["kick"]]
    _add_chords(desk, play, kicks, begin)
    figure = play("figure", electric.bleep, Seat(0.0, 0.35, 0.003))
    duck(figure, kicks, 0.4, 0.3)
    _add_echoed(desk, figure, -13.0, -8.0, ping_pong(score.tempo.seconds(0.75), 0.45, 5), -17.0, begin)
    del figure
    echoes = ping_pong(score.tempo.seconds(1.5), 0.4, 4)
    _add_echoed(desk, play("tune", electric.lead, Seat(-0.1, 0.1, 0.006)), -7.0, -6.0, echoes, -17.0, begin)
    _add_echoed(desk, play("below", electric.lead, Seat(0.15, 0.1, 0.006)), -11.5, -6.0, echoes, -21.5, begin)
    desk.add(play("bells", modal.glass, Seat(0.0, 0.4)), -13.0, 0.0, begin)
    desk.add(play("end", pads.strings, Seat()), -9.0, -4.0, begin)
    _add_rhythm(desk, play, begin)


def _add_chords(desk: Desk, play: _Player, kicks: Sequence[float], begin: float) -> None:
    """Add the saws: behind a filter that opens over each half of the piece, breathing with the kick."""
    chords = sweep(play("chords", pads.saws, Seat()), _OPENING, 1.5)
    duck(chords, kicks, 0.72, 0.36)
    desk.add(equalise(chords, low_cut(140.0)), -9.0, -10.0, begin)


def _add_rhythm(desk: Desk, play: _Player, begin: float) -> None:
    """Add bass and drums; the low ones stay out of the room."""
    desk.add(play("bass", electric.bass, Seat(loose=0.002)), -5.5, None, begin)
    desk.add(play("kick", drums.kick, Seat(loose=0.0015)), -4.0, None, begin)
    desk.add(play("clap", drums.clap, Seat(0.1, loose=0.0015)), -4.0, -16.0, begin)
    desk.add(play("hat", drums.hat, Seat(0.3, loose=0.0015)), -6.0, -16.0, begin)
    desk.add(play("open hat", drums.open_hat, Seat(-0.25, loose=0.0015)), -6.0, -16.0, begin)
