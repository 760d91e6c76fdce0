"""What doors share of things' coming and going: each change asks the policy, is made, and is noted, as one unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from msgspec import UNSET

from mediaserver.accounts import accounts, follows, policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.follows import Follower
from mediaserver.accounts.policy import Action
from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Forbidden, NotFound, NotSignedIn
from mediaserver.catalog import artists, deleted, history, publishing, releases, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.changes import artist_changes, mergers, release_changes, track_changes
from mediaserver.catalog.changes.artist_changes import ArtistChanges
from mediaserver.catalog.changes.mergers import Along
from mediaserver.catalog.changes.release_changes import ReleaseChanges
from mediaserver.catalog.changes.track_changes import MOST, TrackChanges
from mediaserver.catalog.deleted import Deleted, Left
from mediaserver.catalog.details.said import SAID
from mediaserver.catalog.history import Entry
from mediaserver.catalog.releases import Release
from mediaserver.catalog.sounds import presence, versions
from mediaserver.catalog.tracks import Track
from mediaserver.ingest import removal, uploads
from mediaserver.ingest.uploads import Uploads

_GET: dict[str, Callable[[Reader, str], Track | Release | Artist]] = {
    "track": tracks.get, "release": releases.get, "artist": artists.get,
}  # fmt: skip
_DELETE = {"track": deleted.delete_track, "release": deleted.delete_release, "artist": deleted.delete_artist}
_RESTORE = {"track": deleted.restore_track, "release": deleted.restore_release}
_SCHEDULE = {"track": publishing.schedule_track, "release": publishing.schedule_release}


def require(
    r: Reader, asker: Account | None, action: Action, kind: str, id: str
) -> tuple[Account, Track | Release | Artist]:
    """Return who asks and the thing, if they may do `action` to it. Raises what `policy.require` does."""
    thing = _GET[kind](r, id)
    policy.require(asker, action, thing)
    if asker is None:
        raise NotSignedIn("Please sign in first.")
    return asker, thing


def past(
    r: Reader, asker: Account | None, kind: str, id: str, limit: int, before: str | None
) -> tuple[Track | Release | Artist, list[Entry]]:
    """Return a track, a release or an artist and what was done to it, for who may edit it."""
    thing = _GET[kind](r, id)
    policy.require(asker, Action.EDIT, thing)
    return thing, history.of_thing(r, id, limit, before)


def delete(tx: Tx, asker: Account | None, kind: str, id: str, days: int) -> Deleted:
    """Delete a track, a release with its tracks, or an artist on whose page nothing is; return what can be had back.

    It is kept for so many days. Raises Conflict for an artist with anything on its page.
    """
    somebody, _ = require(tx, asker, Action.DELETE, kind, id)
    history.note(tx, somebody.id, history.DELETE, kind, id)
    _DELETE[kind](tx, id, somebody.id, days)
    return deleted.get(tx, kind, id)


def take_down(tx: Tx, asker: Account | None, track_ids: Sequence[str], days: int) -> list[Deleted]:
    """Delete those of the tracks that are there still, as `delete` does."""
    return [delete(tx, asker, "track", track_id, days) for track_id in track_ids if tracks.find(tx, track_id)]


def merge(tx: Tx, asker: Account | None, artist_id: str, into_id: str, days: int) -> Deleted:
    """Make an artist one with another; return what can be had back for so many days. Raises what `mergers.merge` does.

    What goes along is noted with its new artist and credit.
    """
    somebody, _ = require(tx, asker, Action.EDIT, "artist", artist_id)
    with noting(tx, asker, "artist", [into_id]):
        into = artists.get(tx, into_id)
        may_edit = partial(policy.require, asker, Action.EDIT)
        along = mergers.merge(tx, artist_id, into_id, somebody.id, days, may_edit)
    follows.join(tx, artist_id, into_id)
    gone = deleted.get(tx, "artist", artist_id)
    history.note(tx, somebody.id, history.MERGE, "artist", artist_id, {"into": into.name})
    history.note(tx, somebody.id, history.CHANGE, "artist", into_id, {"merged": gone.title})
    _note_along(tx, somebody, along, (gone.title, into.name))
    return gone


def _note_along(tx: Tx, somebody: Account, along: Along, names: tuple[str, str]) -> None:
    """Note of all that went along that its artist is another, and of some that their credit is too."""
    for kind in ("track", "release"):
        credited = set(getattr(along.credited, f"{kind}s"))
        for each in getattr(along, f"{kind}s"):
            told = {"artist_name": names} | ({"credited": names} if each in credited else {})
            history.note(tx, somebody.id, history.CHANGE, kind, each, told)


def _restore_artist(tx: Tx, somebody: Account, gone: Deleted) -> None:
    """Bring back an artist, and what came along where it was merged into another, who has to be there."""
    along = mergers.restore(tx, gone.id)
    if along is None or gone.merged_into is None:
        return
    follows.part(tx, gone.id, gone.merged_into)
    history.note(tx, somebody.id, history.CHANGE, "artist", gone.merged_into, {"parted": gone.title})
    _note_along(tx, somebody, along, (gone.artist_name, gone.title))


def restore(tx: Tx, asker: Account | None, kind: str, id: str) -> Track | Release | Artist:
    """Bring back what is deleted, or undo a merging; return it. Only who deleted it may, and administrators."""
    somebody, gone = _require_deleted(tx, asker, kind, id)
    release = deleted.release_of(tx, id) if kind == "track" else None
    if release is not None and not policy.may(asker, Action.DELETE, release):  # it would come back too
        raise Forbidden("Its release was taken down by somebody else. Please ask whoever runs the server.")
    if kind == "artist":
        _restore_artist(tx, somebody, gone)
    else:
        _RESTORE[kind](tx, id)
    history.note(tx, somebody.id, history.RESTORE, kind, id)
    return _GET[kind](tx, id)


def remove(tx: Tx, asker: Account | None, kind: str, id: str) -> Left:
    """Take what is deleted away for good; return what it stood on, for `Removal.drop`.

    Raises Conflict while its sound is still being listened through.
    """
    somebody, thing = _require_deleted(tx, asker, kind, id)
    if kind != "artist" and uploads.some_pending(tx, kind, id):
        raise Conflict("A recording of it is still being listened through. Please try again in a moment.")
    return removal.remove(tx, thing, somebody.id)


def _require_deleted(r: Reader, asker: Account | None, kind: str, id: str) -> tuple[Account, Deleted]:
    thing = deleted.get(r, kind, id)
    policy.require(asker, Action.DELETE, thing)
    if asker is None:
        raise NotSignedIn("Please sign in first.")
    return asker, thing


def schedule(tx: Tx, asker: Account | None, kind: str, id: str, moment: int | None) -> None:
    """Let a track, or a release with its tracks, come out at `moment` (milliseconds), or at once for None."""
    somebody, _ = require(tx, asker, Action.EDIT, kind, id)
    before = publishing.moments(tx, kind, id)
    _SCHEDULE[kind](tx, id, moment)
    for each, now in publishing.moments(tx, kind, id).items():
        if before[each] != now:
            action = history.CHANGE if now else history.PUBLISH
            history.note(tx, somebody.id, action, *each, {"publish_at": (_show(before[each]), _show(now))})


def _show(moment: int | None) -> str | None:
    return None if moment is None else clock.rfc3339(moment)


@contextmanager
def noting(tx: Tx, asker: Account | None, kind: str, ids: Sequence[str]) -> Iterator[None]:
    """Note what is said of tracks, releases or artists otherwise after the block than before it.

    Raises what `policy.require` does before anything is looked at, unless `asker` may edit all of them.
    """
    look = SAID[kind]
    for each in ids:
        policy.require(asker, Action.EDIT, _GET[kind](tx, each))
    before = {each: look(tx, each) for each in ids}
    yield
    for each, said in before.items():
        if other := history.difference(said, look(tx, each)):
            history.note(tx, asker.id if asker else None, history.CHANGE, kind, each, other)


def change_tracks(tx: Tx, asker: Account | None, track_ids: Sequence[str], changes: TrackChanges) -> None:
    """Change what is said of tracks. Raises Invalid, and what `policy.require` does."""
    with noting(tx, asker, "track", track_ids[:MOST]):
        track_changes.change_tracks(tx, track_ids, changes, partial(policy.require, asker, Action.EDIT))


def change_release(tx: Tx, asker: Account | None, release_id: str, changes: ReleaseChanges) -> None:
    """Change what is said of a release, as `change_tracks` does."""
    goes_along = changes.downloads, changes.tracks, changes.date, changes.artist
    touched = any(each is not UNSET for each in goes_along)
    together = [track.id for track in tracks.of_release(tx, release_id, hidden=True)] if touched else []
    with noting(tx, asker, "release", [release_id]), noting(tx, asker, "track", together):
        release_changes.change_release(tx, release_id, changes, partial(policy.require, asker, Action.EDIT))


def change_artist(tx: Tx, asker: Account | None, artist_id: str, changes: ArtistChanges) -> None:
    """Change what is said of an artist, as `change_tracks` does. Raises Conflict for a name that is taken, too."""
    with noting(tx, asker, "artist", [artist_id]):
        old = artists.get(tx, artist_id).name
        followed = artist_changes.change_artist(tx, artist_id, changes, partial(policy.require, asker, Action.EDIT))
    credited = {"credited": (old, artists.get(tx, artist_id).name)}
    for kind, ids in (("track", followed.tracks), ("release", followed.releases)):
        for each in ids:
            history.note(tx, asker.id if asker else None, history.CHANGE, kind, each, credited)


def restore_version(tx: Tx, store: Uploads, asker: Account | None, track_id: str, number: int) -> None:
    """Let a track stand again on what it stood on before; what it stands on now is remembered in its turn.

    Raises NotFound where that is not there any more.
    """
    somebody, _ = require(tx, asker, Action.EDIT, "track", track_id)
    version = versions.get(tx, track_id, number)
    store.require_here(version.original)
    versions.replace(tx, track_id, version.original, somebody.id)
    presence.regain(tx, track_id)  # what it stood on may be away; this is here
    history.note(tx, somebody.id, history.REPLACE, "track", track_id, {"version": number})


def follow(tx: Tx, asker: Account | None, artist_id: str, *, follows_now: bool) -> int:
    """Let `asker` follow the artist, or not any more; return how many do."""
    artist = artists.get(tx, artist_id)
    policy.require(asker, Action.FOLLOW, artist)
    if asker is None:
        raise NotSignedIn("Please sign in first.")
    (follows.add if follows_now else follows.remove)(tx, asker.id, artist_id)
    return follows.count(tx, artist_id)


def followers(
    r: Reader, asker: Account | None, artist_id: str, limit: int, before: str | None
) -> tuple[Artist, list[Follower]]:
    """Return an artist and who follows them or is blocked, for who looks after the artist."""
    artist = artists.get(r, artist_id)
    policy.require(asker, Action.EDIT, artist)
    return artist, follows.of_artist(r, artist_id, limit, before)


def block(tx: Tx, asker: Account | None, artist_id: str, account_id: str, *, blocks: bool) -> None:
    """Keep an account from following an artist, or let it again. Raises NotFound for an account that is not there."""
    policy.require(asker, Action.EDIT, artists.get(tx, artist_id))
    account = accounts.by_id(tx, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    (follows.block if blocks else follows.unblock)(tx, account_id, artist_id)
    said = {"blocked" if blocks else "unblocked": account.chosen_name or account.id}
    history.note(tx, asker.id if asker else None, history.CHANGE, "artist", artist_id, said)


def address_of_artist(r: Reader, artist_id: str) -> str:
    """Return the artist's page. Raises NotFound."""
    return f"/@{artists.get(r, artist_id).slug}"
