"""What becomes of a file that was found: each of these is one unit of work, kept whole or not at all."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial

import msgspec

from mediaserver.accounts.accounts import Account
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import NotFound
from mediaserver.catalog import tracks
from mediaserver.catalog.originals import Originals, Received
from mediaserver.catalog.sounds import hearings, presence, sounds
from mediaserver.ingest import analyse, guess, retell, uploads
from mediaserver.ingest.analyse import Analyst, OneOfManyDrafted, Reading, SoundReplaced
from mediaserver.ingest.folders import files
from mediaserver.ingest.folders.files import File, News
from mediaserver.ingest.folders.walk import Found
from mediaserver.ingest.retell import Told
from mediaserver.ingest.uploads import Upload, Wishes
from mediaserver.media.tags.model import Tags


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose the recordings of a folder become, and where their files stay."""

    originals: Originals
    analyst: Analyst
    account: Account
    wishes: Wishes
    in_place: bool
    folder_id: str | None


def take(tx: Tx, terms: Terms, found: Found, original: str, reading: Reading, received: Received | None) -> bool:
    """Make a draft of a new file; tell if it was one: its bytes may have become a track a moment ago.

    Raises Invalid, Unusable or StorageFull.
    """
    known = presence.standing_on(tx, [original]).get(original)
    if known is not None:
        join(tx, terms, found, original, known)
        return False
    upload = _admit(tx, terms, found, original, received)
    track_id = analyse.draft(tx, terms.analyst.pictures, upload, reading)
    told = _told(found, reading, tracks.get(tx, track_id).artist_name)
    files.add(tx, terms.folder_id, found, News(original, upload.id, track_id, retell.write(told)))
    tx.announce(OneOfManyDrafted(upload.id))
    return True


def join(tx: Tx, terms: Terms, found: Found, original: str, track_id: str) -> None:
    """Let one more file stand for a track with its very bytes; what hearing finds out is said of both.

    Where the track was missing, it is back: the folder that its file lay in may have been forgotten meanwhile.
    """
    news = News(original, uploads.pending(tx, track_id), track_id)
    files.add(tx, terms.folder_id, found, news)
    if not _is_there(terms.originals, original):
        terms.originals.link(original, found.path, found.modified)
    for file in files.at(tx, [found]).values():
        _regain(tx, file)


def _is_there(originals: Originals, original: str) -> bool:
    """Tell whether an original can be read, or is a copy, which is never replaced by a link."""
    try:
        originals.path(original)
    except NotFound:
        return False
    return True


def see(tx: Tx, originals: Originals, known: list[File]) -> int:
    """Note files that are as they were; return how many of them were missing until now."""
    files.see(tx, [file.id for file in known])
    returned = [file for file in known if file.missing_since is not None]
    for file in returned:
        _regain(tx, file)
    return len(returned)


def move(tx: Tx, terms: Terms, file: File, found: Found) -> bool:
    """Follow a file to where it lies now, or note its times: its bytes are the same.

    Tell whether it did; another with these bytes may have come first, and then this is one more of the same.
    """
    if not files.move(tx, file, terms.folder_id, found):
        files.add(tx, terms.folder_id, found, News(original=file.original, track_id=file.track_id))
        return False
    if file.original is not None and (terms.in_place or terms.originals.is_linked(file.original)):
        terms.originals.link(file.original, found.path, found.modified)
    _regain(tx, file)
    return True


def retag(
    tx: Tx, terms: Terms, file: File, found: Found, original: str, reading: Reading, received: Received | None
) -> str | None:
    """Keep the track of a file into which somebody wrote other tags, and take these over; its sound is the same.

    Return the original that no file holds any more: it may go once this is committed, and not before.
    """
    assert file.original is not None
    digest = files.payload(tx, file.original)
    if digest is None or not sounds.copy(tx, file.original, original, found.bytes):
        replace(tx, terms, file, found, original, reading, received)
        return None
    _keep(terms, found, original, received)
    terms.analyst.lend_waveform(file.original, original)
    files.set_payload(tx, original, digest)
    if (heard := hearings.find(tx, file.original)) is not None:
        hearings.keep(tx, dataclasses.replace(heard, original=original))
    files.move(tx, file, terms.folder_id, found)
    told = _retell(tx, terms, file, found, reading)
    files.update(tx, file.id, News(original, None, file.track_id, told))
    if file.track_id is not None and not uploads.sent_by_hand(tx, file.track_id):
        presence.set_original(tx, file.track_id, original)
    return None if files.others_hold(tx, file) else file.original


def replace(
    tx: Tx, terms: Terms, file: File, found: Found, original: str, reading: Reading, received: Received | None
) -> None:
    """Keep the track of a file that holds another sound now, which is yet to be heard."""
    upload = _admit(tx, terms, found, original, received)
    files.move(tx, file, terms.folder_id, found)
    told = _retell(tx, terms, file, found, reading)
    files.update(tx, file.id, News(original, upload.id, file.track_id, told))
    _supersede(tx, terms, file)
    if file.track_id is not None:
        tx.announce(SoundReplaced(upload.id, file.track_id))


def _supersede(tx: Tx, terms: Terms, file: File) -> None:
    """End the upload of what a file held before, where it rests: nothing would ever wake it."""
    upload = _resting(tx, file)
    if upload is not None and not files.waits(tx, upload.id):
        uploads.fail(tx, terms.originals, upload, "Its file holds something else now.")


def damage(tx: Tx, terms: Terms, file: File, found: Found, problem: str) -> None:
    """Note that what lies in a known file's place is no recording; its track lives on where a copy was kept."""
    files.move(tx, file, terms.folder_id, found)
    files.update(tx, file.id, News(None, None, file.track_id, file.told, problem))
    _supersede(tx, terms, file)
    lose(tx, terms.originals, file)


def miss(tx: Tx, originals: Originals, file: File) -> None:
    """Note that a file is not there; its track lives on where a copy was kept, or another file has the same bytes."""
    files.miss(tx, file.id)
    lose(tx, originals, file)


def lose(tx: Tx, originals: Originals, file: File) -> None:
    """Let the track of a file be missing if it stood on that very file."""
    stood = file.original is not None and originals.is_linked(file.original)
    if file.track_id is not None and stood and not files.others_hold(tx, file):
        presence.lose(tx, file.track_id, file.original)


def _admit(tx: Tx, terms: Terms, found: Found, original: str, received: Received | None) -> Upload:
    _keep(terms, found, original, received)
    wishes = msgspec.json.encode(terms.wishes).decode()
    return uploads.add_imported(tx, terms.account.id, original, guess.name_of(found.path), found.bytes, wishes)


def _keep(terms: Terms, found: Found, original: str, received: Received | None) -> None:
    """Give the copy its name, or let the file itself be the original."""
    if received is not None:
        terms.originals.keep(received, sync=False)
    else:
        terms.originals.link(original, found.path, found.modified)


def _regain(tx: Tx, file: File) -> None:
    """Let the track of a file that is there again be played, or be heard where that was not done."""
    if file.track_id is None:
        return
    presence.regain(tx, file.track_id)
    upload = _resting(tx, file)
    if upload is not None:
        uploads.set_state(tx, upload.id, uploads.State.ANALYSING)
        is_draft = upload.track_id is not None
        tx.announce(OneOfManyDrafted(upload.id) if is_draft else SoundReplaced(upload.id, file.track_id))


def _resting(r: Reader, file: File) -> Upload | None:
    """Return the upload of a file that was not there when it was to be heard, and waits for it to be seen again."""
    upload = None if file.upload_id is None else uploads.get(r, file.upload_id)
    return upload if upload is not None and upload.state == uploads.State.RECEIVED else None


def _retell(tx: Tx, terms: Terms, file: File, found: Found, reading: Reading) -> str:
    """Take over what the tags say now, and return it for the next time."""
    track = tracks.find(tx, file.track_id)
    if track is None:  # it never became one, or was deleted
        return retell.write(_told(found, reading, ""))
    now = _told(found, reading, track.artist_name)
    if file.told is not None:
        if reading.picture is not None:
            terms.analyst.pictures.note(tx, reading.picture)
        others = partial(_told_of_release, tx, track.release_id, file.id)
        retell.retell(tx, track.id, retell.read(file.told), now, others)
    return retell.write(now)


def _told_of_release(r: Reader, release_id: str | None, but: str) -> list[Tags]:
    """Return what the other files of a release say, of those that were read since all of it is remembered."""
    told = [retell.read(text).tags for text in files.told_of_release(r, release_id or "", but)]
    return [tags for tags in told if tags is not None]


def _told(found: Found, reading: Reading, artist_name: str) -> Told:
    return Told(
        analyse.describe(guess.name_of(found.path), reading, artist_name), dataclasses.replace(reading.tags, cover=None)
    )
