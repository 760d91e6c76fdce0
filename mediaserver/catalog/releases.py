"""A release: tracks that came out together, such as an album."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base import clock, ids
from mediaserver.base.cursors import LATEST, Dated
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import NotFound
from mediaserver.catalog import history, listed, slugs
from mediaserver.catalog.details import normal

_SELECT = (
    "SELECT r.id, r.artist_id, r.title, r.slug, r.date, r.words, r.picture, p.colour,"
    f" {listed.RELEASE_AUDIENCE} AS visibility, r.created_at, r.visibility AS chosen, r.publish_at,"
    " a.owner_id, a.name AS artist_name, a.slug AS artist_slug"
    " FROM releases r JOIN artists a ON a.id = r.artist_id LEFT JOIN pictures p ON p.hash = r.picture"
)
_KIND = "release"


@dataclass(frozen=True, slots=True)
class Release:
    """An album, single or the like. `date` is ISO 8601 of any precision.

    `visibility` is who it is for now; `chosen` is who it is for once it is out, at `publish_at` (None: it is).
    """

    id: str
    artist_id: str
    title: str
    slug: str
    date: str | None
    words: str
    picture: str | None
    colour: str | None
    visibility: str
    created_at: int
    chosen: str
    publish_at: int | None
    owner_id: str
    artist_name: str
    artist_slug: str

    @property
    def url(self) -> str:
        """Its page."""
        return f"/@{self.artist_slug}/releases/{self.slug}"

    @property
    def place(self) -> Dated:
        """Where it stands among the releases of its artist."""
        return Dated(self.date or "", self.id)


def find_or_add(
    tx: Tx, artist_id: str, title: str, visibility: str, date: str | None, musicbrainz_id: str | None = None
) -> str:
    """Return the id of the artist's release of exactly that title, made where there is none.

    One that has the same identifier of MusicBrainz is the same, whatever its title; one that has another is not.
    """
    release_id = _known(tx, artist_id, title, musicbrainz_id)
    if release_id is not None:
        widen(tx, release_id, visibility)
        return release_id
    title, release_id = normal.title(_KIND, title), ids.new()
    tx.run(
        "INSERT INTO releases (id, artist_id, title, slug, date, visibility, created_at, came_out_at)"
        " VALUES (:id, :artist_id, :title, :slug, :date, :visibility, :now, :now)",
        id=release_id,
        artist_id=artist_id,
        title=title,
        slug=slugs.claim(tx, _KIND, artist_id, release_id, title),
        date=date,
        visibility=visibility,
        now=clock.now(),
    )
    return release_id


def _known(r: Reader, artist_id: str, title: str, musicbrainz_id: str | None) -> str | None:
    release_id: str | None = r.value(
        "SELECT r.id FROM release_details d JOIN releases r ON r.id = d.release_id"
        " WHERE d.musicbrainz_id = :musicbrainz_id AND r.artist_id = :artist_id AND r.deleted_at IS NULL"
        " ORDER BY r.id LIMIT 1",
        artist_id=artist_id,
        musicbrainz_id=musicbrainz_id,
    )
    return release_id or r.value(
        "SELECT r.id FROM releases r LEFT JOIN release_details d ON d.release_id = r.id"
        " WHERE r.artist_id = :artist_id AND r.title = :title AND r.deleted_at IS NULL"
        " AND (:musicbrainz_id IS NULL OR d.musicbrainz_id IS NULL) ORDER BY r.id LIMIT 1",
        artist_id=artist_id,
        title=normal.title(_KIND, title),
        musicbrainz_id=musicbrainz_id,
    )


def widen(tx: Tx, release_id: str, visibility: str) -> None:
    """Show a release to at least as many as the track that joins it, and note it."""
    narrower = {"public": ("unlisted", "followers", "private"), "unlisted": ("private",), "followers": ("private",)}
    was = get(tx, release_id).chosen
    if was in narrower.get(visibility, ()):
        tx.run("UPDATE releases SET visibility = :visibility WHERE id = :id", visibility=visibility, id=release_id)
        history.note(tx, None, history.CHANGE, "release", release_id, {"visibility": (was, visibility)})


def give_picture(tx: Tx, release_id: str, picture: str, visibility: str) -> None:
    """Set the artwork of a release that has none yet, from a track that is for as many as the release is."""
    tx.run(
        "UPDATE releases SET picture = :picture WHERE id = :id AND picture IS NULL AND visibility = :visibility",
        picture=picture,
        id=release_id,
        visibility=visibility,
    )


def set_picture(tx: Tx, release_id: str, picture: str | None) -> None:
    """Set or take away the artwork of a release, whatever it had."""
    tx.run("UPDATE releases SET picture = :picture WHERE id = :id", picture=picture, id=release_id)


def describe(tx: Tx, release_id: str, words: str) -> None:
    """Set the words (Markdown) about a release."""
    tx.run("UPDATE releases SET words = :words WHERE id = :id", words=normal.words(words), id=release_id)


def drop_if_empty(tx: Tx, release_id: str) -> None:
    """Remove a release that lost its last track, and note that it went by itself."""
    if tx.value("SELECT 1 FROM tracks WHERE release_id = :id LIMIT 1", id=release_id) is None:
        history.note(tx, None, history.REMOVE, "release", release_id)
        remove(tx, release_id)


def remove(tx: Tx, release_id: str) -> None:
    """Take a release away for good that no track is on."""
    tx.run("DELETE FROM releases WHERE id = :id", id=release_id)
    slugs.release(tx, release_id)


def change(tx: Tx, release_id: str, *, title: str, date: str | None, words: str, visibility: str) -> None:
    """Set what a release is called and who it is for; a new title gives a new slug, and the old one leads here.

    Raises Invalid for an empty title.
    """
    title, release = normal.title(_KIND, title), get(tx, release_id)
    slug = release.slug if title == release.title else slugs.claim(tx, _KIND, release.artist_id, release_id, title)
    tx.run(
        "UPDATE releases SET title = :title, slug = :slug, date = :date, words = :words, visibility = :visibility"
        " WHERE id = :id",
        title=title,
        slug=slug,
        date=date,
        words=normal.words(words),
        visibility=visibility,
        id=release_id,
    )


def move_to_artist(tx: Tx, release_id: str, artist_id: str) -> None:
    """Put a release on another artist's page; its old address leads there."""
    release = get(tx, release_id)
    if artist_id != release.artist_id:
        slugs.move_to_artist(tx, _KIND, release_id, release.title, artist_id)


def find(r: Reader, release_id: str) -> Release | None:
    """Return the release of that id, if there is one."""
    return r.one(Release, f"{_SELECT} WHERE r.id = :id AND r.deleted_at IS NULL", id=release_id)


def get(r: Reader, release_id: str) -> Release:
    """Return the release of that id. Raises NotFound."""
    release = find(r, release_id)
    if release is None:
        raise NotFound("There is no such release.")
    return release


def by_slug(r: Reader, artist_id: str, slug: str) -> Release:
    """Return the artist's release that has, or once had, this slug. Raises NotFound."""
    release_id = slugs.find(r, _KIND, artist_id, slug)
    if release_id is None:
        raise NotFound("There is no such release at this address.")
    return get(r, release_id)


def of_artist(
    r: Reader, artist_id: str, limit: int, before: Dated = LATEST, *, hidden: bool, follows: bool = False
) -> list[Release]:
    """Return an artist's releases that have something to hear, the newest first.

    Those that are not public only where `hidden` is asked for; those for followers also to who `follows`. `before` is
    the place at which the page before ended.
    """
    return r.all(
        Release,
        f"{_SELECT} WHERE {_OF_ARTIST} AND (COALESCE(r.date, ''), r.id) < (:date, :id)"
        " ORDER BY COALESCE(r.date, '') DESC, r.id DESC LIMIT :limit",
        artist_id=artist_id,
        hidden=hidden,
        follows=follows,
        date=before.date,
        id=before.id,
        limit=limit,
    )


def count_of_artist(r: Reader, artist_id: str, *, hidden: bool, follows: bool = False) -> int:
    """Return how many releases `of_artist` finds in all."""
    counted = f"SELECT COUNT(*) FROM releases r WHERE {_OF_ARTIST}"
    return int(r.value(counted, artist_id=artist_id, hidden=hidden, follows=follows))


def newest(r: Reader, limit: int) -> list[Release]:
    """Return the public releases that came out last and can be heard."""
    return r.all(
        Release,
        f"{_SELECT} WHERE {listed.RELEASE} AND {_HAS_TRACKS} ORDER BY r.came_out_at DESC, r.id DESC LIMIT :limit",
        hidden=False,
        follows=False,
        limit=limit,
    )


_HAS_TRACKS = (
    "EXISTS (SELECT 1 FROM tracks t WHERE t.release_id = r.id AND t.state = 'ready' AND t.deleted_at IS NULL"
    f" AND (:hidden OR {listed.TRACK} OR (:follows AND {listed.TRACK_TO_FOLLOWERS})))"
)
_OF_ARTIST = (
    "r.artist_id = :artist_id AND r.deleted_at IS NULL"
    f" AND (:hidden OR {listed.RELEASE} OR (:follows AND {listed.RELEASE_TO_FOLLOWERS})) AND {_HAS_TRACKS}"
)
