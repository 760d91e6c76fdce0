"""A track's details: what is said of one recording and has one value each."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base.db import Reader, Tx
from mediaserver.catalog.details.row import Row


@dataclass(frozen=True, slots=True)
class TrackDetails:
    """Everything may be unsaid. Dates are ISO 8601, gains dB, peaks linear, `bpm` beats a minute, `explicit` 1 or 0.

    The last of the identifiers are MusicBrainz's.
    """

    title_sort: str | None = None
    subtitle: str | None = None
    artist_sort: str | None = None
    original_date: str | None = None
    label: str | None = None
    isrc: str | None = None
    language: str | None = None
    licence: str | None = None
    copyright: str | None = None
    bpm: float | None = None
    musical_key: str | None = None
    explicit: int | None = None
    comment: str | None = None
    track_total: int | None = None
    disc_total: int | None = None
    recording_id: str | None = None
    release_track_id: str | None = None
    work_id: str | None = None
    track_gain: float | None = None
    track_peak: float | None = None
    album_gain: float | None = None
    album_peak: float | None = None


_ROW = Row("track_details", "track_id", TrackDetails)


def of_track(r: Reader, track_id: str) -> TrackDetails:
    """Return what is said of a track; nothing where nothing is."""
    return _ROW.of(r, track_id)


def set_for_track(tx: Tx, track_id: str, details: TrackDetails) -> None:
    """Keep what is said of a track in the place of what was."""
    _ROW.put(tx, track_id, details)
