from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediaserver.accounts import accounts, follows, sessions, signin
from mediaserver.base import migrate
from mediaserver.base.db import Tx
from mediaserver.base.errors import Unusable
from mediaserver.catalog import (
    artists,
    deleted,
    downloads,
    genres,
    history,
    links,
    pictures,
    publishing,
    releases,
    slugs,
    tracks,
)
from mediaserver.catalog.changes import mergers
from mediaserver.catalog.details import artist_credits, details
from mediaserver.catalog.sounds import blocklist, fingerprints, hearings, presence, sounds, versions
from mediaserver.catalog.tracks import Changes, Description
from mediaserver.ingest.arrivals import arrivals
from mediaserver.ingest.arrivals.arrivals import Order
from mediaserver.ingest.arrivals.quotas import Quota
from mediaserver.ingest.uploads import Wishes
from mediaserver.jobs import jobs
from mediaserver.jobs.jobs import Job, Listener
from mediaserver.media.tags.model import Credit, MusicBrainz, Tags

MIGRATIONS = migrate.load(Path(__file__).resolve().parent.parent / "migrations")
SOUND = sounds.Sound("f" * 64, 1, "wav", "pcm", 1, 16, None, 44100, 2, 44100, -9.0, 1.0, -1.0)


def test_numbers_are_a_row_without_gaps() -> None:
    assert [each.number for each in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_an_empty_database_gets_the_full_schema(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    assert migrate.migrate(path, MIGRATIONS) == len(MIGRATIONS)
    written = set(re.findall(r"^CREATE TABLE (\w+)", "".join(each.sql for each in MIGRATIONS), re.MULTILINE))
    with closing(sqlite3.connect(path)) as connection:
        made = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert made == written | {"migrations"}
    assert {"accounts", "sessions", "tracks", "jobs"} <= made


def test_each_step_is_taken_after_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    for count in range(1, len(MIGRATIONS) + 1):
        assert migrate.migrate(path, MIGRATIONS[:count]) == 1
    copies = {each.name for each in tmp_path.glob("m.before-*.db")}
    assert copies == {f"m.before-{number:04}.db" for number in range(2, len(MIGRATIONS) + 1)}


def test_a_newer_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    migrate.migrate(path, MIGRATIONS)
    with pytest.raises(Unusable, match="newer") as refused:
        migrate.migrate(path, MIGRATIONS[:-1])
    assert "\n" not in str(refused.value)


class Explained(sqlite3.Connection):
    """Writes down how SQLite means to go about each statement."""

    plans: dict[str, list[str]]

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:  # type: ignore[override]
        if sql.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE", "INSERT"}:
            plan = super().execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            self.plans[sql] = [row[3] for row in plan]
        return super().execute(sql, values)


async def nobody(fact: Any) -> None: ...


def use_accounts(tx: Tx) -> None:
    account = accounts.add(tx, "ada", "admin", "hash")
    token = sessions.start(tx, account.id, "", 1)
    for unit in (sessions.who, sessions.is_due, sessions.end):
        unit(tx, token)
    sessions.touch(tx, token, 1)
    accounts.set_password(tx, account.id, "hash")
    signin._throttle(tx, "ada", "::1")
    signin._enter(tx, signin._note_attempt(tx, "ada", "::1"), account, "", 1)


def use_catalog(tx: Tx) -> None:
    owner = accounts.add(tx, "bob", "creator", "hash")
    artist = artists.find_or_add(tx, owner.id, "Artist")
    sounds.add(tx, SOUND)
    sounds.find(tx, SOUND.original)
    pictures.add(tx, pictures.Picture("p", "image/png", 1, 1, "#000000"))
    pictures.get(tx, "p")
    told = Description("Title", "Artist", "Release", genres=("Jazz",), picture="p")
    track_id = tracks.add(tx, artist.id, SOUND.original, told, "public")
    tracks.make_ready(tx, track_id)
    track = tracks.get(tx, track_id)
    assert track.release_id is not None
    artists.by_slug(tx, artist.slug)
    artists.of_owner(tx, owner.id)
    artists.newest(tx, 10)
    releases.by_slug(tx, artist.id, "release")
    releases.newest(tx, 10)
    tracks.by_slug(tx, artist.id, "title")
    tracks.newest(tx, 10)
    tracks.source(tx, track_id)
    tracks.uses(tx, SOUND.original)
    genres.of_track(tx, track_id)
    for hidden in (False, True):
        releases.of_artist(tx, artist.id, 10, hidden=hidden)
        releases.count_of_artist(tx, artist.id, hidden=hidden)
        tracks.of_artist(tx, artist.id, 10, hidden=hidden)
        tracks.of_release(tx, track.release_id, hidden=hidden)
    tracks.change(tx, track_id, Changes("Other", genres=("Folk",)))
    slugs.find(tx, "track", artist.id, "other")
    tracks.remove(tx, track_id)


def use_hearings(tx: Tx) -> None:
    words = np.random.default_rng(1).integers(1, 2**32, 100, np.uint32).tobytes()
    sounds.add(tx, SOUND)
    hearings.keep(tx, hearings.Hearing(SOUND.original, words))
    hearings.find(tx, SOUND.original)
    hearings.outdated(tx)
    hearings.set_twins(tx, SOUND.original, [hearings.Twin("e" * 64, 0.9)])
    hearings.twins(tx, SOUND.original)
    hearings.tracks_alike(tx, SOUND.original, None)
    [found] = fingerprints.candidates(tx, words)
    hearings.of_fingerprint(tx, found.number)
    block = blocklist.add(tx, words, "Title", "Artist", "")
    [found] = fingerprints.candidates(tx, words, blocked=True)
    blocklist.of_fingerprint(tx, found.number)
    blocklist.newest(tx, 10)
    blocklist.remove(tx, block.id)
    hearings.drop(tx, SOUND.original)


def use_details(tx: Tx) -> None:
    owner = accounts.add(tx, "bob", "creator", "hash")
    artist = artists.find_or_add(tx, owner.id, "Artist")
    told = Description("Title", "Artist", "Release", release_musicbrainz="m")
    track_id = tracks.add(tx, artist.id, SOUND.original, told, "public")
    said = Tags(title="Title", artists=("Artist",), credits=(Credit("writer", "A"),), free_tags=("b",), lyrics="c")
    known = MusicBrainz(release="m")
    more = replace(said, album_artist="A", disc_subtitle="B", release_types=("ep",), synced_lyrics=((1, "c"),))
    details.fill(tx, track_id, replace(more, musicbrainz=known))
    details.tags(tx, track_id)
    tracks.appearing(tx, artist, 10, hidden=False)
    tracks.of_owner(tx, owner.id, 10, text="title")
    artist_credits.linked(tx, "track", track_id, owner.id)
    links.set_for_artist(tx, artist.id, [links.Link("https://example.org")])
    links.of_artist(tx, artist.id)
    artists.rename(tx, artist.id, "Other")
    artist_credits.follow_name(tx, artist.id, "Artist", "Other")
    artists.find_or_add(tx, owner.id, "Artist")
    tracks.remove(tx, track_id)


def use_lifecycle(tx: Tx) -> None:
    account = accounts.add(tx, "eve", "creator", "hash")
    artist = artists.find_or_add(tx, account.id, "Artist")
    for original in ("f" * 64, "e" * 64):
        sounds.add(tx, replace(SOUND, original=original))
    track_id = tracks.add(tx, artist.id, SOUND.original, Description("Title", "Artist", "Release"), "public")
    tracks.make_ready(tx, track_id)
    release_id = tracks.get(tx, track_id).release_id
    assert release_id is not None
    follows.add(tx, account.id, artist.id)
    follows.count(tx, artist.id)
    accounts.by_id(tx, account.id)
    follows.remove(tx, account.id, artist.id)
    publishing.schedule_release(tx, release_id, None)
    publishing.some_due(tx)
    publishing.publish_due(tx)
    versions.replace(tx, track_id, "e" * 64, account.id)
    versions.of_track(tx, track_id)
    versions.lingering(tx, track_id)
    history.note(tx, account.id, history.CHANGE, "track", track_id)
    history.of_thing(tx, track_id, 10)
    history.everything(tx, 10)
    deleted.delete_release(tx, release_id, account.id, 0)
    deleted.is_over(tx, deleted.get(tx, "release", release_id))
    deleted.over(tx, 10)
    deleted.restore_release(tx, release_id)
    deleted.delete_track(tx, track_id, account.id, 0)
    deleted.over(tx, 10)
    deleted.restore_track(tx, track_id)
    deleted.delete_release(tx, release_id, account.id, 0)
    deleted.remove(tx, "release", release_id)


def use_moves(tx: Tx) -> None:
    account = accounts.add(tx, "eve", "creator", "hash")
    here, there = (artists.add(tx, account.id, name) for name in ("Here", "There"))
    pictures.add(tx, pictures.Picture("p", "image/png", 1, 1, "#000000"))
    told = Description("Title", "Here", "Release", date="1999", picture="p")
    first, second, third = (tracks.add(tx, here.id, SOUND.original, told, "private") for _ in range(3))
    release_id = tracks.get(tx, first).release_id
    assert release_id is not None
    deleted.delete_track(tx, second, account.id, 0)
    for unit in (releases.move_to_artist, deleted.move_with_release):
        unit(tx, release_id, there.id)
    tracks.move_to_artist(tx, first, there.id)
    deleted.release_of(tx, first)
    deleted.of_account(tx, account.id, 10)
    releases.widen(tx, release_id, "public")
    releases.change(tx, release_id, title="New", date="2000", words="", visibility="public")
    tracks.follow_date(tx, release_id, "1999", "2000")
    downloads.set_for_release(tx, release_id, "all")
    publishing.moments(tx, "release", release_id)
    presence.lose(tx, first)
    presence.regain(tx, first)
    presence.standing_on(tx, [SOUND.original])
    versions.originals(tx, first)
    tracks.own_picture(tx, first)
    tracks.move(tx, third, None)
    releases.drop_if_empty(tx, release_id)
    pictures.drop_unused(tx, "p")
    follows.block(tx, account.id, here.id)
    follows.of_artist(tx, here.id, 10)
    follows.unblock(tx, account.id, here.id)


def use_mergers(tx: Tx) -> None:
    owner = accounts.add(tx, "fay", "creator", "hash")
    artist, into = [artists.find_or_add(tx, owner.id, name) for name in ("Artist", "Other")]
    tracks.add(tx, artist.id, SOUND.original, Description("Title", "Artist", "Release"), "public")
    follows.add(tx, owner.id, artist.id)
    for _ in range(2):
        mergers.merge(tx, artist.id, into.id, owner.id, 1, lambda thing: None)
        follows.join(tx, artist.id, into.id)
        artists.by_slug(tx, artist.slug)
        mergers.restore(tx, artist.id)
        follows.part(tx, artist.id, into.id)
    mergers.merge(tx, artist.id, into.id, owner.id, 1, lambda thing: None)
    deleted.of_account(tx, owner.id, 10)
    deleted.over(tx, 10)
    deleted.remove(tx, "artist", artist.id)
    last = artists.find_or_add(tx, owner.id, "Last")
    deleted.delete_artist(tx, last.id, owner.id, 1)
    deleted.remove(tx, "artist", last.id)


def use_jobs(tx: Tx) -> None:
    jobs.add(tx, Listener("a", dict, nobody), {})
    jobs.some_due(tx)
    job = jobs.claim(tx)
    assert isinstance(job, Job)
    jobs.fail(tx, job, "")
    jobs.requeue_orphans(tx)
    jobs.hand_back(tx)
    jobs.finish(tx, job)


def use_arrivals(tx: Tx) -> None:
    account = accounts.add(tx, "eve", "creator", "hash")
    arrival = arrivals.add(tx, account.id, Order("a.wav", Wishes(), None), 1)
    arrivals.set_length(tx, arrival.id, 5)
    arrivals.note_received(tx, arrival.id, 5, 1)
    for unit in (arrivals.complete, arrivals.overdue, arrivals.coming, arrivals.forget_old):
        unit(tx)
    arrivals.own(tx, account, arrival.id)
    arrivals.unfinished(tx, account.id)
    Quota(1, 1).sentence(tx, account)
    arrivals.expire(tx, arrival.id)
    arrivals.remove(tx, [arrival.id])


@pytest.fixture
def explained(tmp_path: Path) -> Iterator[Explained]:
    migrate.migrate(tmp_path / "m.db", MIGRATIONS)
    with closing(sqlite3.connect(tmp_path / "m.db", factory=Explained, isolation_level=None)) as connection:
        connection.plans = {}
        yield connection


@pytest.mark.parametrize(
    "use",
    [
        *(use_accounts, use_arrivals, use_catalog, use_details, use_hearings),
        *(use_jobs, use_lifecycle, use_mergers, use_moves),
    ],
)
def test_no_hot_query_reads_a_whole_table(explained: Explained, use: Callable[[Tx], None]) -> None:
    use(Tx(explained))
    assert len(explained.plans) > 6
    # Going along an index from one end is no scan of the table where a LIMIT ends it.
    scans = {
        sql: step
        for sql, plan in explained.plans.items()
        for step in plan
        if re.match(r"SCAN (?!CONSTANT ROW)", step) and not ("USING" in step and "LIMIT" in sql)
    }
    assert scans == {}


def test_the_net_catches_a_scan(explained: Explained) -> None:
    explained.execute("SELECT id FROM tracks WHERE title = ?", ("x",))
    assert [step for plan in explained.plans.values() for step in plan] == ["SCAN tracks"]
