"""Renewal: details that a file's tags say otherwise now are taken over, except where somebody has edited them.

A detail counts as edited when it is other than what the tags said before. What is said of a release changes once all of
its files say the same: until then a track that differs says so for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from mediaserver.base.db import Tx
from mediaserver.catalog import tracks
from mediaserver.catalog.details import artist_credits, contributors, free_tags, lyrics, release_details, track_details
from mediaserver.catalog.details.artist_credits import Named
from mediaserver.catalog.details.details import album_artists, for_release, for_track
from mediaserver.catalog.details.release_details import ReleaseDetails
from mediaserver.catalog.details.track_details import TrackDetails
from mediaserver.media.tags.model import Tags

Others = Callable[[], list[Tags]]
"""What the other files of a release say; asked for only where it matters."""
_BY_BOTH = ("label", "original_date")  # said by the release for a track that says nothing else
_NAMES = tuple(field.name for field in fields(TrackDetails))
_RELEASE_NAMES = tuple(field.name for field in fields(ReleaseDetails))


def renew_track(tx: Tx, track_id: str, before: Tags, now: Tags, left: ReleaseDetails) -> None:
    """Take over what the tags say of a track; `left` is what its release said before anything changed."""
    known = track_details.of_track(tx, track_id)
    release = _of_release(tx, tracks.get(tx, track_id).release_id)
    was, new = for_track(before, ReleaseDetails()), for_track(now, ReleaseDetails())
    said = {name: _renewed(_shown(known, left, name), getattr(was, name), getattr(new, name)) for name in _NAMES}
    said |= {name: None for name in _BY_BOTH if said[name] == getattr(release, name)}
    renewed = TrackDetails(**said)
    if renewed != known:
        track_details.set_for_track(tx, track_id, renewed)
    _renew_lists(tx, track_id, before, now)


def renew_names(tx: Tx, track_id: str, shown: tuple[str, str], before: Tags, now: Tags) -> None:
    """Take over the names of a credit that was `shown` as the first and is now as the second."""
    was, new = (
        artist_credits.compose(credit, tags.artists, tags.artist_sorts, tags.musicbrainz.artists)
        for credit, tags in zip(shown, (before, now), strict=True)
    )
    if was != new and artist_credits.names_of(tx, "track", track_id) == was:
        artist_credits.put(tx, "track", track_id, new)


def renew_release(tx: Tx, release_id: str, disc: int | None, before: Tags, now: Tags, others: Others) -> None:
    """Take over what the tags say of a release, where its other files say the same."""
    was, new, known = for_release(before), for_release(now), release_details.of_release(tx, release_id)
    other = {name: getattr(new, name) for name in _RELEASE_NAMES if getattr(was, name) != getattr(new, name)}
    other = {name: value for name, value in other.items() if getattr(known, name) == getattr(was, name)}
    lists = _lists_of_release(before) != _lists_of_release(now)
    if not other and not lists:
        return
    rest = others()
    agreed = {name: value for name, value in other.items() if all(getattr(for_release(o), name) == value for o in rest)}
    if agreed:
        release_details.set_for_release(tx, release_id, replace(known, **agreed))
        _leave_to_release(tx, release_id, {name: agreed[name] for name in _BY_BOTH if agreed.get(name) is not None})
    if lists:
        _renew_release_lists(tx, release_id, disc or 1, before, now, rest)


def _shown(known: TrackDetails, release: ReleaseDetails, name: str) -> Any:
    own = getattr(known, name)
    return getattr(release, name) if own is None and name in _BY_BOTH else own


def _renewed(known: Any, was: Any, new: Any) -> Any:
    return new if known == was else known


def _of_release(tx: Tx, release_id: str | None) -> ReleaseDetails:
    return ReleaseDetails() if release_id is None else release_details.of_release(tx, release_id)


def _renew_lists(tx: Tx, track_id: str, before: Tags, now: Tags) -> None:
    if _is_other(contributors.kept, before.credits, now.credits, contributors.of_track(tx, track_id)):
        contributors.set_for_track(tx, track_id, now.credits)
    if _is_other(free_tags.kept, before.free_tags, now.free_tags, free_tags.of_track(tx, track_id)):
        free_tags.set_for_track(tx, track_id, now.free_tags)
    if (before.lyrics or None) != (now.lyrics or None) and lyrics.plain(tx, track_id) == (before.lyrics or None):
        lyrics.set_plain(tx, track_id, now.lyrics)
    if _is_other(lyrics.kept, before.synced_lyrics, now.synced_lyrics, lyrics.lines(tx, track_id)):
        lyrics.set_lines(tx, track_id, now.synced_lyrics)


def _is_other(kept: Callable[[Any], list[Any]], was: Sequence[Any], new: Sequence[Any], known: list[Any]) -> bool:
    """Tell whether the tags give another list now than the one that is known, which they gave before."""
    return kept(was) != kept(new) and kept(was) == known


def _lists_of_release(tags: Tags) -> tuple[object, ...]:
    return tags.release_types, tags.disc_subtitle, tags.album_artist, tags.album_artists, tags.musicbrainz.album_artists


def _renew_release_lists(tx: Tx, release_id: str, disc: int, before: Tags, now: Tags, rest: list[Tags]) -> None:
    if release_details.types(tx, release_id) == list(before.release_types) and all(
        each.release_types == now.release_types for each in rest
    ):
        release_details.set_types(tx, release_id, now.release_types)
    discs = release_details.discs(tx, release_id)
    on_disc = [each for each in rest if (each.disc or 1) == disc]
    if discs.get(disc) == before.disc_subtitle and all(each.disc_subtitle == now.disc_subtitle for each in on_disc):
        named = {} if now.disc_subtitle is None else {disc: now.disc_subtitle}
        release_details.set_discs(tx, release_id, {at: name for at, name in discs.items() if at != disc} | named)
    was, new, *others = map(_credit_of_release, (before, now, *rest))
    if artist_credits.names_of(tx, "release", release_id) == was and all(each == new for each in others):
        artist_credits.put(tx, "release", release_id, new)


def _credit_of_release(tags: Tags) -> list[Named]:
    return album_artists(tags, tags.album_artist) if tags.album_artist else []


def _leave_to_release(tx: Tx, release_id: str, said: dict[str, str]) -> None:
    """Take away what tracks said for themselves and their release says now."""
    for name, value in said.items():
        tx.run(
            f"UPDATE track_details SET {name} = NULL WHERE {name} = :value"
            " AND track_id IN (SELECT id FROM tracks WHERE release_id = :id)",
            value=value,
            id=release_id,
        )
