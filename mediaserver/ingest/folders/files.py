"""A file as it was when it was last looked at: what tells that it is the same, what it became, or why not.

Moved, renamed or with other tags, it goes on to stand for the same track.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import NotFound
from mediaserver.ingest.folders import places
from mediaserver.ingest.folders.walk import Found

_COLUMNS = "id, folder_id, path, bytes, modified, inode, original, upload_id, track_id, told, problem, missing_since"
_LAST = "~"  # sorts after every id
# Who was seen in the future was seen by a clock that was wrong.
_UNSEEN = (
    "FROM folder_files WHERE folder_id = :folder_id AND missing_since IS NULL AND (seen_at < :since OR seen_at > :now)"
)


@dataclass(frozen=True, slots=True)
class File:
    """One file. `modified` in nanoseconds; `told` is JSON of what its tags said; `problem` one sentence."""

    id: str
    folder_id: str | None
    path: str
    bytes: int
    modified: int
    inode: int
    original: str | None
    upload_id: str | None
    track_id: str | None
    told: str | None
    problem: str | None
    missing_since: int | None

    def is_as(self, found: Found) -> bool:
        """Tell whether a file that was found is this one, unchanged as far as its folder tells."""
        return (self.bytes, self.modified, self.inode) == (found.bytes, found.modified, found.inode)


@dataclass(frozen=True, slots=True)
class News:
    """What is now known of a file."""

    original: str | None = None
    upload_id: str | None = None
    track_id: str | None = None
    told: str | None = None
    problem: str | None = None


def require_folder(r: Reader, folder_id: str | None) -> None:
    """Raise NotFound for a folder that was forgotten, as one may be while it is looked through."""
    if folder_id is not None and r.value("SELECT 1 FROM folders WHERE id = :id", id=folder_id) is None:
        raise NotFound("This folder is not looked after any more, so nothing of it is taken in.")


def add(tx: Tx, folder_id: str | None, found: Found, news: News) -> None:
    """Keep a file, or what became of one that lies at the same place. Raises NotFound as `require_folder` does."""
    require_folder(tx, folder_id)
    tx.run(
        "INSERT INTO folder_files (id, folder_id, path, bytes, modified, inode, original, upload_id, track_id, told,"
        " problem, seen_at) VALUES (:id, :folder_id, :path, :bytes, :modified, :inode, :original, :upload_id,"
        " :track_id, :told, :problem, :now) ON CONFLICT (path) DO UPDATE SET id = excluded.id,"
        " folder_id = COALESCE(excluded.folder_id, folder_id), bytes = excluded.bytes,"
        " modified = excluded.modified, inode = excluded.inode, original = excluded.original,"
        " upload_id = excluded.upload_id, track_id = excluded.track_id, told = excluded.told,"
        " problem = excluded.problem, seen_at = excluded.seen_at, missing_since = NULL",
        id=ids.new(),
        folder_id=folder_id,
        path=places.to_text(found.path),
        bytes=found.bytes,
        modified=found.modified,
        inode=found.inode,
        original=news.original,
        upload_id=news.upload_id,
        track_id=news.track_id,
        told=news.told,
        problem=news.problem,
        now=clock.now(),
    )


def move(tx: Tx, file: File, folder_id: str | None, found: Found) -> bool:
    """Note where a known file lies now, and how it is there; tell whether it still was where `file` says."""
    if tx.value("SELECT path FROM folder_files WHERE id = :id", id=file.id) != file.path:
        return False
    tx.run("DELETE FROM folder_files WHERE path = :path AND id <> :id", path=places.to_text(found.path), id=file.id)
    tx.run(
        "UPDATE folder_files SET folder_id = COALESCE(:folder_id, folder_id), path = :path, bytes = :bytes,"
        " modified = :modified, inode = :inode, seen_at = :now, missing_since = NULL WHERE id = :id",
        folder_id=folder_id,
        path=places.to_text(found.path),
        bytes=found.bytes,
        modified=found.modified,
        inode=found.inode,
        now=clock.now(),
        id=file.id,
    )
    return True


def update(tx: Tx, file_id: str, news: News) -> None:
    """Note what became of a file whose bytes are others now."""
    tx.run(
        "UPDATE folder_files SET original = :original, upload_id = :upload_id, track_id = :track_id, told = :told,"
        " problem = :problem WHERE id = :id",
        original=news.original,
        upload_id=news.upload_id,
        track_id=news.track_id,
        told=news.told,
        problem=news.problem,
        id=file_id,
    )


def see(tx: Tx, file_ids: list[str]) -> None:
    """Note that files are there, as they were."""
    tx.run(
        "UPDATE folder_files SET seen_at = :now, missing_since = NULL WHERE id IN (:ids*)",
        now=clock.now(),
        ids=file_ids,
    )


def miss(tx: Tx, file_id: str) -> None:
    """Note that a file is not there."""
    tx.run("UPDATE folder_files SET missing_since = :now WHERE id = :id", now=clock.now(), id=file_id)


def miss_upload(tx: Tx, upload_id: str) -> bool:
    """Note that the files behind an upload are not there; tell whether there are any."""
    touched = tx.run(
        "UPDATE folder_files SET missing_since = COALESCE(missing_since, :now) WHERE upload_id = :upload_id",
        now=clock.now(),
        upload_id=upload_id,
    )
    return bool(touched)


def waits(r: Reader, upload_id: str) -> bool:
    """Tell whether any file stands behind an upload."""
    return r.value("SELECT 1 FROM folder_files WHERE upload_id = :id LIMIT 1", id=upload_id) is not None


def is_followed(r: Reader, track_id: str, but: str) -> bool:
    """Tell whether a file of the track came in as another upload than `but` since, which has not failed."""
    found = r.value(
        "SELECT 1 FROM folder_files f JOIN uploads u ON u.id = f.upload_id"
        " WHERE f.track_id = :track_id AND u.id <> :but AND u.state <> 'failed' LIMIT 1",
        track_id=track_id,
        but=but,
    )
    return found is not None


def at(r: Reader, found: list[Found]) -> dict[str, File]:
    """Return the files that are known at those places, by the text of the place."""
    paths = [places.to_text(each.path) for each in found]
    rows = r.all(File, f"SELECT {_COLUMNS} FROM folder_files WHERE path IN (:paths*)", paths=paths)
    return {file.path: file for file in rows}


def of_originals(r: Reader, originals: list[str]) -> list[File]:
    """Return the files that hold those very bytes."""
    return r.all(File, f"SELECT {_COLUMNS} FROM folder_files WHERE original IN (:originals*)", originals=originals)


def of_inodes(r: Reader, inodes: list[int]) -> list[File]:
    """Return the files that had those numbers on their disk."""
    return r.all(File, f"SELECT {_COLUMNS} FROM folder_files WHERE inode IN (:inodes*)", inodes=inodes)


def of_payload(r: Reader, payload: str) -> list[File]:
    """Return the files with that sound, whatever their tags."""
    return r.all(
        File,
        f"SELECT {_COLUMNS} FROM folder_files WHERE original IN"
        " (SELECT original FROM payloads WHERE payload = :payload)",
        payload=payload,
    )


def count(r: Reader, folder_id: str) -> int:
    """Return how many files of a folder were there when it was last looked through."""
    known: int = r.value(
        "SELECT COUNT(*) FROM folder_files WHERE folder_id = :folder_id AND missing_since IS NULL", folder_id=folder_id
    )
    return known


def any_known(r: Reader) -> bool:
    """Tell whether any folder was looked through before."""
    return r.value("SELECT 1 FROM folder_files LIMIT 1") is not None


def unseen(r: Reader, folder_id: str, since: int) -> int:
    """Return how many of a folder's files were not seen `since` then, and are not missing yet."""
    found: int = r.value(f"SELECT COUNT(*) {_UNSEEN}", folder_id=folder_id, since=since, now=clock.now())
    return found


def some_unseen(r: Reader, folder_id: str, since: int, after: str, limit: int) -> list[File]:
    """Return some of those, by id from `after` on."""
    return r.all(
        File,
        f"SELECT {_COLUMNS} {_UNSEEN} AND id > :after ORDER BY id LIMIT :limit",
        folder_id=folder_id,
        since=since,
        now=clock.now(),
        after=after,
        limit=limit,
    )


def below(r: Reader, folder_id: str, path: str, limit: int) -> list[File]:
    """Return some of a folder's files at and below a path that are not missing yet."""
    return r.all(
        File,
        f"SELECT {_COLUMNS} FROM folder_files WHERE folder_id = :folder_id AND missing_since IS NULL"
        " AND (path = :path OR (path > :first AND path < :last)) ORDER BY path LIMIT :limit",
        folder_id=folder_id,
        path=path,
        first=path + "/",
        last=path + "0",  # the sign after the stroke
        limit=limit,
    )


def told_of_release(r: Reader, release_id: str, but: str) -> list[str]:
    """Return what the files of a release's tracks told, without the one of the id `but`."""
    return r.column(
        "SELECT f.told FROM tracks t JOIN folder_files f ON f.track_id = t.id"
        " WHERE t.release_id = :release_id AND t.deleted_at IS NULL AND f.id <> :but AND f.told IS NOT NULL",
        release_id=release_id,
        but=but,
    )


def others_hold(r: Reader, file: File) -> bool:
    """Tell whether another file that is there has the same bytes."""
    return (
        r.value(
            "SELECT 1 FROM folder_files WHERE original = :original AND id <> :id AND missing_since IS NULL LIMIT 1",
            original=file.original,
            id=file.id,
        )
        is not None
    )


def holds(r: Reader, original: str) -> bool:
    """Tell whether any file has those very bytes."""
    return r.value("SELECT 1 FROM folder_files WHERE original = :original LIMIT 1", original=original) is not None


def refused(r: Reader, limit: int, before: str | None = None, since: str = "") -> list[File]:
    """Return files that were refused when they were read or heard, the last first; `since` is the id of a run."""
    return r.all(
        File,
        f"SELECT {', '.join(f'f.{name}' for name in _COLUMNS.split(', ') if name != 'problem')},"
        " COALESCE(f.problem, u.problem) AS problem FROM folder_files f LEFT JOIN uploads u ON u.id = f.upload_id"
        " WHERE f.id < :before AND ((f.problem IS NOT NULL AND f.id > :since)"
        " OR (u.state = 'failed' AND f.upload_id > :since)) ORDER BY f.id DESC LIMIT :limit",
        before=before or _LAST,
        since=since,
        limit=limit,
    )


def missing(r: Reader, limit: int, before: str | None = None) -> list[File]:
    """Return files that are missing and stood for a track, the last first."""
    return r.all(
        File,
        f"SELECT {_COLUMNS} FROM folder_files WHERE id < :before AND missing_since IS NOT NULL"
        " AND track_id IS NOT NULL ORDER BY id DESC LIMIT :limit",
        before=before or _LAST,
        limit=limit,
    )


def set_payload(tx: Tx, original: str, payload: str) -> None:
    """Keep what tells a file's sound apart from its tags."""
    tx.run(
        "INSERT INTO payloads (original, payload) VALUES (:original, :payload)"
        " ON CONFLICT (original) DO UPDATE SET payload = excluded.payload",
        original=original,
        payload=payload,
    )


def forget_payloads(tx: Tx) -> None:
    """Forget what told the sounds of files apart that no folder holds any more."""
    tx.run("DELETE FROM payloads WHERE NOT EXISTS (SELECT 1 FROM folder_files f WHERE f.original = payloads.original)")


def payload(r: Reader, original: str) -> str | None:
    """Return what tells a file's sound apart from its tags, if it was heard."""
    found: str | None = r.value("SELECT payload FROM payloads WHERE original = :original", original=original)
    return found
