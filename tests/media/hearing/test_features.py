from __future__ import annotations

import numpy as np

from mediaserver.media.hearing import features
from tests import sounds
from tests.media import musical


def test_like_sounds_lie_nearer_than_others() -> None:
    kinds = {
        "drums": [musical.drums(tempo, 10, pattern) for tempo, pattern in ((100, 0), (120, 1), (130, 0))],
        "song": [musical.song(root, minor=False, seconds=10) for root in (0, 4, 7)],
        "noise": [sounds.noise(10, seed=seed, level=0.1 * seed) for seed in (1, 2, 3)],
    }
    names = [name for name, group in kinds.items() for _ in group]
    vectors = [musical.heard(sound).vector for group in kinds.values() for sound in group]
    assert {len(vector) for vector in vectors} == {features.LENGTH}
    table = features.comparable(features.unpack([features.pack(vector) for vector in vectors]))
    for place, name in enumerate(names):
        order = np.argsort(features.distances(table, place))
        assert order[0] == place
        assert [names[other] for other in order[1:3]] == [name, name]


def test_level_and_silence_around_hardly_move_a_sound() -> None:
    song = musical.song(2, minor=True, seconds=10)
    changed = np.concatenate((sounds.silence(3), song * np.float32(0.3)))
    others = [musical.drums(120, 10), sounds.noise(10), sounds.music(10), sounds.sweep(10)]
    vectors = [musical.heard(sound).vector for sound in (song, changed, *others)]
    away = features.distances(features.comparable(features.unpack([features.pack(each) for each in vectors])), 0)
    assert away[1] < 0.5 * away[2:].min()


def test_nothing_at_all_has_a_vector_too() -> None:
    vector = musical.heard(sounds.silence(0.01)).vector
    assert len(vector) == features.LENGTH
    assert np.isfinite(vector).all()
