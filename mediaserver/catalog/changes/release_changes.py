"""What may be changed of a release by those who look after it.

What is not named stays as it is; null takes away what may be missing. Whoever calls says who may do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET, UnsetType

from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid
from mediaserver.catalog import downloads, releases, tracks
from mediaserver.catalog.changes import change, moves
from mediaserver.catalog.changes.change import Names, Permit, Text
from mediaserver.catalog.details import normal, release_details
from mediaserver.catalog.details.normal import Form
from mediaserver.catalog.details.release_details import ReleaseDetails
from mediaserver.catalog.releases import Release
from mediaserver.media.tags import cleaned


@dataclass(frozen=True, slots=True)
class Disc:
    """What a disc of a release is called."""

    disc: int
    subtitle: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a track stands on its release."""

    id: str
    disc: int | None
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChanges:
    """What is to be other of a release. `tracks` gives those that it names their disc and number.

    `downloads` is set for all of its tracks.
    `artist` is the id or the name of the artist whose page it is to be on, with its tracks.
    """

    title: str | UnsetType = UNSET
    credited: Text = UNSET
    artists: Names = UNSET
    words: Text = UNSET
    visibility: str | UnsetType = UNSET
    downloads: str | UnsetType = UNSET
    date: Text = UNSET
    original_date: Text = UNSET
    types: tuple[str, ...] | UnsetType | None = UNSET
    discs: tuple[Disc, ...] | UnsetType | None = UNSET
    tracks: tuple[Place, ...] | UnsetType = UNSET
    artist: str | UnsetType = UNSET
    title_sort: Text = UNSET
    artist_sort: Text = UNSET
    label: Text = UNSET
    catalogue_number: Text = UNSET
    barcode: Text = UNSET
    media: Text = UNSET
    compilation: bool | UnsetType = UNSET
    musicbrainz_id: Text = UNSET
    release_group_id: Text = UNSET


_RELEASE: dict[str, Form] = {
    **dict.fromkeys(("title_sort", "artist_sort", "label", "catalogue_number", "media"), normal.line),
    **dict.fromkeys(("musicbrainz_id", "release_group_id"), normal.identifier),
    "original_date": normal.day,
    "barcode": normal.barcode,
    "compilation": normal.flag,
}


def change_release(tx: Tx, release_id: str, changes: ReleaseChanges, permit: Permit) -> None:
    """Make the changes to a release. Raises Invalid, NotFound and what `permit` raises.

    Tracks that had the same date as the release go along with it.
    """
    release = releases.get(tx, release_id)
    permit(release)
    before = release_details.of_release(tx, release_id)
    said = change.said(changes, _RELEASE)
    if (shown := _credit(tx, release, before, changes)) is not None:
        said["credited"] = shown
    release_details.set_for_release(tx, release_id, replace(before, **said))
    if changes.types is not UNSET:
        release_details.set_types(tx, release_id, cleaned.lines(changes.types or ()))
    if changes.discs is not UNSET:
        release_details.set_discs(tx, release_id, _discs(changes.discs or ()))
    if changes.tracks is not UNSET:
        moves.arrange(tx, release_id, [(each.id, _placed(each)) for each in changes.tracks])
    if changes.downloads is not UNSET:
        downloads.set_for_release(tx, release_id, changes.downloads)
    _change_release(tx, release, changes)
    if changes.artist is not UNSET:
        moves.release_to_artist(tx, release, changes.artist, permit)


def _credit(tx: Tx, release: Release, before: ReleaseDetails, changes: ReleaseChanges) -> str | None:
    name = release.artist_name
    was = before.credited or name
    return change.credit(tx, "release", release.id, was, name, credited=changes.credited, artists=changes.artists)


def _change_release(tx: Tx, release: Release, changes: ReleaseChanges) -> None:
    date = change.said(changes, {"date": normal.day})
    if date:
        tracks.follow_date(tx, release.id, release.date, date["date"])
    if changes.visibility is not UNSET and changes.visibility not in tracks.VISIBILITIES:
        raise Invalid(f'"{changes.visibility}" is not a visibility. Choose one of: {", ".join(tracks.VISIBILITIES)}.')
    releases.change(
        tx,
        release.id,
        title=release.title if changes.title is UNSET else changes.title,
        date=date.get("date", release.date),
        words=release.words if changes.words is UNSET else changes.words or "",
        visibility=release.chosen if changes.visibility is UNSET else changes.visibility,
    )


def _discs(discs: Sequence[Disc]) -> dict[int, str]:
    named = ((normal.count("disc", each.disc), normal.line("subtitle", each.subtitle)) for each in discs)
    return {disc: subtitle for disc, subtitle in named if subtitle}


def _placed(place: Place) -> dict[str, Any]:
    return {
        "disc": None if place.disc is None else normal.count("disc", place.disc),
        "number": None if place.number is None else normal.count("number", place.number),
    }
