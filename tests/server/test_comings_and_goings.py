"""Whatever people do to their music, in whatever order, nobody sees what is not for them and nothing is lost.

Random sequences of all that doors can have done are made in a database of their own. After each step, what is in the
tables is read plainly and held against what every query and every question of rights answers.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from mediaserver.accounts import accounts, follows, policy
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock, ids
from mediaserver.base.db import Database, Tx
from mediaserver.base.errors import NotFound, Problem
from mediaserver.catalog import artists, deleted, history, pictures, publishing, releases, slugs, tracks
from mediaserver.catalog.changes.artist_changes import ArtistChanges
from mediaserver.catalog.changes.release_changes import Place, ReleaseChanges
from mediaserver.catalog.changes.track_changes import TrackChanges
from mediaserver.catalog.details import details
from mediaserver.catalog.details.said import SAID
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.pictures import Picture
from mediaserver.catalog.sounds import presence, sounds, versions
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import VISIBILITIES, Description
from mediaserver.ingest import removal
from mediaserver.ingest.arrivals.quotas import Quota
from mediaserver.ingest.uploads import Uploads
from mediaserver.server import lifecycle, sight

Row = dict[str, Any]
Deed = Callable[["World", Account | None], None]
DAYS = 3
STEPS, MANY = 120, 6
SOUND = Sound("", 1234, "wav", "pcm_s16le", 1, 16, 1_411_200, 44100, 2, 66150, -9.5, 3.0, -1.0)
TITLES = ("One", "Two", "one!")
NAMES = ("Ann", "Anna", "The Bees")


class World:
    """A catalogue, the people who come to it, and a clock that stands still between steps."""

    now = 1_700_000_000_000

    def __init__(self, connection: sqlite3.Connection, store: Uploads, seed: int) -> None:
        self.tx = Tx(connection)
        self.store = store
        self.chance = random.Random(seed)
        self.known: dict[str, set[tuple[str, str, str]]] = {}  # every kind, page and slug that a thing ever had
        self.ids = {name: accounts.add(self.tx, name, role, "").id for name, role in PEOPLE.items()}
        for number in range(4):
            sounds.add(self.tx, replace(SOUND, original=f"{number}" * 64))
        for mark in "ab":
            pictures.add(self.tx, Picture(mark * 64, "image/png", 1, 1, "#000000"))
        for owner in ("ann", "ann", "bob"):
            artists.add(self.tx, self.ids[owner], f"{owner} {self.chance.random()}")

    def do(self, deed: Deed, somebody: Account | None) -> str | None:
        """Have it done, wholly or not at all; return why not."""
        self.tx.run("SAVEPOINT step")
        try:
            deed(self, somebody)
        except Problem as problem:
            self.tx.run("ROLLBACK TO step")
            return problem.detail
        finally:
            self.tx.run("RELEASE step")
        return None

    def people(self) -> list[Account | None]:
        return [None, *(accounts.by_id(self.tx, each) for each in self.ids.values())]

    def person(self) -> Account | None:
        """Mostly one of those who have music here."""
        name = self.chance.choice(("ann", "ann", "ann", "ann", "root", "root", "bob", "fan", None))
        return accounts.by_id(self.tx, self.ids[name]) if name else None

    def rows(self, table: str) -> list[Row]:
        rows: list[Row] = self.tx.all(dict, f"SELECT * FROM {table} ORDER BY id")
        return rows

    def any(self, table: str, *, gone: bool = False) -> Row:
        """One that is there, or one that is deleted; nothing in the database where there is none."""
        found = [each for each in self.rows(table) if (each.get("deleted_at") is not None) == gone]
        return self.chance.choice(found) if found else {"id": ids.new()}

    def thing(self, *, gone: bool = False) -> tuple[str, str]:
        kind = self.chance.choice(("track", "track", "release"))
        return kind, self.any(f"{kind}s", gone=gone)["id"]


PEOPLE = {"ann": "creator", "bob": "creator", "fan": "listener", "root": "admin"}


# What can be done. Each takes the world and who does it.
def publish(world: World, somebody: Account | None) -> None:
    own = [each for each in world.rows("artists") if somebody and each["owner_id"] == somebody.id]
    if not own or len(world.rows("tracks")) > MANY:
        return
    chance, artist = world.chance, world.chance.choice(own)
    told = Description(chance.choice(TITLES), artist["name"], release=chance.choice(("Album", "Other", None)))
    original, picture = chance.choice("0123") * 64, chance.choice(("a" * 64, None))
    visibility = chance.choice(VISIBILITIES)
    track_id = tracks.add(world.tx, artist["id"], original, replace(told, picture=picture), visibility)
    history.note(world.tx, somebody and somebody.id, history.UPLOAD, "track", track_id)
    if chance.random() < 0.8:
        tracks.make_ready(world.tx, track_id)


def change_track(world: World, somebody: Account | None) -> None:
    chance = world.chance
    changes: Row = {}
    if chance.random() < 0.4:
        changes["title"] = chance.choice(TITLES)
    if chance.random() < 0.4:
        changes["visibility"] = chance.choice(VISIBILITIES)
    if chance.random() < 0.4:
        changes["release"] = chance.choice(("Album", "New", None, world.any("releases")["id"]))
    if chance.random() < 0.3:
        changes["artist"] = chance.choice((*NAMES, world.any("artists")["id"]))
    if chance.random() < 0.2:
        changes["artists"] = (chance.choice(NAMES),)
    named = [world.any("tracks")["id"] for _ in range(chance.choice((1, 1, 2)))]
    lifecycle.change_tracks(world.tx, somebody, named, TrackChanges(**changes))


def change_release(world: World, somebody: Account | None) -> None:
    chance, release = world.chance, world.any("releases")
    changes: Row = {}
    if chance.random() < 0.4:
        changes["title"] = chance.choice(TITLES)
    if chance.random() < 0.5:
        changes["visibility"] = chance.choice(VISIBILITIES)
    if chance.random() < 0.5:
        changes["artist"] = chance.choice((*NAMES, world.any("artists")["id"]))
    if chance.random() < 0.3:
        changes["date"] = chance.choice(("1999", "2001-02", None))
    if chance.random() < 0.2:
        changes["downloads"] = chance.choice(("none", "all"))
    if chance.random() < 0.2:
        on_it = [each["id"] for each in world.rows("tracks") if each["release_id"] == release["id"]]
        changes["tracks"] = tuple(Place(each, 1, number) for number, each in enumerate(on_it, 1))
    lifecycle.change_release(world.tx, somebody, release["id"], ReleaseChanges(**changes))


def rename_artist(world: World, somebody: Account | None) -> None:
    artist_id = world.any("artists")["id"]
    lifecycle.change_artist(world.tx, somebody, artist_id, ArtistChanges(name=world.chance.choice(NAMES)))


def set_picture(world: World, somebody: Account | None) -> None:
    kind, thing_id = world.thing()
    picture = world.chance.choice(("a" * 64, "b" * 64, None))
    with lifecycle.noting(world.tx, somebody, kind, [thing_id]):
        (tracks if kind == "track" else releases).set_picture(world.tx, thing_id, picture)


def delete(world: World, somebody: Account | None) -> None:
    lifecycle.delete(world.tx, somebody, *world.thing(), DAYS)


def restore(world: World, somebody: Account | None) -> None:
    kind, thing_id = world.thing(gone=True)
    was = len([each for each in world.rows("tracks") if each["deleted_at"]])
    promised = deleted.get(world.tx, kind, thing_id).tracks
    lifecycle.restore(world.tx, somebody, kind, thing_id)
    assert was - len([each for each in world.rows("tracks") if each["deleted_at"]]) == promised


def remove(world: World, somebody: Account | None) -> None:
    lifecycle.remove(world.tx, somebody, *world.thing(gone=True))


def schedule(world: World, somebody: Account | None) -> None:
    moment = world.chance.choice((None, world.now + clock.HOUR, world.now + clock.DAY, world.now - 1))
    lifecycle.schedule(world.tx, somebody, *world.thing(), moment)


def wait(world: World, somebody: Account | None) -> None:
    World.now += world.chance.choice((clock.HOUR, clock.DAY))
    publishing.publish_due(world.tx)
    while late := deleted.over(world.tx, 2):
        for thing in late:
            removal.remove_late(world.tx, thing)


def follow(world: World, somebody: Account | None) -> None:
    lifecycle.follow(world.tx, somebody, world.any("artists")["id"], follows_now=world.chance.random() < 0.7)


def block(world: World, somebody: Account | None) -> None:
    blocks = world.chance.random() < 0.5
    lifecycle.block(world.tx, somebody, world.any("artists")["id"], world.ids["fan"], blocks=blocks)


def replace_sound(world: World, somebody: Account | None) -> None:
    track_id, original = world.any("tracks")["id"], world.chance.choice("0123") * 64
    replacer, _ = lifecycle.require(world.tx, somebody, policy.Action.EDIT, "track", track_id)
    versions.replace(world.tx, track_id, original, replacer.id)
    history.note(world.tx, replacer.id, history.REPLACE, "track", track_id)


def restore_version(world: World, somebody: Account | None) -> None:
    wanted = world.any("tracks")["id"], world.chance.choice((1, 2))
    lifecycle.restore_version(world.tx, world.store, somebody, *wanted)


def lose(world: World, somebody: Account | None) -> None:
    presence.lose(world.tx, world.any("tracks")["id"])


def regain(world: World, somebody: Account | None) -> None:
    track = world.any("tracks")
    if track.get("state") == "missing":
        presence.regain(world.tx, track["id"])


DEEDS: list[Deed] = [
    *(publish, publish, change_track, change_track, change_release, change_release, change_release, rename_artist),
    *(set_picture, delete, delete, restore, restore, restore, remove, schedule, schedule, wait, follow, follow, block),
    *(replace_sound, restore_version, lose, regain),
]


# What must be so after each step.
def edits(somebody: Account | None, owner_id: str) -> bool:
    return somebody is not None and (somebody.role == "admin" or somebody.id == owner_id)


def audience(thing: Row) -> str:
    return "private" if thing["publish_at"] is not None else str(thing["visibility"])


def is_for(world: World, somebody: Account | None, thing: Row) -> bool:
    """Said by itself, from the tables alone: the thing is there, and for this person."""
    if thing["deleted_at"] is not None:
        return False
    follows_it = somebody is not None and world.tx.value(
        "SELECT 1 FROM follows WHERE account_id = :who AND artist_id = :artist AND blocked_at IS NULL",
        who=somebody.id,
        artist=thing["artist_id"],
    )
    open_to_it = audience(thing) in ("public", "unlisted") or (audience(thing) == "followers" and follows_it)
    return edits(somebody, owner_of(world, thing)) or (bool(open_to_it) and thing.get("state") != "processing")


def owner_of(world: World, thing: Row) -> str:
    return str(world.tx.value("SELECT owner_id FROM artists WHERE id = :id", id=thing["artist_id"]))


def shown_of(world: World, somebody: Account | None, release: Row) -> list[str] | None:
    """The tracks of a release that somebody is shown on its page; None where there is no such page for them."""
    if not is_for(world, somebody, release):
        return None
    on_it = [each for each in world.rows("tracks") if each["release_id"] == release["id"] and not each["deleted_at"]]
    if edits(somebody, owner_of(world, release)):
        return [each["id"] for each in on_it]
    fit = ("public", "followers", "unlisted") if release["visibility"] == "unlisted" else ("public", "followers")
    ready = [each for each in on_it if each["state"] == "ready" and audience(each) in fit]
    return [each["id"] for each in ready if is_for(world, somebody, each)] or None


def works(unit: Callable[..., Any], *args: Any) -> Any:
    """What it returns, or None where there is nothing for who asks."""
    try:
        return unit(*args) or True
    except NotFound:
        return None


def check_sight(world: World) -> None:
    tx, people = world.tx, world.people()
    all_tracks, all_releases = world.rows("tracks"), world.rows("releases")
    pages = {(who and who.id, each["id"]): shown_of(world, who, each) for who in people for each in all_releases}
    # What downloads carry, whoever has them.
    albums = {each["id"]: details.tags(tx, each["id"]).album for each in all_tracks if not each["deleted_at"]}
    for somebody in people:
        me = somebody and somebody.id
        for row in all_tracks:
            track = tracks.find(tx, row["id"])
            seen = track is not None and works(sight.require_track, somebody, track) is not None
            assert seen == is_for(world, somebody, row), (me, row)
            if track is None or not seen:
                continue
            on_page = row["release_id"] is not None and pages[me, row["release_id"]] is not None
            assert sight.may_see_release(tx, somebody, track) == on_page, (me, row)
            own = tracks.own_picture(tx, track.id)
            assert track.picture == own or is_for(world, somebody, release_of(world, row)), (me, row)
            assert albums[track.id] is None or is_for(world, somebody, release_of(world, row)), (me, row)
        for row in all_releases:
            release = releases.find(tx, row["id"])
            found = release and works(sight.tracks_of, tx, somebody, release)
            shown = None if not found else [] if found is True else [each.id for each in found]
            expected = pages[me, row["id"]]
            assert (shown and sorted(shown)) == (expected and sorted(expected)), (me, row)


def release_of(world: World, track: Row) -> Row:
    (release,) = [each for each in world.rows("releases") if each["id"] == track["release_id"]]
    return release


def check_lists(world: World) -> None:
    tx, chance = world.tx, world.chance
    listed = [each for each in world.rows("tracks") if is_for(world, None, each) and audience(each) == "public"]
    ready = sorted((each["came_out_at"], each["id"]) for each in listed if each["state"] == "ready")
    assert [each.id for each in tracks.newest(tx, 500)] == [each for _, each in reversed(ready)]
    somebody = chance.choice(world.people())
    for artist in world.rows("artists"):
        hidden, follows_it = edits(somebody, artist["owner_id"]), policy.follows(somebody, artist["id"])
        shown = tracks.of_artist(tx, artist["id"], 500, hidden=hidden, follows=follows_it)
        mine = [each for each in world.rows("tracks") if each["artist_id"] == artist["id"]]
        told = [each["id"] for each in mine if is_for(world, somebody, each) and (hidden or is_listed(each))]
        assert [each.id for each in shown] == sorted(told, reverse=True)
        together = releases.of_artist(tx, artist["id"], 1000, hidden=hidden, follows=follows_it)
        for release in together:
            assert works(sight.tracks_of, tx, somebody, release) is not None
        assert follows.count(tx, artist["id"]) == tx.value(
            "SELECT count(*) FROM follows WHERE artist_id = :id AND blocked_at IS NULL", id=artist["id"]
        )
    for release in releases.newest(tx, 500):
        assert works(sight.tracks_of, tx, None, release) is not None


def is_listed(track: Row) -> bool:
    return track["state"] == "ready" and audience(track) in ("public", "followers")


def check_addresses(world: World) -> None:
    """Everything has a slug of its own, and every slug that it ever had leads to it for as long as it is."""
    tx = world.tx
    current = [("artist", "", each) for each in world.rows("artists")]
    current += [(kind, each["artist_id"], each) for kind in ("track", "release") for each in world.rows(f"{kind}s")]
    for kind, page, thing in current:
        world.known.setdefault(thing["id"], set()).add((kind, page, thing["slug"]))
    held = [(kind, page, thing["slug"]) for kind, page, thing in current]
    assert len(held) == len(set(held))
    there = {thing["id"] for _, _, thing in current}
    for thing_id, addresses in world.known.items():
        for address in addresses:
            assert (slugs.find(tx, *address) == thing_id) == (thing_id in there), (address, thing_id)
    assert set(tx.column("SELECT thing_id FROM slugs")) <= there


def check_nothing_is_lost(world: World) -> None:
    tx = world.tx
    all_releases = {each["id"]: each for each in world.rows("releases")}
    for track in world.rows("tracks"):
        release = all_releases[track["release_id"]] if track["release_id"] else None
        assert release is None or track["deleted_at"] or not release["deleted_at"], track
        assert release is None or release["artist_id"] == track["artist_id"], track
    for somebody in filter(None, world.people()):
        found = deleted.of_account(tx, somebody.id, 500)
        assert len({each.id for each in found}) == len(found)
        for kind, table in (("track", "tracks"), ("release", "releases")):
            theirs = [
                each
                for each in world.rows(table)
                if each["deleted_at"] and somebody.id in (each["deleted_by"], owner_of(world, each))
            ]
            named = {each.id for each in found if each.kind == kind}
            assert named <= {each["id"] for each in theirs}
            if kind == "release":
                assert named == {each["id"] for each in theirs}
            else:
                with_release = sum(each.tracks for each in found if each.kind == "release")
                assert len(named) + with_release >= len(theirs)
    assert all_releases.keys() == {each["release_id"] for each in world.rows("tracks")} - {None}, "an empty release"


Snapshot = dict[tuple[str, str], Row]


def snapshot(world: World) -> Snapshot:
    """What is said of everything that is there, and how it stands."""
    found: Snapshot = {}
    for kind, look in SAID.items():
        for row in world.rows(f"{kind}s"):
            said = {} if row.get("deleted_at") else look(world.tx, row["id"])
            # A release's or an artist's own name is told in its own history.
            said |= {"release_title": row["release_id"]} if "release_title" in said else {}
            said |= {"artist_name": row["artist_id"]} if "artist_name" in said else {}
            found[kind, row["id"]] = {name: row.get(name) for name in STANDS} | said
            found[kind, row["id"]]["owner"] = row.get("owner_id") or owner_of(world, row)
    return found


def check_what_was_done(world: World, before: Snapshot, since: str, somebody: Account | None, deed: Deed) -> None:
    """Whatever is other than before is so by who may do it, and was noted, for itself or for its release."""
    after = snapshot(world)
    noted = world.tx.all(Noted, "SELECT thing_id, action, change FROM history WHERE id > :since", since=since)
    for key, was in before.items():
        now = after.get(key)
        if now == was:
            continue
        assert deed in BY_ITSELF or edits(somebody, was["owner"]) or edits(somebody, was["deleted_by"]), (key, was)
        own = [each for each in noted if each.thing_id == key[1]]
        acts = {each.action for each in own}
        if now is None or was["deleted_at"] != now["deleted_at"]:
            along = {each.action for each in noted if was["release_id"] == each.thing_id or key[0] == "release"}
            assert (acts | along) & {"delete", "restore", "remove"}, (key, was, now)
        elif was["deleted_at"] is None:
            told = {name for each in own for name in msgspec.json.decode(each.change)} | TOLD_OTHERWISE
            told |= {"original"} if "replace" in acts else set()
            told |= {"publish_at"} if "publish" in acts else set()
            told |= {"artists"} if "credited" in told else set()  # which may be the one name of them now
            told |= {"release_title"} if "artist_name" in told else set()  # another release, of the same title
            told |= {"picture"} if key[0] == "release" else set()  # the first track that has one gives it
            other = {name for name in was if was[name] != now.get(name)}
            assert other <= told, (key, {name: (was[name], now[name]) for name in other - told})


STANDS = ("deleted_at", "deleted_by", "publish_at", "original", "release_id", "artist_id")
TOLD_OTHERWISE = {"release_id", "artist_id", "owner"}  # by their names
BY_ITSELF = (wait, lose, regain)


class Noted(NamedTuple):
    thing_id: str
    action: str
    change: str


@pytest.fixture
def empty(tmp_path: Path, migrated: bytes) -> Iterator[sqlite3.Connection]:
    (tmp_path / "m.db").write_bytes(migrated)
    with closing(sqlite3.connect(tmp_path / "m.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")
        yield connection


@pytest.fixture
def store(db: Database, tmp_path: Path) -> Uploads:
    """Where the files of all sounds but one are."""
    originals = Originals(tmp_path / "originals", 1)
    for number in range(3):
        path = originals.path(f"{number}" * 64)
        path.parent.mkdir(parents=True)
        path.touch()
    return Uploads(db, originals, Quota(), lambda: None)


@pytest.mark.parametrize("seed", range(6))
async def test_nobody_sees_what_is_not_for_them_and_nothing_is_lost(
    empty: sqlite3.Connection, store: Uploads, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: World.now)
    world = World(empty, store, seed)
    for _ in range(STEPS):
        somebody, deed = world.person(), world.chance.choice(DEEDS)
        World.now += world.chance.choice((1, 5))
        before, since = snapshot(world), world.tx.value("SELECT max(id) FROM history") or ""
        sentence = world.do(deed, somebody)
        print(somebody.name if somebody else "somebody", deed.__name__, sentence or "")  # shown where a walk ends badly
        check_sight(world)
        check_lists(world)
        check_addresses(world)
        check_nothing_is_lost(world)
        check_what_was_done(world, before, since, somebody, deed)
