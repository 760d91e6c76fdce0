from __future__ import annotations

from pathlib import Path

import pytest
from mutagen import id3
from mutagen.flac import FLAC

from mediaserver.media.tags import lrc, reading
from tests import sounds

LRC = "[ar:Ann]\n[00:01.50]One\n[00:03.25] Two \nnot timed\n[01:02]Three"
SYNCED = ((1500, "One"), (3250, "Two"), (62000, "Three"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (LRC, SYNCED),
        ("[00:05.00][00:01.00]Chorus", ((1000, "Chorus"), (5000, "Chorus"))),
        ("[offset:+500]\n[00:01.00]a\n[00:00.10]b", ((0, "b"), (500, "a"))),
        ("[00:01.00]<00:01.00>Word <00:01.50>by word", ((1000, "Word by word"),)),
        ("[00:01:50]Colons\r\n[00:02.5]tenths", ((1500, "Colons"), (2500, "tenths"))),
        ("[120:00.000]Long", ((7_200_000, "Long"),)),
        ("[Chorus]\nLa", ()),
        ("", ()),
    ],
)
def test_lrc(written: str, meant: lrc.Synced) -> None:
    assert lrc.parse(written) == meant
    assert lrc.parse(lrc.write(meant)) == meant


@pytest.mark.parametrize(
    ("timed", "lines"),
    [
        ([("One", 1), ("Two", 2)], ((1, "One"), (2, "Two"))),
        ([("\nSyl", 1), ("la", 2), ("ble", 3), ("\nTwo", 4)], ((1, "Syllable"), (4, "Two"))),
        ([("One\n", 1), ("Two\n", 2)], ((1, "One"), (2, "Two"))),
    ],
)
def test_syllables_become_lines(timed: list[tuple[str, int]], lines: lrc.Synced) -> None:
    assert lrc.from_syllables(timed) == lines


def test_lyrics_that_are_lrc_after_all_are_both(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.flac", sounds.tone(0.3))
    file = FLAC(path)
    file["LYRICS"] = LRC
    file.save()
    found = reading.read(path)
    assert (found.lyrics, found.synced_lyrics) == ("One\nTwo\nThree", SYNCED)


def test_synchronised_frames_of_id3(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.mp3", sounds.tone(0.3))
    file = id3.ID3()
    file.add(id3.SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=[("One", 1500), ("Two", 3250)]))
    file.add(id3.SYLT(encoding=3, lang="eng", format=1, type=1, desc="frames", text=[("No", 1)]))
    file.save(path)
    found = reading.read(path)
    assert (found.lyrics, found.synced_lyrics) == ("One\nTwo", SYNCED[:2])
