"""`mediaserver import`: takes recordings in beside a running server, or alone, and shows how far it has come."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base.config import Config
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid
from mediaserver.base.paths import Lock
from mediaserver.ingest import folders
from mediaserver.ingest.folders import Report
from mediaserver.ingest.uploads import Wishes

_WIDTH = 30
_LOOK = 0.05  # seconds


async def run(config: Config, paths: list[Path], artist: str | None, owner: str | None, visibility: str) -> int:
    """Import `paths`; return 0 when everything became a track, 1 when something was refused."""
    wishes = Wishes(visibility=visibility, artist=artist, by_tags=True)
    async with AsyncExitStack() as stack:
        instance = await stack.enter_async_context(app.open_instance(config))
        services = instance.services
        lock = Lock(services.folder.import_lock, shared=True)
        while not lock.acquire():  # noqa: ASYNC110 - a server that is just starting sweeps, for a moment
            await asyncio.sleep(_LOOK)
        stack.callback(lock.release)
        account = await services.db.read(_owner, owner)
        await stack.enter_async_context(app.working(instance))
        report = await folders.import_paths(services.db, services.uploads, account, paths, wishes, _show)
    _summarise(report)
    return 1 if report.refused else 0


def _owner(r: Reader, name: str | None) -> Account:
    if name is not None:
        return accounts.named(r, name)
    admin = accounts.first_admin(r)
    if admin is None:
        raise Invalid("There is no administrator yet. Make one first: mediaserver user add NAME --role admin.")
    return admin


def _show(report: Report) -> None:
    if sys.stderr.isatty():
        filled = _WIDTH * report.done // max(1, report.found)
        bar = "█" * filled + "·" * (_WIDTH - filled)
        print(f"\r{bar} {report.done} of {report.found}", end="", file=sys.stderr, flush=True)


def _summarise(report: Report) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for name, problem in report.refused:
        print(f"{name}: {problem}", file=sys.stderr)
    print(f"{report.ready} imported, {report.known} there already, {len(report.refused)} refused.")
