"""What may be changed of tracks by those who look after them, of one or of many at once.

What is not named stays as it is; null takes away what may be missing. Whoever calls says who may do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import UNSET, UnsetType

from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid
from mediaserver.catalog import downloads, tracks
from mediaserver.catalog.changes import change, moves
from mediaserver.catalog.changes.change import Amount, Count, Names, Permit, Text
from mediaserver.catalog.details import contributors, free_tags, lyrics, normal, track_details
from mediaserver.catalog.details.normal import Form
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags import cleaned
from mediaserver.media.tags.model import ROLES, Credit

MOST = 1000
"""Tracks that are changed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChanges:
    """What is to be other of a track.

    `release` is the id or the title of the release that it is to be on; `artist` the id or the name of the artist
    whose page a track is to be on that is on no release.

    `artists` are the names of the credit; where they have no join phrases, those are found in `credited`.
    """

    title: str | UnsetType = UNSET
    credited: Text = UNSET
    artists: Names = UNSET
    words: Text = UNSET
    visibility: str | UnsetType = UNSET
    downloads: str | UnsetType = UNSET
    genres: tuple[str, ...] | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType | None = UNSET
    credits: tuple[Credit, ...] | UnsetType | None = UNSET
    lyrics: Text = UNSET
    synced_lyrics: tuple[tuple[int, str], ...] | UnsetType | None = UNSET
    release: Text = UNSET
    artist: str | UnsetType = UNSET
    disc: Count = UNSET
    number: Count = UNSET
    date: Text = UNSET
    original_date: Text = UNSET
    title_sort: Text = UNSET
    subtitle: Text = UNSET
    artist_sort: Text = UNSET
    label: Text = UNSET
    isrc: Text = UNSET
    language: Text = UNSET
    licence: Text = UNSET
    copyright: Text = UNSET
    bpm: Amount = UNSET
    musical_key: Text = UNSET
    explicit: bool | UnsetType | None = UNSET
    comment: Text = UNSET
    track_total: Count = UNSET
    disc_total: Count = UNSET
    recording_id: Text = UNSET
    release_track_id: Text = UNSET
    work_id: Text = UNSET
    track_gain: Amount = UNSET
    track_peak: Amount = UNSET
    album_gain: Amount = UNSET
    album_peak: Amount = UNSET


_PLACE: dict[str, Form] = {"disc": normal.count, "number": normal.count, "date": normal.day}
_TRACK: dict[str, Form] = {
    **dict.fromkeys(("title_sort", "subtitle", "artist_sort", "label"), normal.line),
    **dict.fromkeys(("language", "licence", "copyright", "musical_key"), normal.line),
    **dict.fromkeys(("recording_id", "release_track_id", "work_id"), normal.identifier),
    **dict.fromkeys(("track_total", "disc_total"), normal.count),
    **dict.fromkeys(("track_gain", "album_gain"), normal.gain),
    **dict.fromkeys(("track_peak", "album_peak"), normal.peak),
    "original_date": normal.day,
    "isrc": normal.isrc,
    "bpm": normal.tempo,
    "explicit": normal.flag,
    "comment": normal.text,
}


def change_tracks(tx: Tx, track_ids: Sequence[str], changes: TrackChanges, permit: Permit) -> None:
    """Make the same changes to every track, or to none. Raises Invalid, NotFound and what `permit` raises."""
    if not 0 < len(track_ids) <= MOST:
        raise Invalid(f"Please name from 1 to {MOST} tracks to be changed at once.")
    wanted = [tracks.get(tx, track_id) for track_id in dict.fromkeys(track_ids)]
    for track in wanted:
        permit(track)
    for track in wanted:
        _change_track(tx, track, changes)
    if changes.release is not UNSET:
        moves.move(tx, wanted, changes.release, permit)
    if changes.artist is not UNSET:
        for track in wanted:
            moves.to_artist(tx, tracks.get(tx, track.id), changes.artist, permit)


def _change_track(tx: Tx, track: Track, changes: TrackChanges) -> None:
    if place := change.said(changes, _PLACE):
        tracks.set_place(tx, track.id, place)
    if said := change.said(changes, _TRACK):
        track_details.set_for_track(tx, track.id, replace(track_details.of_track(tx, track.id), **said))
    credited = change.credit(
        tx,
        "track",
        track.id,
        track.credited,
        track.artist_name,
        credited=changes.credited,
        artists=changes.artists,
    )
    _change_lists(tx, track.id, changes)
    # Last, for it tells everybody that the track has changed.
    tracks.change(tx, track.id, _core(changes, credited))


def _core(changes: TrackChanges, credited: str | None) -> tracks.Changes:
    return tracks.Changes(
        title=None if changes.title is UNSET else changes.title,
        credited=credited,
        words=None if changes.words is UNSET else changes.words or "",
        visibility=None if changes.visibility is UNSET else changes.visibility,
        genres=None if changes.genres is UNSET else changes.genres or (),
    )


def _change_lists(tx: Tx, track_id: str, changes: TrackChanges) -> None:
    if changes.downloads is not UNSET:
        downloads.set_for_track(tx, track_id, changes.downloads)
    if changes.tags is not UNSET:
        free_tags.set_for_track(tx, track_id, cleaned.lines(changes.tags or ()))
    if changes.credits is not UNSET:
        contributors.set_for_track(tx, track_id, map(_contributor, changes.credits or ()))
    if changes.lyrics is not UNSET:
        lyrics.set_plain(tx, track_id, normal.lyrics("lyrics", changes.lyrics or ""))
    if changes.synced_lyrics is not UNSET:
        lyrics.set_lines(tx, track_id, [_timed(*each) for each in changes.synced_lyrics or ()])


def _contributor(credit: Credit) -> Credit:
    name = normal.line("name", credit.name)
    if credit.role not in ROLES:
        raise Invalid(f'"{credit.role[:60]}" is not a part that somebody can have. Choose one of: {", ".join(ROLES)}.')
    if name is None:
        raise Invalid(f"Somebody who is credited as {credit.role} needs a name.")
    return Credit(credit.role, name, normal.line("detail", credit.detail or ""))


def _timed(milliseconds: int, words: str) -> tuple[int, str]:
    if not 0 <= milliseconds < 2**31:
        raise Invalid("A line of lyrics begins at a number of milliseconds from the beginning of the recording.")
    return milliseconds, normal.line("words", words) or ""
