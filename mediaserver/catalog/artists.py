"""An artist: a name that recordings are published under, and the account that looks after it."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Invalid, NotFound
from mediaserver.catalog import listed, slugs
from mediaserver.catalog.details import normal
from mediaserver.media.tags import cleaned

_SELECT = (
    "SELECT a.id, a.owner_id, a.name, a.slug, a.words, a.picture, p.colour, a.created_at"
    " FROM artists a LEFT JOIN pictures p ON p.hash = a.picture"
)
_KIND = "artist"
_LONGEST_NAME = 200


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

    @property
    def url(self) -> str:
        """Its page."""
        return f"/@{self.slug}"


def add(tx: Tx, owner_id: str, name: str) -> Artist:
    """Keep a new artist of that account. Raises Invalid for an empty name."""
    name = _check_name(name)
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
    return r.one(Artist, f"{_SELECT} WHERE a.id = :id AND {listed.ARTIST}", id=artist_id)


def get(r: Reader, artist_id: str) -> Artist:
    """Return the artist of that id. Raises NotFound."""
    artist = find(r, artist_id)
    if artist is None:
        raise NotFound("There is no such artist.")
    return artist


def standing_for(r: Reader, artist_id: str) -> Artist:
    """Return the artist of that id, or whom it was merged into. Raises NotFound."""
    while (onward := r.value("SELECT merged_into FROM artists WHERE id = :id", id=artist_id)) is not None:
        artist_id = onward
    return get(r, artist_id)


def by_slug(r: Reader, slug: str) -> Artist:
    """Return the artist who has, or once had, this slug, or whom that one was merged into. Raises NotFound."""
    return standing_for(r, id_by_slug(r, slug))


def id_by_slug(r: Reader, slug: str) -> str:
    """Return the id, merged or not, below which slugs of its tracks and releases are kept. Raises NotFound."""
    artist_id = slugs.find(r, _KIND, "", slug)
    if artist_id is None:
        raise NotFound(f'There is no artist "@{slug}" here. The first page may lead further.')
    return artist_id


def of_owner(r: Reader, owner_id: str) -> list[Artist]:
    """Return the artists that an account looks after, the oldest first."""
    own = f"{_SELECT} WHERE a.owner_id = :owner_id AND {listed.ARTIST} ORDER BY a.created_at, a.id"
    return r.all(Artist, own, owner_id=owner_id)


def find_or_add(tx: Tx, owner_id: str, name: str) -> Artist:
    """Return the account's artist of exactly that name, or who had it before; made where there is none.

    A name is never split. Raises Invalid for an empty one.
    """
    return named(tx, owner_id, _check_name(name)) or add(tx, owner_id, name)


def named(r: Reader, owner_id: str, name: str) -> Artist | None:
    """Return the account's artist of exactly that name, or else who had it before, if there is one."""
    return r.one(
        Artist,
        f"{_SELECT} WHERE a.id IN (SELECT id FROM artists WHERE name = :name UNION"
        " SELECT artist_id FROM artist_names WHERE name = :name) AND a.owner_id = :owner_id"
        f" AND {listed.ARTIST} ORDER BY CASE WHEN a.name = :name THEN 0 ELSE 1 END, a.id LIMIT 1",
        name=name,
        owner_id=owner_id,
    )


def rename(tx: Tx, artist_id: str, name: str) -> None:
    """Give an artist another name, and with it another slug: the old address leads there.

    What comes in under the old name goes on to be theirs. Raises Invalid for an empty name, Conflict for one that
    another artist of the same account has.
    """
    artist, name = get(tx, artist_id), _check_name(name)
    if name == artist.name:
        return
    require_own_name(tx, artist, name)
    _remember_name(tx, artist_id, artist.name)
    slug = slugs.claim(tx, _KIND, "", artist_id, name)
    tx.run("UPDATE artists SET name = :name, slug = :slug WHERE id = :id", name=name, slug=slug, id=artist_id)


def require_own_name(r: Reader, artist: Artist, name: str) -> None:
    """Raise Conflict where another artist of the same account has that name."""
    taken = (
        f"SELECT 1 FROM artists a WHERE a.name = :name AND a.owner_id = :owner_id AND a.id <> :id AND {listed.ARTIST}"
    )
    if r.value(taken, name=name, owner_id=artist.owner_id, id=artist.id) is not None:
        raise Conflict(f'There is an artist "{name}" already. Please choose another name, or rename that one.')


def take_names(tx: Tx, artist: Artist, into: Artist) -> list[str]:
    """Let what names one artist, or did before, mean the other; return the names that did not yet."""
    names = [artist.name, *tx.column("SELECT name FROM artist_names WHERE artist_id = :id", id=artist.id)]
    return [name for name in dict.fromkeys(names) if name != into.name and _remember_name(tx, into.id, name)]


def _remember_name(tx: Tx, artist_id: str, name: str) -> bool:
    """Let a name that is no more mean an artist; tell whether it did not before."""
    told = "INSERT INTO artist_names (name, artist_id) VALUES (:name, :id) ON CONFLICT (name, artist_id) DO NOTHING"
    return bool(tx.run(told, name=name, id=artist_id))


def some_stand_on(r: Reader, artist_id: str) -> bool:
    """Tell whether a track or a release is on the artist's page, be it deleted and kept for a while."""
    stands = "SELECT 1 FROM tracks WHERE artist_id = :id UNION ALL SELECT 1 FROM releases WHERE artist_id = :id LIMIT 1"
    return r.value(stands, id=artist_id) is not None


def set_words(tx: Tx, artist_id: str, words: str) -> None:
    """Set the artist's own words (Markdown)."""
    tx.run("UPDATE artists SET words = :words WHERE id = :id", words=normal.words(words), id=artist_id)


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


def _check_name(name: str) -> str:
    name = (cleaned.line(name) or "")[:_LONGEST_NAME].rstrip()
    if not name:
        raise Invalid("An artist needs a name.")
    return name
