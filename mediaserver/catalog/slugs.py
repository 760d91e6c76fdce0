"""A slug: a thing's name in an address. A thing keeps every slug that it ever had, so that old links go on to work."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from itertools import count

from mediaserver.base.db import Reader, Tx

# Latin and Greek letters are the same word without their accents; in other scripts a mark makes another letter of it.
_ACCENTS = re.compile(r"(?<=[a-zß-ɏͰ-Ͽ])[\u0300-\u036f]+")
_APOSTROPHES = re.compile(r"['’`]")
_LONGEST = 80
_IN_ORDER = 100
_TABLES = {"track": "tracks", "release": "releases"}
# Words that stand for something else in the same place of an address.
_RESERVED = {"releases", "playlists", "feed", "followers", "following", "likes"}


def form(text: str) -> str:
    """Write `text` as a slug: lower case, accents off, letters of every script kept, the rest as single dashes."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", plain))
    slug = "-".join("".join(_letters(plain)).split())[:_LONGEST].rstrip("-")
    return slug or "untitled"


def _letters(text: str) -> Iterator[str]:
    """Yield letters, digits and the marks that belong to them; a space for anything else."""
    inside = False
    for character in text:
        inside = character.isalnum() or (inside and unicodedata.category(character).startswith("M"))
        yield character if inside else " "


def claim(tx: Tx, kind: str, scope: str, thing_id: str, text: str) -> str:
    """Return a slug made from `text` that is this thing's alone among its `kind` in `scope`, and keep it for good."""
    for slug in _candidates(form(text)):
        holder = find(tx, kind, scope, slug)
        if holder == thing_id:
            return slug
        if holder is None:
            tx.run(
                "INSERT INTO slugs (kind, scope, slug, thing_id) VALUES (:kind, :scope, :slug, :thing_id)",
                kind=kind,
                scope=scope,
                slug=slug,
                thing_id=thing_id,
            )
            return slug
    raise AssertionError("unreachable: the candidates never end")


def find(r: Reader, kind: str, scope: str, slug: str) -> str | None:
    """Return the id of the thing that has, or once had, this slug."""
    thing_id: str | None = r.value(
        "SELECT thing_id FROM slugs WHERE kind = :kind AND scope = :scope AND slug = :slug",
        kind=kind,
        scope=scope,
        slug=slug,
    )
    return thing_id


def move_to_artist(tx: Tx, kind: str, thing_id: str, title: str, artist_id: str) -> None:
    """Put a track or a release (`kind`) called `title` on an artist's page; its old address leads there."""
    tx.run(
        f"UPDATE {_TABLES[kind]} SET artist_id = :artist_id, slug = :slug WHERE id = :id",
        artist_id=artist_id,
        slug=claim(tx, kind, artist_id, thing_id, title),
        id=thing_id,
    )


def release(tx: Tx, thing_id: str) -> None:
    """Give up all slugs of a thing that is no more."""
    tx.run("DELETE FROM slugs WHERE thing_id = :id", id=thing_id)


def _candidates(slug: str) -> Iterator[str]:
    if slug not in _RESERVED:
        yield slug
    for number in range(2, _IN_ORDER):
        yield f"{slug}-{number}"
    # Of thousands that are called alike each would go through all before it; among so many any number will do.
    for size in count(4):
        yield f"{slug}-{secrets.randbelow(10**size)}"
