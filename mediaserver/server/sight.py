"""Who sees what of the catalogue: as the policy says, and the unfinished only who may edit it. For every door."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.accounts import accounts, policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action, Visibility
from mediaserver.base.db import Reader
from mediaserver.base.errors import Forbidden, NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import State, Track
from mediaserver.streaming import downloads

NOT_OFFERED = "This recording is not offered for download in that format. What is offered stands on its page."


def require_track(asker: Account | None, track: Track) -> None:
    """Raise NotFound unless `asker` may see the track; who may not edit it sees it once it was ready."""
    policy.require(asker, Action.SEE, track)
    if track.state == State.PROCESSING and not policy.may(asker, Action.EDIT, track):
        raise NotFound("This track is not ready to be heard yet. Please come back in a moment.")


def find_track(r: Reader, asker: Account | None, track_id: str | None) -> Track | None:
    """Return the track of that id if it is there and `asker` may see it."""
    track = tracks.find(r, track_id)
    return track if track is not None and policy.may(asker, Action.SEE, track) else None


def as_now(r: Reader, asker: Account | None) -> Account | None:
    """Return who asked as they are by now: nobody, for an account that was disabled meanwhile."""
    now = accounts.by_id(r, asker.id) if asker else None
    return now if now and now.disabled_at is None else None


def require_download(asker: Account | None, track: Track, format: str) -> None:
    """Raise a Problem unless `asker` may take the track home in that format, one of downloads.FORMATS."""
    require_track(asker, track)
    if not may_download(asker, track, format):
        raise Forbidden(NOT_OFFERED)


def require_still(r: Reader, track_ids: Iterable[str], asker: Account | None, format: str | None = None) -> None:
    """Raise a Problem if any of the tracks is not for `asker` any more, or not in that format, as all are by now."""
    now = as_now(r, asker)
    for track_id in track_ids:
        track = tracks.get(r, track_id)
        require_track(now, track) if format is None else require_download(now, track, format)


def may_be_told_of(asker: Account | None, track: Track) -> bool:
    """Tell whether `asker` may learn that the track exists: it is public and ready, or theirs to edit."""
    listed = track.visibility == Visibility.PUBLIC and track.state == State.READY
    return listed or policy.may(asker, Action.EDIT, track)


def may_download(asker: Account | None, track: Track, format: str) -> bool:
    """Tell whether `asker` may take the track home in that format, one of downloads.FORMATS."""
    lossless = format in downloads.LOSSLESS
    return policy.may(asker, Action.DOWNLOAD_LOSSLESS if lossless else Action.DOWNLOAD, track)


def tracks_of(r: Reader, asker: Account | None, release: Release) -> list[Track]:
    """Return those of the release's tracks that are for `asker`, in order.

    Raises NotFound unless `asker` may see the release; who may not edit it sees none without a track for them.
    """
    policy.require(asker, Action.SEE, release)
    hidden = policy.may(asker, Action.EDIT, release)
    follows = policy.follows(asker, release.artist_id)
    found = tracks.of_release(r, release.id, hidden=hidden, follows=follows)
    if not found and not hidden:
        raise NotFound("There is nothing at this address, or it is not for everybody.")
    return found


def may_see_release(r: Reader, asker: Account | None, track: Track) -> bool:
    """Tell whether `asker`, who sees the track, sees the release that it came out on: as `tracks_of` would."""
    if track.release_id is None:
        return False
    if policy.may(asker, Action.EDIT, track):
        return True
    follows = policy.follows(asker, track.artist_id)
    if track.release_visibility == Visibility.PRIVATE or (
        track.release_visibility == Visibility.FOLLOWERS and not follows
    ):
        return False
    # What is listed shows its release; what is not is found by who has the release's address.
    by_itself = track.visibility in (Visibility.PUBLIC, Visibility.FOLLOWERS)
    if track.state == State.READY and (by_itself or track.release_visibility == Visibility.UNLISTED):
        return True
    return bool(tracks.of_release(r, track.release_id, hidden=False, follows=follows))
