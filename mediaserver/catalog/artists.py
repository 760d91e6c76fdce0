"""An artist: a name that recordings are published under, and the account that looks after it."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid, NotFound
from mediaserver.catalog import listed, slugs

_SELECT = (
    "SELECT a.id, a.owner_id, a.name, a.slug, a.words, a.picture, p.colour, a.created_at"
    " FROM artists a LEFT JOIN pictures p ON p.hash = a.picture"
)
_KIND = "artist"


@dataclass(frozen=True, slots=True)
class Artist:
    """A public name. An artist is for everybody; what they publish need not be."""

    id: str
    owner_id: str
    name: str
    slug: str
    words: str
    picture: str | None
    colour: str | None
    created_at: int

    @property
    def artist_id(self) -> str:
        """Its own id: whoever follows the artist follows this."""
        return self.id

    @property
    def visibility(self) -> str:
        """Always "public"."""
        return "public"


def add(tx: Tx, owner_id: str, name: str) -> Artist:
    """Keep a new artist of that account. Raises Invalid for an empty name."""
    name = name.strip()[:200]
    if not name:
        raise Invalid("An artist needs a name.")
    artist_id = ids.new()
    tx.run(
        "INSERT INTO artists (id, owner_id, name, slug, created_at) VALUES (:id, :owner_id, :name, :slug, :now)",
        id=artist_id,
        owner_id=owner_id,
        name=name,
        slug=slugs.claim(tx, _KIND, "", artist_id, name),
        now=clock.now(),
    )
    return get(tx, artist_id)


def find(r: Reader, artist_id: str) -> Artist | None:
    """Return the artist of that id, if there is one."""
    return r.one(Artist, f"{_SELECT} WHERE a.id = :id", id=artist_id)


def get(r: Reader, artist_id: str) -> Artist:
    """Return the artist of that id. Raises NotFound."""
    artist = find(r, artist_id)
    if artist is None:
        raise NotFound("There is no such artist.")
    return artist


def by_slug(r: Reader, slug: str) -> Artist:
    """Return the artist who has, or once had, this slug. Raises NotFound."""
    artist_id = slugs.find(r, _KIND, "", slug)
    if artist_id is None:
        raise NotFound(f'There is no artist "@{slug}" here. The first page may lead further.')
    return get(r, artist_id)


def of_owner(r: Reader, owner_id: str) -> list[Artist]:
    """Return the artists that an account looks after, the oldest first."""
    return r.all(Artist, f"{_SELECT} WHERE a.owner_id = :owner_id ORDER BY a.created_at, a.id", owner_id=owner_id)


def find_or_add(tx: Tx, owner_id: str, name: str) -> Artist:
    """Return the account's artist of exactly that name, made where there is none. A name is never split."""
    artist = tx.one(
        Artist,
        f"{_SELECT} WHERE a.name = :name AND a.owner_id = :owner_id ORDER BY a.id LIMIT 1",
        name=name.strip()[:200],
        owner_id=owner_id,
    )
    return artist or add(tx, owner_id, name)


def describe(tx: Tx, artist_id: str, words: str, picture: str | None) -> None:
    """Set the artist's own words (Markdown) and picture."""
    tx.run(
        "UPDATE artists SET words = :words, picture = :picture WHERE id = :id",
        words=words,
        picture=picture,
        id=artist_id,
    )


def set_picture(tx: Tx, artist_id: str, picture: str | None) -> None:
    """Set or take away the artist's portrait."""
    tx.run("UPDATE artists SET picture = :picture WHERE id = :id", picture=picture, id=artist_id)


def newest(r: Reader, limit: int) -> list[Artist]:
    """Return the artists who came last and have something public to hear."""
    return r.all(
        Artist,
        f"{_SELECT} WHERE EXISTS (SELECT 1 FROM tracks t WHERE t.artist_id = a.id AND {listed.TRACK})"
        " ORDER BY a.id DESC LIMIT :limit",
        limit=limit,
    )
