"""A track: one recording as it is published, with its place in a release and the state of its sound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mediaserver.base import clock, ids
from mediaserver.base.cursors import START, Place
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid, NotFound
from mediaserver.catalog import genres, listed, releases, slugs
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.details import normal
from mediaserver.catalog.releases import Release
from mediaserver.media.tags import cleaned

_SELECT = (
    "SELECT t.id, t.artist_id, t.release_id, t.original, t.title, t.slug, t.credited, t.disc, t.number, t.date,"
    f" t.words, {listed.PICTURE} AS picture, p.colour, {listed.TRACK_AUDIENCE} AS visibility, t.state, t.created_at,"
    " t.came_out_at, t.downloads, t.visibility AS chosen, t.publish_at,"
    " a.owner_id, a.name AS artist_name, a.slug AS artist_slug,"
    " r.title AS release_title, r.slug AS release_slug,"
    f" {listed.RELEASE_AUDIENCE} AS release_visibility,"
    " s.rate, s.channels, s.samples, s.codec, s.lossless, s.loudness, s.true_peak"
    " FROM tracks t JOIN artists a ON a.id = t.artist_id LEFT JOIN releases r ON r.id = t.release_id"
    f" LEFT JOIN sounds s ON s.original = t.original LEFT JOIN pictures p ON p.hash = {listed.PICTURE}"
)
SOURCE = (
    f"SELECT t.id AS track_id, s.original, s.rate, s.channels, s.samples, {listed.TRACK_AUDIENCE} AS visibility,"
    " a.owner_id, a.id AS artist_id, s.codec, s.lossless, s.bits, s.bitrate"
    " FROM tracks t JOIN artists a ON a.id = t.artist_id"
)
_KIND = "track"
VISIBILITIES = ("public", "unlisted", "followers", "private")


class State(StrEnum):
    """How far a track's sound has come."""

    PROCESSING = "processing"
    READY = "ready"
    MISSING = "missing"  # its file was left where it was, and is not there


@dataclass(frozen=True, slots=True)
class TrackChanged:
    """A fact: something of the track is other than it was; `is_one_of_many` that came in with it."""

    track_id: str
    is_one_of_many: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """A track as pages and doors show it, with the names of what it belongs to.

    `visibility` is who it is for now; `chosen` is who it is for once it is out, at `publish_at` (None: it is).
    """

    id: str
    artist_id: str
    release_id: str | None
    original: str
    title: str
    slug: str
    credited: str
    disc: int | None
    number: int | None
    date: str | None
    words: str
    picture: str | None
    colour: str | None
    visibility: str
    state: str
    created_at: int
    came_out_at: int
    downloads: str
    chosen: str
    publish_at: int | None
    owner_id: str
    artist_name: str
    artist_slug: str
    release_title: str | None
    release_slug: str | None
    release_visibility: str | None
    rate: int | None
    channels: int | None
    samples: int | None
    codec: str | None
    lossless: int | None
    loudness: float | None
    true_peak: float | None

    @property
    def place(self) -> Place:
        """Where it stands among what came out last."""
        return Place(self.came_out_at, self.id)

    @property
    def seconds(self) -> float | None:
        """Exact length, once it is known."""
        return self.samples / self.rate if self.samples is not None and self.rate else None

    @property
    def url(self) -> str:
        """Its page."""
        return f"/@{self.artist_slug}/{self.slug}"

    @property
    def release_url(self) -> str | None:
        """The page of its release."""
        return f"/@{self.artist_slug}/releases/{self.release_slug}" if self.release_slug else None


@dataclass(frozen=True, slots=True)
class Source:
    """What streaming needs of a track: the original and how good it is, the exact length, and whom it is for."""

    track_id: str
    original: str
    rate: int
    channels: int
    samples: int
    visibility: str
    owner_id: str
    codec: str
    lossless: int
    bits: int | None
    bitrate: int | None
    artist_id: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What is said about a recording when it comes in."""

    title: str
    credited: str
    release: str | None = None
    disc: int | None = None
    number: int | None = None
    date: str | None = None
    words: str = ""
    genres: tuple[str, ...] = ()
    picture: str | None = None
    release_musicbrainz: str | None = None  # its identifier there


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be other than it was; None leaves it."""

    title: str | None = None
    credited: str | None = None
    words: str | None = None
    visibility: str | None = None
    genres: tuple[str, ...] | None = None


def add(tx: Tx, artist_id: str, original: str, description: Description, visibility: str) -> str:
    """Keep a new track whose sound is still being looked at; return its id. Raises Invalid."""
    _check_visibility(visibility)
    title = normal.title(_KIND, description.title)
    track_id = ids.new()
    tx.run(
        "INSERT INTO tracks (id, artist_id, original, title, slug, credited, visibility, state, created_at,"
        " came_out_at) VALUES (:id, :artist_id, :original, :title, :slug, :credited, :visibility, 'processing', :now,"
        " :now)",
        id=track_id,
        artist_id=artist_id,
        original=original,
        title=title,
        slug=slugs.claim(tx, _KIND, artist_id, track_id, title),
        credited=description.credited,
        visibility=visibility,
        now=clock.now(),
    )
    _place(tx, track_id, artist_id, description, visibility)
    return track_id


def _place(tx: Tx, track_id: str, artist_id: str, description: Description, visibility: str) -> None:
    release_id = None
    if title := cleaned.line(description.release or "", normal.LONGEST_TITLE):
        known = description.release_musicbrainz
        release_id = releases.find_or_add(tx, artist_id, title, visibility, description.date, known)
        if description.picture:
            releases.give_picture(tx, release_id, description.picture, visibility)
    tx.run(
        "UPDATE tracks SET release_id = :release_id, disc = :disc, number = :number, date = :date, words = :words,"
        " picture = :picture, publish_at = (SELECT publish_at FROM releases WHERE id = :release_id),"
        " came_out_at = COALESCE((SELECT publish_at FROM releases WHERE id = :release_id), came_out_at) WHERE id = :id",
        release_id=release_id,
        disc=description.disc,
        number=description.number,
        date=description.date,
        words=normal.words(description.words),
        picture=description.picture,
        id=track_id,
    )
    genres.set_for_track(tx, track_id, description.genres)


def make_ready(tx: Tx, track_id: str, *, is_one_of_many: bool = False) -> None:
    """Let the track be played; its sound must be known by now."""
    tx.run("UPDATE tracks SET state = 'ready' WHERE id = :id", id=track_id)
    tx.announce(TrackChanged(track_id, is_one_of_many))


def change(tx: Tx, track_id: str, changes: Changes) -> None:
    """Make the changes; a new title gives a new slug, and the old one leads here. Raises Invalid."""
    track = get(tx, track_id)
    if changes.visibility is not None:
        _check_visibility(changes.visibility)
    title = track.title if changes.title is None else normal.title(_KIND, changes.title)
    slug = track.slug if title == track.title else slugs.claim(tx, _KIND, track.artist_id, track_id, title)
    tx.run(
        "UPDATE tracks SET title = :title, slug = :slug, credited = COALESCE(:credited, credited),"
        " words = COALESCE(:words, words), visibility = COALESCE(:visibility, visibility) WHERE id = :id",
        title=title,
        slug=slug,
        credited=(changes.credited or "").strip()[: normal.LONGEST_TITLE] or None,
        words=None if changes.words is None else normal.words(changes.words),
        visibility=changes.visibility,
        id=track_id,
    )
    if changes.genres is not None:
        genres.set_for_track(tx, track_id, changes.genres)
    tx.announce(TrackChanged(track_id))


def set_place(tx: Tx, track_id: str, place: dict[str, Any]) -> None:
    """Set the `disc`, the `number` and, where it is named, the `date` of a track."""
    track = get(tx, track_id)
    whole = {"disc": track.disc, "number": track.number, "date": track.date} | place
    tx.run("UPDATE tracks SET disc = :disc, number = :number, date = :date WHERE id = :id", id=track_id, **whole)


def follow_date(tx: Tx, release_id: str, old: str | None, new: str | None) -> None:
    """Let the tracks that had the date of their release have its new one."""
    tx.run(
        "UPDATE tracks SET date = :new WHERE release_id = :release_id AND date = :old",
        release_id=release_id,
        old=old,
        new=new,
    )


def move(tx: Tx, track_id: str, release: Release | None) -> None:
    """Put a track on a release, and with it on the page of the release's artist; its old address leads there."""
    if release is not None:
        releases.widen(tx, release.id, get(tx, track_id).chosen)
        move_to_artist(tx, track_id, release.artist_id)
    tx.run("UPDATE tracks SET release_id = :to WHERE id = :id", to=release and release.id, id=track_id)
    tx.announce(TrackChanged(track_id))


def move_to_artist(tx: Tx, track_id: str, artist_id: str) -> None:
    """Put a track on another artist's page; its old address leads there."""
    track = get(tx, track_id)
    if artist_id != track.artist_id:
        slugs.move_to_artist(tx, _KIND, track_id, track.title, artist_id)
        tx.announce(TrackChanged(track_id))


def own_picture(r: Reader, track_id: str) -> str | None:
    """Return the hash of the track's own picture; what it shows of its release's is none."""
    picture: str | None = r.value("SELECT picture FROM tracks WHERE id = :id", id=track_id)
    return picture


def set_picture(tx: Tx, track_id: str, picture: str | None) -> None:
    """Set or take away a track's own picture."""
    tx.run("UPDATE tracks SET picture = :picture WHERE id = :id", picture=picture, id=track_id)
    tx.announce(TrackChanged(track_id))


def remove(tx: Tx, track_id: str) -> None:
    """Take a track away for good, and its release if that is empty then."""
    release_id = tx.value("SELECT release_id FROM tracks WHERE id = :id", id=track_id)
    tx.run("DELETE FROM tracks WHERE id = :id", id=track_id)
    slugs.release(tx, track_id)
    if release_id is not None:
        releases.drop_if_empty(tx, release_id)
    tx.announce(TrackChanged(track_id))


def get(r: Reader, track_id: str) -> Track:
    """Return the track of that id. Raises NotFound."""
    track = find(r, track_id)
    if track is None:
        raise NotFound("There is no such track.")
    return track


def find(r: Reader, track_id: str | None) -> Track | None:
    """Return the track of that id, if there is one."""
    return r.one(Track, f"{_SELECT} WHERE t.id = :id AND t.deleted_at IS NULL", id=track_id)


def by_slug(r: Reader, artist_id: str, slug: str) -> Track:
    """Return the artist's track that has, or once had, this slug. Raises NotFound."""
    track_id = slugs.find(r, _KIND, artist_id, slug)
    if track_id is None:
        raise NotFound("There is no such track at this address.")
    return get(r, track_id)


def source(r: Reader, track_id: str) -> Source | None:
    """Return what streaming needs; None for a track that is not there or not ready."""
    return r.one(
        Source,
        f"{SOURCE} JOIN sounds s ON s.original = t.original"
        " WHERE t.id = :id AND t.state = 'ready' AND t.deleted_at IS NULL",
        id=track_id,
    )


def newest(r: Reader, limit: int, before: Place = START) -> list[Track]:
    """Return the public tracks that came out last; `before` is the place at which the page before ended."""
    return r.all(
        Track,
        f"{_SELECT} WHERE {listed.TRACK} AND (t.came_out_at, t.id) < (:moment, :id)"
        " ORDER BY t.came_out_at DESC, t.id DESC LIMIT :limit",
        moment=before.moment,
        id=before.id,
        limit=limit,
    )


def of_artist(
    r: Reader, artist_id: str, limit: int, before: str | None = None, *, hidden: bool, follows: bool = False
) -> list[Track]:
    """Return an artist's tracks, the newest first.

    Those that are not public, or not ready, only where `hidden`; those for followers also to who `follows`.
    """
    return r.all(
        Track,
        f"{_SELECT} WHERE t.artist_id = :artist_id AND t.id < :before AND t.deleted_at IS NULL"
        f" AND (:hidden OR {listed.TRACK} OR (:follows AND {listed.TRACK_TO_FOLLOWERS}))"
        " ORDER BY t.id DESC LIMIT :limit",
        artist_id=artist_id,
        before=before or _LAST,
        hidden=hidden,
        follows=follows,
        limit=limit,
    )


def appearing(r: Reader, artist: Artist, limit: int, *, hidden: bool) -> list[Track]:
    """Return tracks on other artists' pages of the same owner that credit this artist, the newest first.

    Names that the artist had before count.
    """
    return r.all(
        Track,
        f"{_SELECT} WHERE t.id IN (SELECT c.track_id FROM track_artists c WHERE c.name = :name UNION SELECT c.track_id"
        " FROM artist_names n JOIN track_artists c ON c.name = n.name WHERE n.artist_id = :artist_id)"
        " AND a.owner_id = :owner_id AND t.artist_id <> :artist_id AND t.deleted_at IS NULL"
        f" AND (:hidden OR {listed.TRACK}) ORDER BY t.id DESC LIMIT :limit",
        name=artist.name,
        owner_id=artist.owner_id,
        artist_id=artist.id,
        hidden=hidden,
        limit=limit,
    )


def of_release(r: Reader, release_id: str, *, hidden: bool, follows: bool = False) -> list[Track]:
    """Return a release's tracks in order; those without a disc are on the first, those without a number come last.

    Without `hidden` those that are ready and public, and the unlisted ones of a release that is unlisted itself; to who
    `follows` the artist also those for followers.
    """
    return r.all(
        Track,
        f"{_SELECT} WHERE t.release_id = :release_id AND t.deleted_at IS NULL AND (:hidden OR {listed.TRACK}"
        f" OR ({listed.TRACK_BY_ADDRESS} AND r.visibility = 'unlisted')"
        f" OR (:follows AND {listed.TRACK_TO_FOLLOWERS}))"
        " ORDER BY COALESCE(t.disc, 1), COALESCE(t.number, 10000), t.id",
        release_id=release_id,
        hidden=hidden,
        follows=follows,
    )


def of_owner(r: Reader, owner_id: str, limit: int, before: str | None = None, text: str = "") -> list[Track]:
    """Return the tracks that an account looks after, the newest first; those alone whose title, or whose release's,
    has `text` in it, whatever its capitals and accents.
    """
    return r.all(
        Track,
        f"{_SELECT} WHERE {_OWN} AND t.id < :before ORDER BY t.id DESC LIMIT :limit",
        owner_id=owner_id,
        before=before or _LAST,
        pattern=_pattern(text),
        limit=limit,
    )


def count_of_owner(r: Reader, owner_id: str, text: str = "") -> int:
    """Return how many tracks `of_owner` finds in all."""
    counted = (
        "SELECT COUNT(*) FROM tracks t JOIN artists a ON a.id = t.artist_id LEFT JOIN releases r ON r.id = t.release_id"
    )
    return int(r.value(f"{counted} WHERE {_OWN}", owner_id=owner_id, pattern=_pattern(text)) or 0)


_OWN = "a.owner_id = :owner_id AND t.deleted_at IS NULL AND (t.slug LIKE :pattern OR r.slug LIKE :pattern)"


def _pattern(text: str) -> str:
    return f"%{slugs.form(text)}%" if text.strip() else "%"


def uses(r: Reader, original: str) -> bool:
    """Tell whether any track stands on that original, or did and may again; a deleted one counts while it is kept."""
    now = r.value("SELECT 1 FROM tracks WHERE original = :original LIMIT 1", original=original)
    before = r.value("SELECT 1 FROM track_versions WHERE original = :original LIMIT 1", original=original)
    return now is not None or before is not None


_LAST = "~"  # sorts after every id


def _check_visibility(visibility: str) -> None:
    if visibility not in VISIBILITIES:
        raise Invalid(f'"{visibility}" is not a visibility. Choose one of: {", ".join(VISIBILITIES)}.')
