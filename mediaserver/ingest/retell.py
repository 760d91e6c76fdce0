"""Retelling: tags that were changed in a file are taken over, except where somebody has edited the track by hand.

A field counts as edited when it is other than what the file's tags said before. Where a recording stands, which
artist's page and under which address, does not change by its tags: links would break.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from mediaserver.base import decoders
from mediaserver.base.db import Tx
from mediaserver.catalog import genres, releases, slugs, tracks
from mediaserver.catalog.details import details, normal, release_details, renewal
from mediaserver.catalog.details.release_details import ReleaseDetails
from mediaserver.catalog.details.renewal import Others
from mediaserver.catalog.tracks import Changes, Description, Track
from mediaserver.media.tags import cleaned
from mediaserver.media.tags.model import Tags


@dataclass(frozen=True, slots=True)
class Told:
    """What a file said: in short, and in all its tags, where it was read since those are remembered."""

    description: Description
    tags: Tags | None = None


def write(told: Told) -> str:
    """Write it down as JSON, without what the tags do not say."""
    return msgspec.json.encode(_without_nothing(msgspec.to_builtins(told))).decode()


def read(text: str) -> Told:
    """Return what was written down."""
    return decoders.from_json(text, Told)


def _without_nothing(said: dict[str, Any]) -> dict[str, Any]:
    plain = {name: _without_nothing(value) if isinstance(value, dict) else value for name, value in said.items()}
    return {name: value for name, value in plain.items() if value not in (None, (), [], {})}


def retell(tx: Tx, track_id: str, before: Told, now: Told, others: Others) -> None:
    """Take over what the tags say `now` and did not say `before`; `others` is what other files say of the release."""
    track = tracks.get(tx, track_id)
    left = ReleaseDetails() if track.release_id is None else release_details.of_release(tx, track.release_id)
    _retell(tx, track, _kept(before.description), _kept(now.description))
    if before.tags is None or now.tags is None:
        return
    _retell_release(tx, track, before.tags, now.tags, others)
    renewal.renew_track(tx, track_id, before.tags, now.tags, left)
    shown = before.description.credited.strip(), tracks.get(tx, track_id).credited
    renewal.renew_names(tx, track_id, shown, before.tags, now.tags)


def _retell_release(tx: Tx, before: Track, was: Tags, tags: Tags, others: Others) -> None:
    """Tell the release that the track is on now what the tags say of it, if it is for as many as the track."""
    track = tracks.get(tx, before.id)
    if track.release_id is None or track.visibility != track.release_visibility:
        return
    if track.release_id == before.release_id:
        renewal.renew_release(tx, track.release_id, track.disc, was, tags, others)
    else:
        details.fill_release(tx, track.release_id, track.disc, tags)


def _retell(tx: Tx, track: Track, before: Description, now: Description) -> None:
    changes = Changes(
        title=now.title if now.title != before.title == track.title else None,
        credited=now.credited if now.credited != before.credited == track.credited else None,
        genres=now.genres if _are_unedited(tx, track, before, now) else None,
    )
    if changes != Changes():
        tracks.change(tx, track.id, changes)
    _place(tx, track, before, now)
    if now.release != before.release == track.release_title:
        _join(tx, track, now)


def _kept(description: Description) -> Description:
    """Return a description as the catalogue keeps it."""
    release = cleaned.line(description.release or "", normal.LONGEST_TITLE)
    title = cleaned.line(description.title, normal.LONGEST_TITLE) or ""
    return replace(description, title=title, credited=description.credited.strip(), release=release)


def _are_unedited(tx: Tx, track: Track, before: Description, now: Description) -> bool:
    """Tell whether the track has the genres that its tags gave it, and they give others now."""
    if now.genres == before.genres:
        return False
    given, known = genres.kept(before.genres).values(), genres.of_track(tx, track.id)
    return [*map(slugs.form, given)] == [*map(slugs.form, known)]


def _place(tx: Tx, track: Track, before: Description, now: Description) -> None:
    """Set the numbers, the date and the picture that nobody has edited."""
    tx.run(
        "UPDATE tracks SET"
        " disc = CASE WHEN disc IS NOT DISTINCT FROM :disc_before THEN :disc ELSE disc END,"
        " number = CASE WHEN number IS NOT DISTINCT FROM :number_before THEN :number ELSE number END,"
        " date = CASE WHEN date IS NOT DISTINCT FROM :date_before THEN :date ELSE date END,"
        " picture = CASE WHEN picture IS NOT DISTINCT FROM :picture_before THEN :picture ELSE picture END"
        " WHERE id = :id",
        disc_before=before.disc,
        disc=now.disc,
        number_before=before.number,
        number=now.number,
        date_before=before.date,
        date=now.date,
        picture_before=before.picture,
        picture=now.picture,
        id=track.id,
    )


def _join(tx: Tx, track: Track, now: Description) -> None:
    """Let the track be of the release that its tags name now, and the old one go where this was its last."""
    release_id = None
    if now.release:
        release_id = releases.find_or_add(tx, track.artist_id, now.release, track.visibility, now.date)
        if now.picture:
            releases.give_picture(tx, release_id, now.picture, track.visibility)
    tx.run("UPDATE tracks SET release_id = :release_id WHERE id = :id", release_id=release_id, id=track.id)
    if track.release_id is not None:
        releases.drop_if_empty(tx, track.release_id)
