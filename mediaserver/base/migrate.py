"""Bring the database's schema up to date: numbered SQL files, forward only, each in one transaction.

A file that was applied is never edited (its checksum is kept), the database is copied before anything changes, and a
database that is newer than this program is refused. No data is ever dropped here.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mediaserver.base import clock
from mediaserver.base.errors import Unusable

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_LEDGER = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of statements."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load(folder: Path) -> list[Migration]:
    """Read the migrations in `folder`, in order."""
    files = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return [Migration(int(path.name[:4]), path.stem, path.read_text(encoding="utf-8")) for path in files]


def migrate(database: Path, migrations: list[Migration]) -> int:
    """Apply to the file `database` what it lacks; return how many were applied.

    Raises Unusable for a database that is newer than the program, that was changed by other migrations, that has lost
    tables, or that is not a database; it is left as it was.
    """
    if database.exists() and not os.access(database, os.W_OK):  # SQLite would read it, and fail at the first change
        raise Unusable(f"The database {database} cannot be written. Run as the owner of its folder.")
    try:
        with _turn(database), closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
            existed = database.stat().st_size > 0
            # Kept in the file: connections that open it at the same time would refuse each other the switch.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_LEDGER)
            connection.executescript("BEGIN IMMEDIATE; ROLLBACK")  # fails now, not later, if its log cannot be written
            missing = _missing(connection, migrations, database)
            if missing and existed:
                _copy(connection, database, missing[0].number)
            for migration in missing:
                _apply(connection, migration)
            _require_tables(connection, migrations, database)
            return len(missing)
    except (sqlite3.DatabaseError, OSError) as error:
        raise Unusable(f"The database {database} cannot be brought up to date: {error}.") from error


@contextmanager
def _turn(database: Path) -> Iterator[None]:
    """Have programs that start at the same time wait for each other, copies included."""
    with database.with_name("migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _missing(connection: sqlite3.Connection, migrations: list[Migration], database: Path) -> list[Migration]:
    applied = dict(connection.execute("SELECT number, checksum FROM migrations").fetchall())
    known = {migration.number: migration.checksum for migration in migrations}
    if applied.keys() - known.keys():
        raise Unusable(
            f"The database {database} was made by a newer mediaserver (its schema is {max(applied)}, this program "
            f"knows {max(known)}). Please run the newer program, or restore a backup."
        )
    for number, checksum in applied.items():
        if known[number] != checksum:
            raise Unusable(f"{database} was made with another form of migration {number:04}. Please restore a backup.")
    return [migration for migration in migrations if migration.number not in applied]


def _copy(connection: sqlite3.Connection, database: Path, number: int) -> None:
    copy = database.with_name(f"{database.stem}.before-{number:04}.db")
    copy.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(copy),))


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(migration.sql):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
            (migration.number, migration.name, migration.checksum, clock.now()),
        )
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _require_tables(connection: sqlite3.Connection, migrations: list[Migration], database: Path) -> None:
    """Raise Unusable where a table is gone that migrations made, as after somebody's own work on the file."""
    with closing(sqlite3.connect(":memory:")) as whole:
        for migration in migrations:
            whole.executescript(migration.sql)
        gone = sorted(_tables(whole) - _tables(connection))
    if gone:
        raise Unusable(f"The database {database} has lost what it had in {', '.join(gone)}. Please restore a backup.")


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _statements(sql: str) -> Iterator[str]:
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement  # a last one without its semicolon, or a comment
