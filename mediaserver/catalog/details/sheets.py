"""A sheet: all that is said of a track or a release beyond what lists need, read at once for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base.db import Reader
from mediaserver.catalog.details import artist_credits, contributors, free_tags, lyrics, release_details, track_details
from mediaserver.catalog.details.artist_credits import Linked
from mediaserver.catalog.details.release_details import ReleaseDetails
from mediaserver.catalog.details.track_details import TrackDetails
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags.model import Credit


@dataclass(frozen=True, slots=True)
class TrackSheet:
    """What is said of a track. `synced_lyrics` are lines with the milliseconds at which they begin."""

    details: TrackDetails
    artists: list[Linked]
    credits: list[Credit]
    tags: list[str]
    lyrics: str | None
    synced_lyrics: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ReleaseSheet:
    """What is said of a release; `discs` are the names of those that have one."""

    details: ReleaseDetails
    artists: list[Linked]
    types: list[str]
    discs: dict[int, str]


def of_track(r: Reader, track: Track) -> TrackSheet:
    """Return the track's sheet."""
    return TrackSheet(
        track_details.of_track(r, track.id),
        artist_credits.linked(r, "track", track.id, track.owner_id),
        contributors.of_track(r, track.id),
        free_tags.of_track(r, track.id),
        lyrics.plain(r, track.id),
        lyrics.lines(r, track.id),
    )


def of_release(r: Reader, release: Release) -> ReleaseSheet:
    """Return the release's sheet."""
    return ReleaseSheet(
        release_details.of_release(r, release.id),
        artist_credits.linked(r, "release", release.id, release.owner_id),
        release_details.types(r, release.id),
        release_details.discs(r, release.id),
    )
