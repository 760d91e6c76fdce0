"""What tests of every part begin with: a folder, a migrated database, a pool, a disk that is soon full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from mediaserver.base import migrate, paths
from mediaserver.base.db import Database, open_database
from mediaserver.base.paths import DataFolder
from mediaserver.base.pool import Pool
from tests import nursery, warm

# The programs that tests start again and again are compiled once, whatever the surroundings say.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""
sys.dont_write_bytecode = False

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
PLAYERS = ("tests/browser/", "tests/clients/")


class Sharing(LoadScopeScheduling):
    """Keeps files whole where several processes share the tests, and lets one of them have all that drive a player."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "players" if path.startswith(PLAYERS) else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    nursery.close()
    warm.close()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return paths.prepare(tmp_path / "data")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty database with the full schema, made once."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    migrate.migrate(path, migrate.load(MIGRATIONS))
    return path.read_bytes()


@pytest.fixture
async def db(folder: DataFolder, migrated: bytes) -> AsyncIterator[Database]:
    folder.database.write_bytes(migrated)
    database = await open_database(folder.database)
    yield database
    await database.close()


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(2)
    yield pool
    pool.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("making a small disk needs the right to mount one")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
