"""Bytes of text whose encoding nobody told, or told wrong: ID3 of old programs says Latin-1 whatever it holds.

Only what cannot be taken for Western text is read as something else; a guess that could spoil a right name is not made.
"""

from __future__ import annotations

import re

KANA = re.compile("[\u3041-\u30ff]{2}")
"""Two signs of Japanese syllables on end: other bytes do not fall into them twice by chance."""
CYRILLIC = re.compile("[А-Яа-яЁё]{4}")
"""Four such letters on end: in Western text no word has four accented letters on end."""
ODD = re.compile("[A-Za-z][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-z]|[а-яё][А-ЯЁ]|[А-ЯЁ]{2}[а-яё]")
"""Alphabets mixed in a word, or capitals within it: no Cyrillic word is so, but other bytes read as Cyrillic are."""


def decode(data: bytes) -> str:
    """The text of these bytes: UTF-8 where they are, Japanese or Cyrillic where nothing else fits, else Western."""
    if data.isascii():
        return data.decode("ascii")
    return strict(data, "utf-8") or japanese(data) or cyrillic(data) or western(data)


def japanese(data: bytes) -> str | None:
    """The text by Windows' Shift-JIS, where it has kana as Japanese titles do."""
    text = strict(data, "cp932")
    return text if text and KANA.search(text) and not halfwidth(text) else None


def halfwidth(text: str) -> bool:
    """Whether it has half-width kana: single bytes that Western letters are as well."""
    return any("\uff61" <= sign <= "\uff9f" for sign in text)


def cyrillic(data: bytes) -> str | None:
    """The text by Windows' Cyrillic code page, where all its letters beyond ASCII are Cyrillic."""
    text = strict(data, "cp1251")
    beyond = [sign for sign in text or "" if sign.isalpha() and not sign.isascii()]
    plain = all("\u0400" <= sign <= "\u04ff" for sign in beyond)
    return text if text and plain and CYRILLIC.search(text) and not ODD.search(text) else None


def western(data: bytes) -> str:
    """The text by Windows' Western code page, which has signs where Latin-1 has controls."""
    return strict(data, "cp1252") or data.decode("latin-1")


def strict(data: bytes, encoding: str) -> str | None:
    """The text, or None where the bytes are none in that encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
