"""From a file to a track that plays, in two stages: head and tags make a draft of it, hearing it makes it ready.

Every step may be run again; the original is never touched. What cannot become a track ends with one sentence.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from mediaserver.accounts import accounts, policy
from mediaserver.accounts.policy import Action
from mediaserver.base import files as disk
from mediaserver.base.children import Failed
from mediaserver.base.db import Database, Reader, Tx
from mediaserver.base.errors import Conflict, Forbidden, Invalid, NotFound, Problem, StorageFull, Unsupported
from mediaserver.base.pool import Pool, Priority
from mediaserver.catalog import artists, history, tracks
from mediaserver.catalog.details import artist_credits, details
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.sounds import hearings, presence, sounds, versions
from mediaserver.catalog.sounds.hearings import Hearing, Twin
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import Description
from mediaserver.ingest import guess, uploads
from mediaserver.ingest.first_touch import Cover, FirstTouch
from mediaserver.ingest.folders import files, sleeves
from mediaserver.ingest.pictures import Pictures
from mediaserver.ingest.recognition import Recognition, refuse_blocked
from mediaserver.ingest.uploads import State, Upload, UploadReceived, Uploads
from mediaserver.media.analysis import Analysis
from mediaserver.media.hearing import features
from mediaserver.media.probe import Probe
from mediaserver.media.tags.model import Tags

_VARIOUS = "Various Artists"  # as taggers call who stands on a compilation
_log = logging.getLogger(__name__)
_OUR_FAULT = "The server failed at this file. It is not your fault; whoever runs it finds the reason in the log."


@dataclass(frozen=True, slots=True)
class TrackDrafted:
    """A fact: a recording is a track that is yet to be heard."""

    upload_id: str


@dataclass(frozen=True, slots=True)
class OneOfManyDrafted:
    """The same of one that came in with many others, which are heard after those that somebody waits for."""

    upload_id: str


@dataclass(frozen=True, slots=True)
class SoundReplaced:
    """A fact: the file of a track holds another sound now, which is yet to be heard."""

    upload_id: str
    track_id: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says of itself before its sound is decoded."""

    probe: Probe
    tags: Tags
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is known of a file once its sound was heard through."""

    sound: Sound
    hearing: Hearing
    twins: list[Twin] = field(default_factory=list)
    payload: str | None = None  # what tells it apart from its tags, where it is of a file that may get others


class Analyst:
    """Listens for files that were received and makes tracks of them."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        first_touch: FirstTouch,
        originals: Originals,
        pictures: Pictures,
        waveforms: Path,
        uploads: Uploads,
        recognition: Recognition,
    ) -> None:
        self._db = db
        self._pool = pool
        self._first_touch = first_touch
        self._originals = originals
        self.pictures = pictures
        self._waveforms = waveforms
        self._uploads = uploads
        self._recognition = recognition

    async def analyse(self, fact: UploadReceived) -> None:
        """Make a draft of an upload, or write down why not."""
        upload = await self._db.read(uploads.get, fact.upload_id)
        if upload.state in uploads.ENDS:
            return
        try:
            reading = await self._pool.run(Priority.READING, self._read, self._originals.path(upload.original))
            await self._db.write(_draft_and_tell, self.pictures, upload, reading)
        except (Unsupported, Invalid, StorageFull) as problem:  # another attempt would only meet it again
            await self._uploads.refuse(upload, str(problem))

    async def hear(self, fact: TrackDrafted | OneOfManyDrafted) -> None:
        """Let a draft be played once its sound was heard through, or write down why not."""
        upload = await self._db.read(uploads.get, fact.upload_id)
        if upload.state in uploads.ENDS:
            return
        try:
            heard = await self._hear(upload)
            await self._db.write(_finish, upload.id, heard, isinstance(fact, OneOfManyDrafted))
        except NotFound as problem:
            if not await self._db.write(_lose, upload):
                await self._uploads.refuse(upload, str(problem))
        except (Unsupported, Invalid) as problem:
            await self._uploads.refuse(upload, str(problem))
        except StorageFull as problem:
            if isinstance(fact, OneOfManyDrafted):  # nobody waits for it, and its file is not looked at again
                raise
            await self._uploads.refuse(upload, str(problem))
        finally:
            self._uploads.progress.pop(upload.id, None)

    async def hear_again(self, fact: SoundReplaced) -> None:
        """Let a track stand on the other sound that its file holds now; on what it had before while that is none."""
        upload = await self._db.read(uploads.get, fact.upload_id)
        if upload.state in uploads.ENDS:
            return
        try:
            heard = await self._hear(upload)
            before = await self._db.write(_follow_file, upload, fact.track_id, heard)
            if before is not None:  # a file goes when that is certain, and not in a unit that may be undone
                await self._db.write(uploads.drop_unused, self._originals, before)
        except NotFound as problem:
            if not await self._db.write(_rest, self._originals, upload, fact.track_id):
                await self._decline(upload, fact.track_id, str(problem))
        except (Unsupported, Invalid) as problem:
            await self._decline(upload, fact.track_id, str(problem))
        finally:
            self._uploads.progress.pop(upload.id, None)

    async def _decline(self, upload: Upload, track_id: str, problem: str) -> None:
        """Write down why a track does not get the sound that its file holds now, and leave it as it was."""

        def unit(tx: Tx) -> None:
            uploads.fail(tx, self._originals, upload, problem)
            _leave(tx, self._originals, upload.id, track_id)

        await self._db.write(unit)

    async def give_up(self, fact: UploadReceived | TrackDrafted | OneOfManyDrafted | SoundReplaced) -> None:
        """Tell the sender that the server failed at an upload, again and again."""
        upload = await self._db.read(uploads.get, fact.upload_id)
        if isinstance(fact, SoundReplaced):
            await self._decline(upload, fact.track_id, _OUR_FAULT)
        else:
            await self._uploads.refuse(upload, _OUR_FAULT)

    async def _hear(self, upload: Upload) -> _Heard:
        """Return what there is to know of an upload's sound, heard through where that was not done before."""
        heard = await self._db.read(_known, upload.original)
        if heard is None or not waveform_path(self._waveforms, upload.original).exists():
            heard = await self._listen_unless_away(upload)
        twins = await self._recognition.twins(heard.hearing)
        if not await self._db.read(files.holds, upload.original):
            return replace(heard, twins=twins)
        digest = await self.payload(self._originals.path(upload.original))
        return replace(heard, twins=twins, payload=digest)

    async def _listen_unless_away(self, upload: Upload) -> _Heard:
        """Hear an upload through. Raises NotFound, whatever was the matter, when its file is gone by then."""
        try:
            return await self._pool.run(Priority.ANALYSIS, self._listen, upload)
        except (Unsupported, Invalid):
            self._originals.path(upload.original)  # a disk that is taken away makes its files look damaged
            raise

    async def payload(self, path: Path) -> str:
        """Return what tells the sound of a file apart from its tags. Raises Unsupported, Invalid or NotFound."""
        return await self._pool.run(Priority.ANALYSIS, self._first_touch.payload, path)

    def lend_waveform(self, original: str, other: str) -> None:
        """Let another original with the same sound have this one's waveform; blocks."""
        with suppress(FileNotFoundError):
            data = waveform_path(self._waveforms, original).read_bytes()
            disk.write(waveform_path(self._waveforms, other), data)

    def look(self, path: Path) -> Reading | Problem:
        """Return what a file on this machine says of itself, or why it cannot become a track; blocks.

        Where no picture is in it, the one that lies beside it in its folder is taken.
        """
        try:
            reading = self._read(path)
        except (Unsupported, Invalid, NotFound) as problem:
            return problem
        except Failed:  # our mistake, which is no reason to leave all other files
            _log.exception("cannot read %s", path)
            return Invalid(_OUR_FAULT)
        if reading.picture is None and (sleeve := sleeves.beside(path)) is not None:
            return replace(reading, picture=self._sleeve(sleeve))
        return reading

    def _sleeve(self, data: bytes) -> Picture | None:
        """Keep the picture of a folder, which is looked at once for all that lies there."""
        return self.pictures.recent(data) or self._keep_picture(self._first_touch.look_at(data))

    def _read(self, path: Path) -> Reading:
        found = self._first_touch.read(path)
        return Reading(found.probe, found.tags, self._keep_picture(found.cover))

    def _keep_picture(self, cover: Cover | None) -> Picture | None:
        return self.pictures.store(cover.data, cover.seen, cover.colour) if cover else None

    def _listen(self, upload: Upload) -> _Heard:
        path = self._originals.path(upload.original)
        probed = self._first_touch.probe(path)
        heard = self._first_touch.listen(path, partial(self._report, upload.id))
        disk.write(waveform_path(self._waveforms, upload.original), heard.waveform.to_dat())
        return _Heard(_sound(upload, probed, heard), hearing_of(upload.original, heard))

    def _report(self, upload_id: str, progress: float) -> None:
        self._pool.give_way()
        self._uploads.progress[upload_id] = progress


def waveform_path(folder: Path, original: str) -> Path:
    """Return where the waveform of an original is kept."""
    return folder / original[:2] / f"{original}.dat"


def _sound(upload: Upload, probed: Probe, heard: Analysis) -> Sound:
    return Sound(
        original=upload.original,
        bytes=upload.bytes,
        container=probed.container,
        codec=probed.codec,
        lossless=int(probed.lossless),
        bits=probed.bits,
        bitrate=probed.bitrate,
        rate=heard.rate,
        channels=heard.channels,
        samples=heard.samples,
        loudness=heard.loudness.integrated,
        loudness_range=heard.loudness.range,
        true_peak=heard.loudness.true_peak,
    )


def _draft_and_tell(tx: Tx, store: Pictures, upload: Upload, reading: Reading) -> None:
    draft(tx, store, upload, reading)
    tx.announce(TrackDrafted(upload.id))


def draft(tx: Tx, store: Pictures, upload: Upload, reading: Reading) -> str:
    """Keep the draft track of an upload, made only once; return its id, or that of the one whose sound it replaces.

    Raises Gone where the picture was removed since it was read: reading it again helps.
    """
    known = uploads.get(tx, upload.id).track_id
    if known is not None:
        return known
    if upload.wished.replaces is not None:
        uploads.set_state(tx, upload.id, State.ANALYSING)
        return upload.wished.replaces
    if reading.picture is not None:
        store.note(tx, reading.picture)
    wishes = upload.wished
    artist_id, artist_name = _artist(tx, upload, reading.tags)
    described = wishes.description or describe(upload.filename, reading, artist_name)
    track_id = tracks.add(tx, artist_id, upload.original, described, wishes.visibility)
    details.fill(tx, track_id, Tags() if wishes.description else reading.tags)
    uploads.set_track(tx, upload.id, track_id)
    history.note(tx, upload.account_id, history.UPLOAD, "track", track_id, {"file": upload.filename})
    return track_id


def hearing_of(original: str, heard: Analysis) -> Hearing:
    """Return what is kept of an analysis beside the sound's format."""
    return Hearing(original, heard.fingerprint, heard.tempo, heard.key, features.pack(heard.vector))


def _known(r: Reader, original: str) -> _Heard | None:
    """Return what is known of a file that was heard before, by the algorithms of now."""
    sound, hearing = sounds.find(r, original), hearings.find(r, original)
    return _Heard(sound, hearing) if sound is not None and hearing is not None and hearing.vector else None


def _finish(tx: Tx, upload_id: str, heard: _Heard, is_one_of_many: bool) -> None:
    """Keep what was heard; the track may have been taken away meanwhile."""
    _keep(tx, heard)
    upload = uploads.get(tx, upload_id)
    if upload.wished.replaces is not None:
        _stand_in(tx, upload, upload.wished.replaces)
    elif upload.track_id is not None:
        tracks.make_ready(tx, upload.track_id, is_one_of_many=is_one_of_many)
    uploads.set_state(tx, upload_id, State.READY)


def _stand_in(tx: Tx, upload: Upload, track_id: str) -> None:
    """Let the track stand on the upload; one that cannot leaves it as it was. Raises Invalid."""
    try:
        policy.require(accounts.by_id(tx, upload.account_id), Action.EDIT, tracks.get(tx, track_id))
        versions.replace(tx, track_id, upload.original, upload.account_id)
    except (NotFound, Conflict, Forbidden) as problem:
        raise Invalid(str(problem)) from None
    presence.regain(tx, track_id)  # what it stood on may be away; this is here
    uploads.set_track(tx, upload.id, track_id)
    history.note(tx, upload.account_id, history.REPLACE, "track", track_id, {"file": upload.filename})


def _follow_file(tx: Tx, upload: Upload, track_id: str, heard: _Heard) -> str | None:
    """Let the track stand on what its file holds now; return the original before, which may go.

    What somebody sent for the track by hand stays: no change in a folder undoes that.
    """
    _keep(tx, heard)
    if uploads.sent_by_hand(tx, track_id):
        uploads.set_state(tx, upload.id, State.READY)
        return None
    before = presence.set_original(tx, track_id, upload.original)
    if before is not None:
        uploads.set_track(tx, upload.id, track_id)
    uploads.set_state(tx, upload.id, State.READY)
    return before


def _keep(tx: Tx, heard: _Heard) -> None:
    """Keep what was heard. Raises Invalid for what is on the block list."""
    refuse_blocked(tx, heard.hearing)
    sounds.add(tx, heard.sound)
    hearings.keep(tx, heard.hearing)
    hearings.set_twins(tx, heard.hearing.original, heard.twins)
    if heard.payload is not None:
        files.set_payload(tx, heard.sound.original, heard.payload)


def _lose(tx: Tx, upload: Upload) -> bool:
    """Let a file that was left where it is rest until it is seen again; tell whether it is such a one."""
    if not files.miss_upload(tx, upload.id):
        return False
    uploads.set_state(tx, upload.id, State.RECEIVED)
    if upload.track_id is not None:
        presence.lose(tx, upload.track_id, upload.original)
    return True


def _rest(tx: Tx, originals: Originals, upload: Upload, track_id: str) -> bool:
    """The same for a new sound of a track, which is missing meanwhile where what it stood on is gone too."""
    if not files.miss_upload(tx, upload.id):
        return False
    uploads.set_state(tx, upload.id, State.RECEIVED)
    _lose_if_gone(tx, originals, track_id)
    return True


def _leave(tx: Tx, originals: Originals, upload_id: str, track_id: str) -> None:
    """Leave a track as it was before its file got a sound that cannot be taken; none is left that was never heard."""
    track = tracks.find(tx, track_id)
    if track is None:
        return
    waits = uploads.pending(tx, track_id) is not None or files.is_followed(tx, track_id, upload_id)
    if track.state == tracks.State.PROCESSING and not waits:
        tracks.remove(tx, track_id)
        uploads.drop_unused(tx, originals, track.original)
        return
    _lose_if_gone(tx, originals, track_id)


def _lose_if_gone(tx: Tx, originals: Originals, track_id: str) -> None:
    track = tracks.find(tx, track_id)
    if track is None:
        return
    try:
        originals.path(track.original)
    except NotFound:
        presence.lose(tx, track_id)


def _artist(tx: Tx, upload: Upload, read: Tags) -> tuple[str, str]:
    """Return the id and the name of the artist whose page the track goes on."""
    wishes = upload.wished
    if wishes.artist_id is not None:
        artist = artists.standing_for(tx, wishes.artist_id)
        return artist.id, artist.name
    name = wishes.artist or (_page(read) if wishes.by_tags else None)
    if not name:
        # Who goes by the tags may look after many artists, none of whom made a recording that names nobody.
        own = [] if wishes.by_tags else artists.of_owner(tx, upload.account_id)
        if own:
            return own[0].id, own[0].name
        name = tx.value("SELECT display_name FROM accounts WHERE id = :id", id=upload.account_id)
    artist = artists.find_or_add(tx, upload.account_id, name)
    return artist.id, artist.name


def _page(read: Tags) -> str | None:
    """Return the name of the artist whose page the tags put a recording on: the first one where they are kept apart.

    So a guest does not make another artist of the host, and what various artists put together stays together.
    """
    if read.album_artist:
        return _first(read.album_artist, read.album_artists)
    if read.compilation and read.album:
        return _VARIOUS
    return _first(read.artist, read.artists) if read.artist else None


def _first(shown: str, names: tuple[str, ...]) -> str:
    """Return the first of the names, unless they are not those that are shown."""
    return names[0] if names and artist_credits.join_phrases(shown, names) else shown


def describe(filename: str, reading: Reading, artist_name: str) -> Description:
    """Return what a recording's tags say of it, and where they say nothing, the name of its file."""
    read = reading.tags
    guessed = guess.from_filename(filename)
    return Description(
        title=read.title or guessed.title,
        credited=read.artist or artist_name,
        release=read.album,
        disc=read.disc if read.title else guessed.disc,
        number=read.track if read.track is not None or read.title else guessed.number,
        date=read.date,
        genres=read.genres,
        picture=reading.picture.hash if reading.picture else None,
        release_musicbrainz=read.musicbrainz.release,
    )
