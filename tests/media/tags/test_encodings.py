from __future__ import annotations

from pathlib import Path

import pytest
from mutagen import id3

from mediaserver.media.tags import encodings, reading
from tests import sounds


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Plain", "ascii"),
        ("Ночь и день", "utf-8"),
        ("Ночь и день", "cp1251"),
        ("ГРУППА КРОВИ", "cp1251"),
        ("夜のうた", "cp932"),
        ("カタカナ 123", "cp932"),
        ("Señor Flamingos à l'été", "cp1252"),
        ("Motörhead – “Ace”", "cp1252"),
        ("ÄÖÜ äöü Straße", "cp1252"),
        ("Ærøskøbing", "latin-1"),
        ("Œuvre n° 5 € ™", "cp1252"),
    ],
)
def test_the_encoding_is_found_out(text: str, encoding: str) -> None:
    assert encodings.decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["你好世界", "안녕하세요 여러분"])
def test_other_bytes_do_not_become_cyrillic(text: str) -> None:
    for encoding in ("gb18030", "euc-kr"):
        data = text.encode(encoding, "ignore")
        assert not any("\u0400" <= sign <= "\u04ff" for sign in encodings.decode(data))


def test_every_byte_is_text() -> None:
    assert encodings.decode(bytes(range(256)))


def test_latin_1_of_id3_is_looked_at_twice(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.mp3", sounds.tone(0.3))
    file = id3.ID3()
    for name, encoding in (("TIT2", "cp1251"), ("TPE1", "utf-8"), ("TALB", "latin-1")):
        text = {"TIT2": "Группа крови", "TPE1": "Кино", "TALB": "Été"}[name]
        file.add(getattr(id3, name)(encoding=0, text=text.encode(encoding).decode("latin-1")))
    file.save(path)
    found = reading.read(path)
    assert (found.title, found.artist, found.album) == ("Группа крови", "Кино", "Été")
