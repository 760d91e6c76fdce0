from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mediaserver.base.errors import Unusable
from mediaserver.base.migrate import Migration, load, migrate

FIRST = Migration(1, "0001_notes", "-- Notes.\nCREATE TABLE notes (\n    id INTEGER, -- a; b\n    text TEXT\n);\n")
SECOND = Migration(2, "0002_pages", "CREATE TABLE pages (id INTEGER);\nCREATE INDEX pages_by_id ON pages (id);\n")
BROKEN = Migration(2, "0002_broken", "CREATE TABLE pages (id INTEGER);\nCREATE TABLE notes (id INTEGER);\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def tables(path: Path) -> set[str]:
    with opened(path) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_only_what_is_missing_is_applied(path: Path) -> None:
    assert migrate(path, [FIRST]) == 1
    assert migrate(path, [FIRST, SECOND]) == 1
    assert migrate(path, [FIRST, SECOND]) == 0
    assert tables(path) == {"migrations", "notes", "pages"}


def test_a_copy_is_made_before_anything_changes(path: Path) -> None:
    migrate(path, [FIRST])
    assert list(path.parent.glob("*.db")) == [path]
    with opened(path) as connection:
        connection.execute("INSERT INTO notes VALUES (1, 'kept')")
        connection.commit()
    migrate(path, [FIRST, SECOND])
    copy = path.with_name("some.before-0002.db")
    assert tables(copy) == {"migrations", "notes"}
    with opened(copy) as connection:
        assert connection.execute("SELECT * FROM notes").fetchall() == [(1, "kept")]


def test_a_failing_migration_leaves_the_database_as_it_was(path: Path) -> None:
    migrate(path, [FIRST])
    with pytest.raises(Unusable, match="table notes already exists"):
        migrate(path, [FIRST, BROKEN])
    assert tables(path) == {"migrations", "notes"}
    assert migrate(path, [FIRST, SECOND]) == 1


def test_a_newer_database_is_refused(path: Path) -> None:
    migrate(path, [FIRST, SECOND])
    before = path.read_bytes()
    with pytest.raises(Unusable, match="newer mediaserver") as refused:
        migrate(path, [FIRST])
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == before


def test_an_edited_migration_is_refused(path: Path) -> None:
    migrate(path, [FIRST])
    edited = Migration(1, FIRST.name, FIRST.sql.replace("text", "words"))
    with pytest.raises(Unusable, match="another form of migration 0001"):
        migrate(path, [edited, SECOND])
    assert tables(path) == {"migrations", "notes"}


def test_what_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(Unusable, match="not a database"):
        migrate(path, [FIRST])
    assert path.read_bytes() == b"Dear diary, " * 1000


def test_a_last_statement_without_its_semicolon_is_not_lost(path: Path) -> None:
    migrate(path, [Migration(1, "0001_x", "CREATE TABLE a (id INTEGER);\nCREATE TABLE b (id INTEGER)\n-- the end\n")])
    assert tables(path) == {"migrations", "a", "b"}


def test_a_comment_at_the_end_is_no_statement(path: Path) -> None:
    assert migrate(path, [Migration(1, "0001_x", "CREATE TABLE a (id INTEGER);\n-- the end\n\n")]) == 1
    assert tables(path) == {"migrations", "a"}


def test_programs_that_start_at_once_do_not_trip_over_each_other(path: Path) -> None:
    many = [Migration(number, f"{number:04}_t", f"CREATE TABLE t{number} (id INTEGER);\n") for number in range(1, 21)]
    with ThreadPoolExecutor(4) as threads:
        for count in (10, 20):
            applied = list(threads.map(lambda _, count=count: migrate(path, many[:count]), range(4)))
            assert sorted(applied) == [0, 0, 0, 10]
    assert len(tables(path)) == 21
    assert len(tables(path.with_name("some.before-0011.db"))) == 11


def test_migrations_are_read_in_order_and_by_their_form(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.sql", "notes.txt", "0003.sql", "0003_c.sql~", "3_d.sql"):
        (tmp_path / name).write_text(f"-- {name}", encoding="utf-8")
    assert [(m.number, m.name, m.sql) for m in load(tmp_path)] == [
        (1, "0001_a", "-- 0001_a.sql"),
        (2, "0002_b", "-- 0002_b.sql"),
    ]


@pytest.mark.parametrize("name", ["notes", "pages"])
def test_a_table_that_somebody_dropped_is_missed(path: Path, name: str) -> None:
    migrate(path, [FIRST, SECOND])
    with opened(path) as connection:
        connection.execute("CREATE TABLE of_somebody_else (id INTEGER)")
        assert migrate(path, [FIRST, SECOND]) == 0, "what is there beside ours is no harm"
        connection.execute(f"DROP TABLE {name}")
    with pytest.raises(Unusable, match=f"has lost what it had in {name}. Please restore a backup.$"):
        migrate(path, [FIRST, SECOND])
