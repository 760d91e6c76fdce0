from __future__ import annotations

import re
from typing import Any

import pytest

from mediaserver.base.db import Database, Tx
from mediaserver.catalog import slugs


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("  --a  b__c-- ", "a-b-c"),
        ("Ça déjà vu, Øre Åse", "ca-deja-vu-øre-ase"),
        ("Straße", "strasse"),
        ("Motörhead", "motorhead"),
        ("İstanbul", "istanbul"),
        ("Σίσυφος", "σισυφοσ"),
        ("Don't Stop ’til `You´", "dont-stop-til-you"),
        ("Музыка й ё", "музыка-й-ё"),
        ("東京 ドラゴン", "東京-ドラゴン"),
        ("ガ", "ガ"),
        ("한국 노래", "한국-노래"),
        ("हिन्दी गीत", "हिन्दी-गीत"),
        ("ดนตรี ที่นี่", "ดนตรี-ที่นี่"),
        ("தமிழ்", "தமிழ்"),
        ("شِعْر عربي", "شِعْر-عربي"),
        ("שלום", "שלום"),
        ("ﬁne Ⅳ ①", "fine-iv-1"),
        ("ＦＵＬＬ", "full"),
        ("❤️ love", "love"),
        ("../../etc/passwd", "etc-passwd"),
        ("a/b?c#d%e&f@g", "a-b-c-d-e-f-g"),
        ("a\0b\nc", "a-b-c"),
        ("", "untitled"),
        ("???", "untitled"),
        ("❤️", "untitled"),
        ("\u0301", "untitled"),
        ("x" * 200, "x" * 80),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_form(text: str, slug: str) -> None:
    assert slugs.form(text) == slug
    assert slugs.form(slug) == slug
    assert not re.search(r"[\s/?#%&@\0.]", slug)


async def claim(db: Database, thing: str, text: str, scope: str = "", kind: str = "artist") -> str:
    return await db.write(slugs.claim, kind, scope, thing, text)


async def test_the_second_of_a_name_gets_a_number(db: Database) -> None:
    given = [await claim(db, thing, text) for thing, text in [("1", "Näme"), ("2", "name"), ("3", "NAME!")]]
    assert given == ["name", "name-2", "name-3"]
    assert [await db.read(slugs.find, "artist", "", slug) for slug in given] == ["1", "2", "3"]


async def test_a_number_that_is_a_name_already_is_passed_over(db: Database) -> None:
    assert await claim(db, "1", "name 2") == "name-2"
    assert await claim(db, "2", "name") == "name"
    assert await claim(db, "3", "name") == "name-3"


async def test_of_many_that_are_called_alike_each_is_named_soon(db: Database) -> None:
    def many(tx: Tx) -> list[str]:
        return [slugs.claim(tx, "track", "a", str(number), "Untitled") for number in range(400)]

    given = await db.write(many)
    assert given[:3] == ["untitled", "untitled-2", "untitled-3"]
    assert len(set(given)) == 400

    class Counting(Tx):
        looks = 0

        def value(self, sql: str, **values: Any) -> Any:
            Counting.looks += 1
            return super().value(sql, **values)

    await db.write(lambda tx: slugs.claim(Counting(tx._connection), "track", "a", "one more", "Untitled"))
    assert Counting.looks < 120


async def test_kinds_and_scopes_do_not_meet(db: Database) -> None:
    assert await claim(db, "1", "name", "a", "track") == "name"
    assert await claim(db, "2", "name", "b", "track") == "name"
    assert await claim(db, "3", "name", "a", "release") == "name"
    assert await db.read(slugs.find, "track", "c", "name") is None


async def test_an_old_slug_leads_on_and_can_be_taken_back(db: Database) -> None:
    assert await claim(db, "1", "old") == "old"
    assert await claim(db, "1", "new") == "new"
    assert await claim(db, "2", "old") == "old-2"
    assert await db.read(slugs.find, "artist", "", "old") == "1"
    assert await claim(db, "1", "Old") == "old"


async def test_words_with_another_meaning_in_addresses_are_not_given(db: Database) -> None:
    assert await claim(db, "1", "Releases", "a", "track") == "releases-2"
    assert await claim(db, "2", "Likes") == "likes-2"


async def test_what_is_no_more_gives_its_slugs_up(db: Database) -> None:
    for text in ("one", "two"):
        await claim(db, "1", text)
    await claim(db, "2", "three")
    await db.write(slugs.release, "1")
    assert await claim(db, "9", "one") == "one"
    assert await db.read(slugs.find, "artist", "", "two") is None
    assert await db.read(slugs.find, "artist", "", "three") == "2"


async def test_broken_characters_lead_nowhere(db: Database) -> None:
    assert slugs.form("\ud800a") == "a"
