"""A track's details: what is said of one recording and has one value each."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mediaserver.base.db import Reader, Tx


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


COLUMNS = tuple(field.name for field in fields(TrackDetails))
_LIST = ", ".join(COLUMNS)
_VALUES = ", ".join(f":{name}" for name in COLUMNS)
_AGAIN = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)


def of_track(r: Reader, track_id: str) -> TrackDetails:
    """Return what is said of a track; nothing where nothing is."""
    found = r.one(TrackDetails, f"SELECT {_LIST} FROM track_details WHERE track_id = :track_id", track_id=track_id)
    return found or TrackDetails()


def set_for_track(tx: Tx, track_id: str, details: TrackDetails) -> None:
    """Keep what is said of a track in the place of what was."""
    tx.run(
        f"INSERT INTO track_details (track_id, {_LIST}) VALUES (:track_id, {_VALUES})"
        f" ON CONFLICT (track_id) DO UPDATE SET {_AGAIN}",
        track_id=track_id,
        **{name: getattr(details, name) for name in COLUMNS},  # a quarter of what asdict() costs
    )
