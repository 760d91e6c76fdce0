"""From what a file says of itself to what the catalogue says of the recording, and back, as it is said now.

What is said of a release is taken from the first recording that says it; what people changed later stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mediaserver.base.db import Reader, Tx
from mediaserver.catalog import genres, releases, tracks
from mediaserver.catalog.details import artist_credits, contributors, free_tags, lyrics, release_details, track_details
from mediaserver.catalog.details.artist_credits import Named
from mediaserver.catalog.details.release_details import ReleaseDetails
from mediaserver.catalog.details.track_details import TrackDetails
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags.model import MusicBrainz, ReplayGain, Tags

_SHARED = (
    *("title_sort", "subtitle", "artist_sort", "original_date", "label", "isrc", "language", "licence", "copyright"),
    *("bpm", "explicit", "comment"),
)
_OF_RELEASE = ("original_date", "label", "catalogue_number", "barcode", "media")


def fill(tx: Tx, track_id: str, tags: Tags) -> None:
    """Keep all that the tags say of a new track, and of its release what nobody has said yet.

    A release learns only from tracks that are for as many as it is.
    """
    track = tracks.get(tx, track_id)
    release = ReleaseDetails()
    if track.release_id is not None:
        if track.visibility == track.release_visibility:
            fill_release(tx, track.release_id, track.disc, tags)
        release = release_details.of_release(tx, track.release_id)
    names = artist_credits.compose(track.credited, tags.artists, tags.artist_sorts, tags.musicbrainz.artists)
    artist_credits.put(tx, "track", track_id, names)
    track_details.set_for_track(tx, track_id, for_track(tags, release))
    _fill_lists(tx, track_id, tags)


def _fill_lists(tx: Tx, track_id: str, tags: Tags) -> None:
    """Keep what has several values; a new track has none, so that nothing need be done for most."""
    if tags.credits:
        contributors.set_for_track(tx, track_id, tags.credits)
    if tags.free_tags:
        free_tags.set_for_track(tx, track_id, tags.free_tags)
    if tags.lyrics:
        lyrics.set_plain(tx, track_id, tags.lyrics)
    if tags.synced_lyrics:
        lyrics.set_lines(tx, track_id, tags.synced_lyrics)


def for_track(tags: Tags, release: ReleaseDetails) -> TrackDetails:
    """Return what is the track's own: what its release says as well, it says for the track."""
    said = {name: getattr(tags, name) for name in _SHARED}
    for name in ("label", "original_date"):
        if said[name] == getattr(release, name):
            said[name] = None
    said["explicit"] = None if tags.explicit is None else int(tags.explicit)
    return TrackDetails(
        **said,
        musical_key=tags.key,
        track_total=tags.tracks,
        disc_total=tags.discs,
        recording_id=tags.musicbrainz.recording,
        release_track_id=tags.musicbrainz.release_track,
        work_id=tags.musicbrainz.work,
        track_gain=tags.replaygain.track_gain,
        track_peak=tags.replaygain.track_peak,
        album_gain=tags.replaygain.album_gain,
        album_peak=tags.replaygain.album_peak,
    )


def fill_release(tx: Tx, release_id: str, disc: int | None, tags: Tags) -> None:
    """Keep what the tags say of a release and nobody has said yet."""
    known = release_details.of_release(tx, release_id)
    said = for_release(tags)
    both = ReleaseDetails(**{name: getattr(known, name) or getattr(said, name) for name in release_details.COLUMNS})
    if both != known:
        release_details.set_for_release(tx, release_id, both)
    if tags.release_types and not release_details.types(tx, release_id):
        release_details.set_types(tx, release_id, tags.release_types)
    if tags.disc_subtitle:
        discs = release_details.discs(tx, release_id)
        if (disc or 1) not in discs:
            release_details.set_discs(tx, release_id, {disc or 1: tags.disc_subtitle} | discs)
    if tags.album_artist and not artist_credits.names_of(tx, "release", release_id):
        artist_credits.put(tx, "release", release_id, album_artists(tags, tags.album_artist))


def for_release(tags: Tags) -> ReleaseDetails:
    """Return what the tags say of the release."""
    # On a compilation the original date is each recording's own.
    said = {name: getattr(tags, name) for name in _OF_RELEASE if name != "original_date" or not tags.compilation}
    return ReleaseDetails(
        **said,
        title_sort=tags.album_sort,
        credited=tags.album_artist,
        artist_sort=tags.album_artist_sort,
        compilation=int(tags.compilation),
        musicbrainz_id=tags.musicbrainz.release,
        release_group_id=tags.musicbrainz.release_group,
    )


def album_artists(tags: Tags, shown: str) -> list[Named]:
    """Return the credit of the release, which the tags show as `shown`."""
    return artist_credits.compose(shown, tags.album_artists, identifiers=tags.musicbrainz.album_artists)


def tags(r: Reader, track_id: str) -> Tags:
    """Return what a file of the track should say now, without the picture. Raises NotFound.

    A release that fewer may see than the track is not told of.
    """
    track = tracks.get(r, track_id)
    alone = _of_track(r, track)
    if track.release_id is None or _is_closed(track):
        return alone
    return _with_release(r, alone, releases.get(r, track.release_id))


def _is_closed(track: Track) -> bool:
    """Tell whether the track's release is for fewer than the track; who hears of an unlisted one may see it."""
    widths = tracks.VISIBILITIES  # the widest first
    of_release = track.release_visibility or track.visibility
    return of_release != "unlisted" and widths.index(of_release) > widths.index(track.visibility)


def _of_track(r: Reader, track: Track) -> Tags:
    details = track_details.of_track(r, track.id)
    names = artist_credits.names_of(r, "track", track.id)
    said = {name: getattr(details, name) for name in _SHARED}
    said["explicit"] = None if details.explicit is None else bool(details.explicit)
    return Tags(
        **said,
        title=track.title,
        artist=track.credited,
        artists=tuple(named.name for named in names),
        artist_sorts=_each(named.sort_name for named in names),
        track=track.number,
        tracks=details.track_total,
        disc=track.disc,
        discs=details.disc_total,
        date=track.date,
        genres=tuple(genres.of_track(r, track.id)),
        free_tags=tuple(free_tags.of_track(r, track.id)),
        credits=tuple(contributors.of_track(r, track.id)),
        lyrics=lyrics.plain(r, track.id),
        synced_lyrics=tuple(lyrics.lines(r, track.id)),
        key=details.musical_key,
        replaygain=ReplayGain(details.track_gain, details.track_peak, details.album_gain, details.album_peak),
        musicbrainz=MusicBrainz(
            recording=details.recording_id,
            release_track=details.release_track_id,
            work=details.work_id,
            artists=_each(named.musicbrainz_id for named in names),
        ),
    )


def _with_release(r: Reader, alone: Tags, release: Release) -> Tags:
    details = release_details.of_release(r, release.id)
    names = artist_credits.names_of(r, "release", release.id)
    shown = details.credited or release.artist_name
    return replace(
        alone,
        album=release.title,
        album_sort=details.title_sort,
        album_artist=shown,
        album_artist_sort=details.artist_sort,
        album_artists=tuple(named.name for named in names) or (shown,),
        disc_subtitle=release_details.discs(r, release.id).get(alone.disc or 1),
        date=alone.date or release.date,
        original_date=alone.original_date or details.original_date,
        label=alone.label or details.label,
        catalogue_number=details.catalogue_number,
        barcode=details.barcode,
        media=details.media,
        release_types=tuple(release_details.types(r, release.id)),
        compilation=bool(details.compilation),
        musicbrainz=replace(
            alone.musicbrainz,
            release=details.musicbrainz_id,
            release_group=details.release_group_id,
            album_artists=_each(named.musicbrainz_id for named in names),
        ),
    )


def _each(values: Iterable[str | None]) -> tuple[str, ...]:
    """Return the values if none is missing: they belong to the names by their place."""
    known = tuple(values)
    return tuple(filter(None, known)) if all(known) else ()
