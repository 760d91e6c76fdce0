from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediaserver.base.db import Database, Reader, Tx, open_database
from mediaserver.base.errors import Invalid, NotFound, StorageFull, TooBusy, Unusable
from tests.running import PATIENCE

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Note:
    id: int
    text: str


@dataclass(frozen=True)
class Noted:
    id: int


@dataclass(frozen=True)
class Other:
    id: int


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(tmp_path / "notes.db")
    await database.write(lambda tx: tx.run("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"))
    await database.write(lambda tx: tx.run("CREATE TABLE facts (fact TEXT NOT NULL)"))
    yield database
    await database.close()


def note(tx: Tx, id: int, text: str = "") -> int:
    tx.run("INSERT INTO notes (id, text) VALUES (:id, :text)", id=id, text=text)
    tx.announce(Noted(id))
    return id


def note_and_raise(tx: Tx, id: int, error: BaseException) -> None:
    note(tx, id)
    raise error


def all_ids(r: Reader) -> list[int]:
    return r.column("SELECT id FROM notes ORDER BY id")


def all_facts(r: Reader) -> list[str]:
    return r.column("SELECT fact FROM facts")


def write_down(tx: Tx, facts: list[object]) -> None:
    for fact in facts:
        tx.run("INSERT INTO facts (fact) VALUES (:fact)", fact=repr(fact))


@contextmanager
def locked_elsewhere(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate()


# Reading


async def test_rows_come_as_the_kind_that_is_asked_for(notes: Database) -> None:
    await notes.write(note, 1, "one")
    await notes.write(note, 2, "two")
    select = "SELECT id, text FROM notes WHERE id >= :least ORDER BY id"
    assert await notes.read(lambda r: r.all(Note, select, least=1)) == [Note(1, "one"), Note(2, "two")]
    assert await notes.read(lambda r: list(r.each(Note, select, least=2))) == [Note(2, "two")]
    assert await notes.read(lambda r: r.one(Note, select, least=1)) == Note(1, "one")
    assert await notes.read(lambda r: r.one(Note, select, least=3)) is None
    assert await notes.read(lambda r: r.column(select, least=1)) == [1, 2]
    assert await notes.read(lambda r: r.value("SELECT text FROM notes WHERE id = :id", id=2)) == "two"
    assert await notes.read(lambda r: r.value("SELECT text FROM notes WHERE id = :id", id=3)) is None


@pytest.mark.parametrize(
    ("wanted", "found"), [([], []), ([2], [2]), ((3, 1), [1, 3]), (list(range(2, 1000)), [2, 3]), ([9], [])]
)
async def test_a_list_is_one_parameter(notes: Database, wanted: list[int], found: list[int]) -> None:
    for number in (1, 2, 3):
        await notes.write(note, number)
    select = "SELECT id FROM notes WHERE id IN (:wanted*) AND id <> :not ORDER BY id"
    assert await notes.read(lambda r: r.column(select, wanted=wanted, **{"not": -1})) == found


async def test_two_lists_whose_names_begin_alike_do_not_mix(notes: Database) -> None:
    for number in (1, 2, 3, 4):
        await notes.write(note, number)
    select = "SELECT id FROM notes WHERE id IN (:id*) OR id IN (:ids*) ORDER BY id"
    assert await notes.read(lambda r: r.column(select, id=[1], ids=[3, 4])) == [1, 3, 4]


async def test_a_reader_cannot_write(notes: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await notes.read(lambda r: r.column("INSERT INTO notes (id, text) VALUES (1, '') RETURNING id"))
    assert await notes.read(all_ids) == []


async def test_a_unit_of_reading_sees_one_state_while_others_write(notes: Database) -> None:
    await notes.write(note, 1)
    begun, go_on = threading.Event(), threading.Event()

    def look_twice(r: Reader) -> tuple[list[int], list[int]]:
        before = all_ids(r)
        begun.set()
        assert go_on.wait(PATIENCE)
        return before, all_ids(r)

    looking = asyncio.create_task(notes.read(look_twice))
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    await notes.write(note, 2)
    go_on.set()
    assert await looking == ([1], [1])
    assert await notes.read(all_ids) == [1, 2]


async def test_readers_read_at_the_same_time(notes: Database) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    await asyncio.gather(*(notes.read(lambda r: both.wait()) for _ in range(2)))


async def test_a_reader_serves_the_next_after_an_error(notes: Database) -> None:
    for _ in range(4):
        with pytest.raises(NotFound, match="gone"):
            await notes.read(raiser(NotFound("gone")))
    assert await notes.read(all_ids) == []


# Units


def raiser(error: BaseException) -> Callable[[Reader], None]:
    def unit(r: Reader) -> None:
        raise error

    return unit


async def test_a_raising_unit_undoes_itself_and_nothing_else(notes: Database) -> None:
    asked = [
        notes.write(note_and_raise, number, NotFound("no")) if number % 7 == 3 else notes.write(note, number)
        for number in range(100)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert await notes.read(all_ids) == [number for number in range(100) if number % 7 != 3]
    assert [isinstance(answer, NotFound) for answer in answers] == [number % 7 == 3 for number in range(100)]


async def test_a_broken_constraint_is_its_askers_alone(notes: Database) -> None:
    answers = await asyncio.gather(*(notes.write(note, number) for number in (1, 1, 2)), return_exceptions=True)
    assert answers[0] == 1
    assert isinstance(answers[1], sqlite3.IntegrityError)
    assert answers[2] == 2
    assert await notes.read(all_ids) == [1, 2]


async def test_many_writes_share_few_commits(notes: Database) -> None:
    statements: list[str] = []
    await notes.write(lambda tx: tx._connection.set_trace_callback(statements.append))
    await asyncio.gather(*(notes.write(note, number) for number in range(1000)))
    await notes.write(lambda tx: tx._connection.set_trace_callback(None))
    assert await notes.read(lambda r: r.value("SELECT COUNT(*) FROM notes")) == 1000
    assert 1 <= statements.count("COMMIT") <= 20


async def test_a_write_is_answered_after_its_commit(notes: Database) -> None:
    for number in range(20):
        await notes.write(note, number)
        assert await notes.read(all_ids) == list(range(number + 1))


async def test_an_asker_who_leaves_stops_nobody(notes: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        note(tx, 1)
        started.set()
        assert go_on.wait(PATIENCE)

    first = asyncio.create_task(notes.write(slow))
    assert await asyncio.to_thread(started.wait, PATIENCE)
    queued = asyncio.create_task(notes.write(note, 2))
    await asyncio.sleep(0)
    first.cancel()
    queued.cancel()
    go_on.set()
    await asyncio.gather(first, queued, return_exceptions=True)
    await notes.write(note, 3)
    assert await notes.read(all_ids) == [1, 2, 3]


@pytest.mark.parametrize("error", [StopIteration(), ValueError("odd"), AssertionError()])
async def test_whatever_a_unit_raises_the_database_goes_on(notes: Database, error: BaseException) -> None:
    for ask in (notes.write, notes.read):
        async with asyncio.timeout(PATIENCE):
            with pytest.raises((type(error), RuntimeError)):
                await ask(raiser(error))
    async with asyncio.timeout(PATIENCE):
        await notes.write(note, 1)
        assert await notes.read(all_ids) == [1]


async def test_what_sqlite_cannot_hold_is_said_in_a_sentence(notes: Database) -> None:
    for text in ("\ud800", "a\udcffb"):
        with pytest.raises(Invalid, match="cannot be kept"):
            await notes.write(note, 1, text)
        with pytest.raises(Invalid, match="cannot be kept"):
            await notes.read(lambda r, text=text: r.value("SELECT id FROM notes WHERE text = :text", text=text))
    with pytest.raises(Invalid, match="cannot be kept"):
        await notes.write(note, 2**63)
    await notes.write(note, 1, "nul \0 and 𝄞")
    assert await notes.read(lambda r: r.value("SELECT text FROM notes")) == "nul \0 and 𝄞"


# Facts


async def test_facts_are_handed_over_inside_the_transaction(notes: Database) -> None:
    notes.announce_through(write_down)
    await notes.write(note, 1)
    assert await notes.read(all_facts) == ["Noted(id=1)"]


async def test_facts_are_lost_together_with_their_unit(notes: Database) -> None:
    notes.announce_through(write_down)
    with pytest.raises(NotFound):
        await notes.write(note_and_raise, 1, NotFound("no"))
    assert await notes.read(all_facts) == []


async def test_a_unit_is_lost_together_with_its_announcement(notes: Database) -> None:
    def refuse(tx: Tx, facts: list[object]) -> None:
        write_down(tx, facts)
        raise NotFound("nobody listens")

    notes.announce_through(refuse)
    with pytest.raises(NotFound, match="nobody listens"):
        await notes.write(note, 1)
    assert await notes.read(all_ids) == []
    assert await notes.read(all_facts) == []


async def test_watchers_are_told_of_what_is_committed_and_of_nothing_else(notes: Database) -> None:
    seen: list[Noted] = []
    notes.watch(Noted, seen.append)
    await notes.write(note, 1)
    assert seen == [Noted(1)]
    await notes.write(lambda tx: tx.announce(Other(2)))
    with pytest.raises(NotFound):
        await notes.write(note_and_raise, 3, NotFound("no"))
    assert seen == [Noted(1)]


async def test_watchers_are_not_told_before_the_commit(notes: Database) -> None:
    seen: list[list[int]] = []
    path = await notes.read(lambda r: r.one(lambda **row: row["file"], "PRAGMA database_list"))

    def look(fact: Noted) -> None:
        with sqlite3.connect(path) as other:
            seen.append([row[0] for row in other.execute("SELECT id FROM notes")])
        other.close()

    notes.watch(Noted, look)
    await notes.write(note, 1)
    assert seen == [[1]]


async def test_a_watcher_that_raises_does_not_end_the_database(notes: Database) -> None:
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))

    def stumble(fact: Noted) -> None:
        raise ValueError("a mistake in a watcher")

    notes.watch(Noted, stumble)
    async with asyncio.timeout(PATIENCE):
        assert await notes.write(note, 1) == 1
        assert await notes.write(note, 2) == 2
    assert len(reported) == 2


# What keeps it from writing


def limit_pages(tx: Tx, pages: int) -> None:
    tx.value(f"PRAGMA max_page_count={pages}")


async def test_a_full_disk_is_said_and_then_the_database_goes_on(notes: Database) -> None:
    seen: list[Noted] = []
    notes.watch(Noted, seen.append)
    notes.announce_through(write_down)
    await notes.write(limit_pages, 8)
    asked = [notes.write(note, number, "x" * 3000) for number in range(40)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    full = [answer for answer in answers if isinstance(answer, StorageFull)]
    assert full
    kept = [answer for answer in answers if isinstance(answer, int)]
    assert len(kept) + len(full) == 40
    assert await notes.read(all_ids) == kept
    assert seen == [Noted(number) for number in kept]
    await notes.write(limit_pages, 1000)
    await notes.write(note, 100, "x" * 3000)
    assert await notes.read(all_ids) == [*kept, 100]
    assert await notes.read(all_facts) == [f"Noted(id={number})" for number in [*kept, 100]]


async def test_a_disk_that_is_really_full_is_said_and_then_the_database_goes_on(tiny_disk: Path) -> None:
    database = await open_database(tiny_disk / "notes.db")
    await database.write(lambda tx: tx.run("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"))
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(80_000))
    asked = [database.write(note, number, "x" * 5000) for number in range(100)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert any(isinstance(answer, StorageFull) for answer in answers)
    kept = await database.read(all_ids)
    ballast.unlink()
    await database.write(note, 1000)
    assert await database.read(all_ids) == [*kept, 1000]
    await database.close()


async def test_another_programs_lock_is_said_and_then_the_database_goes_on(notes: Database, tmp_path: Path) -> None:
    await notes.write(lambda tx: tx.value("PRAGMA busy_timeout=20"))
    with locked_elsewhere(tmp_path / "notes.db"):
        answers = await asyncio.gather(*(notes.write(note, number) for number in (1, 2)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [TooBusy, TooBusy]
        assert "busy with another program" in str(answers[0])
        assert await notes.read(all_ids) == []
    await notes.write(note, 3)
    assert await notes.read(all_ids) == [3]


# The end


async def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 4000,)] * 100)
        connection.commit()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2].ljust(len(whole), b"y"))
    damaged = await open_database(path)
    with pytest.raises(Unusable, match=r"^The database cannot be read or written: .*malformed\.$"):
        await damaged.read(lambda r: r.column("SELECT text FROM notes"))
    await damaged.close()


async def test_close_finishes_what_was_asked_for(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "notes.db")
    await database.write(lambda tx: tx.run("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"))
    asked = [asyncio.create_task(database.write(note, number)) for number in range(1200)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*asked) == list(range(1200))
    with sqlite3.connect(tmp_path / "notes.db") as other:
        assert other.execute("SELECT COUNT(*) FROM notes").fetchone() == (1200,)
    other.close()


async def test_a_write_after_the_end_is_refused(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "notes.db")
    await database.close()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ValueError, match="closed"):
            await database.write(lambda tx: None)


async def test_foreign_keys_are_kept(notes: Database) -> None:
    await notes.write(lambda tx: tx.run("CREATE TABLE pages (note INTEGER NOT NULL REFERENCES notes (id))"))
    with pytest.raises(sqlite3.IntegrityError):
        await notes.write(lambda tx: tx.run("INSERT INTO pages (note) VALUES (1)"))
