"""Artists that become one, and how that is undone: what stands on one's page goes to the other's, credits with it.

Who was merged stays on record, so that all addresses lead on; what came along is kept for as long as it can be undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from mediaserver.base import decoders
from mediaserver.base.db import Tx
from mediaserver.base.errors import Conflict, Invalid
from mediaserver.catalog import artists, deleted, links, slugs
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.changes.change import Permit
from mediaserver.catalog.details import artist_credits
from mediaserver.catalog.details.artist_credits import Followed
from mediaserver.catalog.links import Link
from mediaserver.catalog.tracks import TrackChanged


@dataclass(frozen=True, slots=True)
class Along:
    """What goes from one artist to the other: the ids of tracks and releases, those of them whose credit follows, and
    what else the other has of it since: names, links, words and picture.
    """

    tracks: list[str]
    releases: list[str]
    credited: Followed
    names: list[str]
    links: list[Link]
    words: bool
    picture: bool


class _Placed(NamedTuple):
    """A track, and the release that it is on."""

    id: str
    release_id: str | None


def merge(tx: Tx, artist_id: str, into_id: str, account_id: str, days: int, permit: Permit) -> Along:
    """Make an artist one with another; return what came along. It can be undone for so many days.

    The other keeps its name, words and picture, and takes over what it lacks. Credits follow as they do where an artist
    is renamed. Raises Invalid, NotFound, and what `permit` raises.
    """
    artist, into = artists.get(tx, artist_id), artists.get(tx, into_id)
    permit(artist)
    permit(into)
    if artist.id == into.id:
        raise Invalid("An artist cannot be merged into itself. Please choose another one.")
    if artist.owner_id != into.owner_id:
        raise Invalid("Two artists become one only where the same account looks after both.")
    tracks, releases = [tx.column(_ON_PAGE[kind], id=artist.id) for kind in ("track", "release")]
    _move(tx, tracks, releases, into.id)
    credited = artist_credits.follow_name(tx, into.id, artist.name, into.name, only={*tracks, *releases})
    names = artists.take_names(tx, artist, into)
    along = Along(tracks, releases, credited, names, *_describe(tx, artist, into))
    deleted.merge_artist(tx, artist.id, into.id, account_id, days)
    record = msgspec.json.encode(along).decode()
    tx.run("INSERT INTO artist_mergers (artist_id, along) VALUES (:id, :record)", id=artist.id, record=record)
    return along


def restore(tx: Tx, artist_id: str) -> Along | None:
    """Bring back an artist that is deleted or merged; return what came back with it, None where it was not merged.

    What came along goes back as far as it is still where it went; a release takes all of its tracks with it. Raises
    Conflict where the other artist is gone too, and where its name has been given to another.
    """
    record = tx.value("SELECT along FROM artist_mergers WHERE artist_id = :id", id=artist_id)
    other_id = tx.value("SELECT merged_into FROM artists WHERE id = :id", id=artist_id)
    into = artists.find(tx, other_id) if other_id is not None else None
    if other_id is not None and into is None:
        raise Conflict("The artist that it was merged into is gone itself. That one has to be brought back first.")
    deleted.restore_artist(tx, artist_id)
    artist = artists.get(tx, artist_id)
    artists.require_own_name(tx, artist, artist.name)
    return None if into is None else _part(tx, artist, into, decoders.from_json(record, Along))


def _part(tx: Tx, artist: Artist, into: Artist, along: Along) -> Along:
    back = _back(tx, into, along)
    _move(tx, *back, artist.id)
    only = {*along.credited.tracks, *along.credited.releases}
    credited = artist_credits.follow_name(tx, artist.id, into.name, artist.name, only=only)
    for name in along.names:
        tx.run("DELETE FROM artist_names WHERE artist_id = :id AND name = :name", id=into.id, name=name)
    links.set_for_artist(tx, into.id, [link for link in links.of_artist(tx, into.id) if link not in along.links])
    if along.words and into.words == artist.words:
        artists.set_words(tx, into.id, "")
    if along.picture and into.picture == artist.picture:
        artists.set_picture(tx, into.id, None)
    tx.run("DELETE FROM artist_mergers WHERE artist_id = :id", id=artist.id)
    return Along(*back, credited, along.names, along.links, along.words, along.picture)


def _back(tx: Tx, into: Artist, along: Along) -> tuple[list[str], list[str]]:
    """Return which tracks and releases go back. A release's tracks are where it is, wherever they came from."""
    came, there = set(along.tracks), set(tx.column(_ON_PAGE["release"], id=into.id))
    releases = [release_id for release_id in along.releases if release_id in there]
    placed = tx.all(_Placed, "SELECT id, release_id FROM tracks WHERE artist_id = :id ORDER BY id", id=into.id)
    on_them = set(releases)
    own = (each for each in placed if each.release_id in on_them or (each.release_id is None and each.id in came))
    return [each.id for each in own], releases


def _move(tx: Tx, tracks: Iterable[str], releases: Iterable[str], artist_id: str) -> None:
    """Put tracks and releases, deleted ones too, on an artist's page; their old addresses lead there."""
    for kind, ids in (("track", tracks), ("release", releases)):
        for thing_id in ids:
            slugs.move_to_artist(tx, kind, thing_id, tx.value(_TITLE[kind], id=thing_id), artist_id)
    for track_id in tracks:
        tx.announce(TrackChanged(track_id, is_one_of_many=True))


def _describe(tx: Tx, artist: Artist, into: Artist) -> tuple[list[Link], bool, bool]:
    """Give `into` what it lacks of the other's links, words and picture; return which links, and whether the others."""
    known = links.of_artist(tx, into.id)
    urls = {link.url for link in known}
    new = [link for link in links.of_artist(tx, artist.id) if link.url not in urls][: links.MOST - len(known)]
    links.set_for_artist(tx, into.id, [*known, *new])
    words, picture = bool(artist.words and not into.words), bool(artist.picture and not into.picture)
    if words:
        artists.set_words(tx, into.id, artist.words)
    if picture:
        artists.set_picture(tx, into.id, artist.picture)
    return new, words, picture


_ON_PAGE = {
    "track": "SELECT id FROM tracks WHERE artist_id = :id ORDER BY id",
    "release": "SELECT id FROM releases WHERE artist_id = :id ORDER BY id",
}
_TITLE = {
    "track": "SELECT title FROM tracks WHERE id = :id",
    "release": "SELECT title FROM releases WHERE id = :id",
}
