"""An upload: a file that came in, by a browser or from a folder, and how far it has come on its way to a track."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock, decoders, ids
from mediaserver.base.db import Database, Reader, Tx
from mediaserver.base.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TooLarge
from mediaserver.catalog import artists, tracks
from mediaserver.catalog.originals import Originals, Received
from mediaserver.catalog.sounds import hearings, sounds
from mediaserver.catalog.tracks import Description
from mediaserver.ingest import guess
from mediaserver.ingest.arrivals.quotas import Quota, Streams
from mediaserver.ingest.folders import files

_COLUMNS = "id, account_id, track_id, original, filename, bytes, wishes, state, problem, created_at"
_LAST = "~"  # sorts after every id
# One that came from a folder and is "received" rests until its file is seen again.
_AT_WORK = "(u.state = 'analysing' OR (u.state = 'received' AND u.imported = 0))"
_PENDING = {
    "track": f"SELECT 1 FROM uploads u WHERE u.track_id = :id AND {_AT_WORK} LIMIT 1",
    "release": "SELECT 1 FROM tracks t JOIN uploads u ON u.track_id = t.id WHERE t.release_id = :id"
    f" AND {_AT_WORK} LIMIT 1",
}


class State(StrEnum):
    """Where an upload stands."""

    RECEIVED = "received"
    ANALYSING = "analysing"
    READY = "ready"
    FAILED = "failed"


ENDS = {State.READY, State.FAILED}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the sender said about a recording; the rest is read from the file.

    The artist is the one of `artist_id`, else the one named `artist`, else, `by_tags`, the one in the file's tags,
    else the sender's own. `description` overrules the tags altogether. Where the recording `replaces` the sound of a
    track that is there, all of this is said of that track already.
    """

    visibility: str = "public"
    artist_id: str | None = None
    artist: str | None = None
    by_tags: bool = False
    description: Description | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class UploadReceived:
    """A fact: a file is here whole."""

    upload_id: str


@dataclass(frozen=True, slots=True)
class Upload:
    """One file's way in. `problem` is a sentence for the sender where the state is "failed"."""

    id: str
    account_id: str
    track_id: str | None
    original: str
    filename: str
    bytes: int
    wishes: str
    state: str
    problem: str | None
    created_at: int

    @property
    def wished(self) -> Wishes:
        """What the sender said about it."""
        return decoders.from_json(self.wishes, Wishes)


def _nothing_more(tx: Tx, upload_id: str) -> None:
    """Add nothing to an upload's unit."""


class Uploads:
    """Takes files in. What is remembered of progress lives as long as the process."""

    def __init__(self, db: Database, originals: Originals, quota: Quota, prepare: Callable[[], None]) -> None:
        """Call `prepare` when a file begins to come in: whoever is to look at it can get ready."""
        self._db = db
        self._originals = originals
        self._prepare = prepare
        self.quota = quota
        self.streams = Streams(quota)
        self.progress: dict[str, float] = {}

    async def receive(
        self,
        account: Account,
        chunks: AsyncIterator[bytes],
        filename: str,
        wishes: Wishes,
        announced: int | None = None,
    ) -> Upload:
        """Take in a stream of bytes; `announced` is its length, where the sender gave one.

        Raises Invalid, Forbidden, TooLarge, Throttled or StorageFull; then nothing is left of it.
        """
        name = ids.new()
        with self.streams.one_more(account):
            try:
                self.streams.note(account.id, name, announced or 0)  # before it is waited: who comes next counts it
                await self.expect(account, wishes, announced or 0, name)
                received = await self._receive(account, name, chunks, announced)
                return await self._admit_if_room(account, received, filename, wishes)
            finally:
                self.streams.forget(account.id, name)

    async def _receive(
        self, account: Account, name: str, chunks: AsyncIterator[bytes], announced: int | None
    ) -> Received:
        """Write aside what comes, counted as `name` among all that the account is sending."""
        left = await self._db.read(self.quota.left, account, self.streams.here(account.id, name))
        if left is not None:
            chunks = bounded(chunks, left, self.quota.exceeded(left))
        if announced is None:
            chunks = self._counted(account, name, chunks)
        return await self._originals.receive(chunks, announced)

    async def _counted(self, account: Account, name: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            self.streams.note(account.id, name, size)
            yield chunk

    async def _admit_if_room(self, account: Account, received: Received, filename: str, wishes: Wishes) -> Upload:
        def check_again(tx: Tx, upload_id: str) -> None:
            self.quota.check_again(tx, account)

        try:
            return await self.admit(account.id, received, filename, wishes, check_again)
        finally:
            received.part.unlink(missing_ok=True)

    async def expect(self, account: Account, wishes: Wishes, size: int, name: str | None = None) -> None:
        """Refuse early what would be refused after `size` bytes have come; raises as `receive` does.

        What is counted under a `name` already has room beside what was counted before it.
        """
        await self._db.read(check, account, wishes)
        await self._db.read(self.quota.check, account, size, self.streams.here(account.id, name))
        await asyncio.to_thread(self._prepare)

    async def count(self, account: Account, name: str, size: int) -> None:
        """Count that `size` bytes of a file are here whose length nobody told. Raises TooLarge when that is too much.

        `streams.forget` ends the counting, once so much is written down.
        """
        self.streams.note(account.id, name, size)
        if self.quota.bytes:
            await self._db.read(self.quota.check_coming, account, self.streams.here(account.id))

    async def take(self, account: Account, path: Path, wishes: Wishes) -> Upload | None:
        """Take in a copy of a file on this machine; None when just this file is a track already.

        One that an earlier import was stopped at is not taken twice: its upload is returned. Raises as `receive` does.
        """
        await self._db.read(check, account, wishes)
        pending, known = await self._db.read(_look_up, await asyncio.to_thread(self._originals.hash, path))
        if pending or known:
            return pending
        await asyncio.to_thread(self._prepare)
        received = await asyncio.to_thread(self._originals.copy, path)
        try:
            return await self.admit(account.id, received, path.name, wishes)
        finally:
            received.part.unlink(missing_ok=True)

    async def refuse(self, upload: Upload, problem: str) -> None:
        """Write down why nothing becomes of an upload, and remove what it left."""
        await self._db.write(fail, self._originals, upload, problem)

    def require_here(self, original: str) -> None:
        """Raise NotFound where the file of an original is not there, or is another by now; looks at the disk."""
        if not self._originals.path(original).exists():
            raise NotFound("The file of that recording is not there any more. Please send it again.")

    async def admit(
        self,
        account_id: str,
        received: Received,
        filename: str,
        wishes: Wishes,
        then: Callable[[Tx, str], None] = _nothing_more,
    ) -> Upload:
        """Make an upload of a file that is here whole; `then(tx, upload_id)` is done in the same unit.

        Its part stays, for the caller to remove. Raises StorageFull and what `then` raises; then nothing else is left.
        """

        def add(tx: Tx) -> Upload:
            upload = _add(tx, self._originals, account_id, received, guess.clean_name(filename), wishes)
            then(tx, upload.id)
            return upload

        try:
            return await self._db.write(add)
        except Problem:  # the file may have its name, and nobody knows of it
            await self._db.write(_drop_unknown, self._originals, received.hash)
            raise


async def bounded(chunks: AsyncIterator[bytes], most: int, sentence: str) -> AsyncIterator[bytes]:
    """Pass on at most so many bytes. Raises TooLarge with the sentence when more come."""
    async for chunk in chunks:
        most -= len(chunk)
        if most < 0:
            raise TooLarge(sentence)
        yield chunk


def check(r: Reader, account: Account, wishes: Wishes) -> None:
    """Refuse early what would be refused after a long upload."""
    if wishes.visibility not in tracks.VISIBILITIES:
        raise Invalid(f"A visibility is one of: {', '.join(tracks.VISIBILITIES)}.")
    if wishes.artist_id is not None:
        owner_id = artists.standing_for(r, wishes.artist_id).owner_id
        if owner_id != account.id and account.role != "admin":
            raise Forbidden("That artist is looked after by somebody else.")
    if wishes.replaces is not None:
        track = tracks.get(r, wishes.replaces)
        policy.require(account, Action.EDIT, track)
        if track.state == tracks.State.PROCESSING:
            raise Conflict("This track has no sound yet that could be replaced. Please try again in a moment.")


def _add(tx: Tx, originals: Originals, account_id: str, received: Received, filename: str, wishes: Wishes) -> Upload:
    """Give the file its name and write it down in one unit: no other process comes between, nor an asker's leaving."""
    originals.keep(received, stay=True)
    upload_id = ids.new()
    now = clock.now()
    tx.run(
        "INSERT INTO uploads (id, account_id, original, filename, bytes, wishes, state, created_at, changed_at)"
        " VALUES (:id, :account_id, :original, :filename, :bytes, :wishes, 'received', :now, :now)",
        id=upload_id,
        account_id=account_id,
        original=received.hash,
        filename=filename,
        bytes=received.bytes,
        wishes=msgspec.json.encode(wishes).decode(),
        now=now,
    )
    tx.announce(UploadReceived(upload_id))
    return get(tx, upload_id)


def sent_by_hand(r: Reader, track_id: str) -> bool:
    """Tell whether what a track stands on was sent for it by somebody, and did not come from a folder."""
    sql = "SELECT 1 FROM tracks t JOIN uploads u ON u.track_id = t.id AND u.original = t.original AND u.imported = 0"
    return r.value(f"{sql} WHERE t.id = :id LIMIT 1", id=track_id) is not None


def add_imported(tx: Tx, account_id: str, original: str, filename: str, size: int, wishes: str) -> Upload:
    """Keep the way in of a file from a folder, whose original is here; `filename` clean, `wishes` as it is stored."""
    upload_id = ids.new()
    now = clock.now()
    tx.run(
        "INSERT INTO uploads (id, account_id, original, filename, bytes, wishes, state, imported, created_at,"
        " changed_at) VALUES (:id, :account_id, :original, :filename, :bytes, :wishes, 'analysing', 1, :now, :now)",
        id=upload_id,
        account_id=account_id,
        original=original,
        filename=filename,
        bytes=size,
        wishes=wishes,
        now=now,
    )
    return get(tx, upload_id)


def fail(tx: Tx, originals: Originals, upload: Upload, problem: str) -> None:
    """Write the problem down, unless the upload has come to an end, and remove what nothing stands on any more."""
    now = get(tx, upload.id)
    if now.state in ENDS:
        return
    set_state(tx, upload.id, State.FAILED, problem)
    if now.track_id is not None and _stands_for(tx, now, now.track_id):
        tracks.remove(tx, now.track_id)
    _drop_unknown(tx, originals, upload.original)


def _stands_for(r: Reader, upload: Upload, track_id: str) -> bool:
    """Tell whether a track goes with its upload: its file may hold another sound by now."""
    original = r.value("SELECT original FROM tracks WHERE id = :id", id=track_id)
    return original == upload.original and not files.is_followed(r, track_id, upload.id)


def _drop_unknown(tx: Tx, originals: Originals, original: str) -> None:
    """Remove the file of an original that nothing stands on, in one unit: nobody takes the same in meanwhile."""
    if not is_used(tx, original):
        originals.drop(original)


def is_used(r: Reader, original: str) -> bool:
    """Tell whether a track stands on an original, or did, or an upload that has not come to an end."""
    return _look_up(r, original) != (None, False)


def _look_up(r: Reader, original: str) -> tuple[Upload | None, bool]:
    """Return an upload of that file that has not come to an end, and whether the file is a track."""
    pending = r.one(
        Upload,
        f"SELECT {_COLUMNS} FROM uploads WHERE original = :original AND state IN ('received', 'analysing') LIMIT 1",
        original=original,
    )
    return pending, tracks.uses(r, original)


def some_pending(r: Reader, kind: str, id: str) -> bool:
    """Tell whether a track, or one of a release's tracks, is being listened through, or waits only for its turn."""
    return r.value(_PENDING[kind], id=id) is not None


def drop_unused(tx: Tx, originals: Originals, original: str) -> bool:
    """Remove an original, and what is known of its sound, if nothing stands on it any more; tell whether it is so."""
    if is_used(tx, original):
        return False
    sounds.remove(tx, original)
    hearings.drop(tx, original)
    originals.drop(original)
    return True


def set_state(tx: Tx, upload_id: str, state: State, problem: str | None = None) -> None:
    """Note how far an upload has come."""
    tx.run(
        "UPDATE uploads SET state = :state, problem = :problem, changed_at = :now WHERE id = :id",
        state=state,
        problem=problem,
        now=clock.now(),
        id=upload_id,
    )


def set_track(tx: Tx, upload_id: str, track_id: str) -> None:
    """Note which track became of an upload, and that its sound is being analysed."""
    tx.run("UPDATE uploads SET track_id = :track_id WHERE id = :id", track_id=track_id, id=upload_id)
    set_state(tx, upload_id, State.ANALYSING)


def get(r: Reader, upload_id: str) -> Upload:
    """Return the upload of that id. Raises NotFound."""
    upload = r.one(Upload, f"SELECT {_COLUMNS} FROM uploads WHERE id = :id", id=upload_id)
    if upload is None:
        raise NotFound("There is no such upload.")
    return upload


def pending(r: Reader, track_id: str) -> str | None:
    """Return the id of the upload that a track waits to be heard by."""
    found: str | None = r.value(
        "SELECT id FROM uploads WHERE track_id = :track_id AND state IN ('received', 'analysing') LIMIT 1",
        track_id=track_id,
    )
    return found


def count_unheard(r: Reader) -> int:
    """Return how many recordings from folders are yet to be heard."""
    count: int = r.value("SELECT COUNT(*) FROM uploads WHERE imported = 1 AND state = 'analysing'")
    return count


def own(r: Reader, account: Account, upload_id: str) -> Upload:
    """Return the account's upload of that id. Raises NotFound, for another's as well."""
    upload = get(r, upload_id)
    if upload.account_id != account.id:
        raise NotFound("There is no such upload.")
    return upload


def of_account(r: Reader, account_id: str, limit: int, before: str | None = None) -> list[Upload]:
    """Return what an account sent, the newest first; `before` is the id at which the page before ended."""
    return r.all(
        Upload,
        f"SELECT {_COLUMNS} FROM uploads WHERE account_id = :account_id AND imported = 0 AND id < :before"
        " ORDER BY id DESC LIMIT :limit",
        account_id=account_id,
        before=before or _LAST,
        limit=limit,
    )


def ended(r: Reader, upload_ids: list[str]) -> list[Upload]:
    """Return those of the uploads that have come to an end."""
    return r.all(
        Upload,
        f"SELECT {_COLUMNS} FROM uploads WHERE id IN (:ids*) AND state IN (:ends*)",
        ids=upload_ids,
        ends=[str(end) for end in ENDS],
    )
