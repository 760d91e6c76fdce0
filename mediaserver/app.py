"""The composition root: builds every service once, wires listeners to facts, and starts and stops what runs."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from socket import gaierror
from typing import Any, TypeVar

import uvloop
from aiohttp import web

from mediaserver.accounts import invitations
from mediaserver.base import crypto, db, files, migrate, paths
from mediaserver.base.cache import FileCache
from mediaserver.base.children import Children
from mediaserver.base.config import Config
from mediaserver.base.crypto import Signer
from mediaserver.base.db import Tx
from mediaserver.base.errors import Unusable
from mediaserver.base.paths import DataFolder, Lock
from mediaserver.base.pool import Pool
from mediaserver.base.terminal import say
from mediaserver.catalog import publishing
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.tracks import TrackChanged
from mediaserver.demo.fill import Filler
from mediaserver.discovery.similar import Similar
from mediaserver.ingest import first_touch
from mediaserver.ingest.analyse import Analyst, OneOfManyDrafted, SoundReplaced, TrackDrafted
from mediaserver.ingest.arrivals.quotas import Quota
from mediaserver.ingest.arrivals.receiver import Receiver
from mediaserver.ingest.first_touch import FirstTouch
from mediaserver.ingest.folders.library import Library
from mediaserver.ingest.folders.runs import any_busy
from mediaserver.ingest.folders.scan import Desk
from mediaserver.ingest.folders.watch import Watcher
from mediaserver.ingest.leavings import Leavings
from mediaserver.ingest.pictures import Pictures
from mediaserver.ingest.recognition import Recognition
from mediaserver.ingest.rehearing import Rehearing, SoundsOutdated
from mediaserver.ingest.removal import Removal
from mediaserver.ingest.uploads import UploadReceived, Uploads
from mediaserver.jobs import jobs
from mediaserver.jobs.jobs import Listener
from mediaserver.jobs.runner import Runner
from mediaserver.jobs.schedule import Chore, Schedule
from mediaserver.server import routes
from mediaserver.server.connection import Connections
from mediaserver.server.services import Services
from mediaserver.server.steering import watching
from mediaserver.streaming.admission import Admission
from mediaserver.streaming.ahead import ReadAhead
from mediaserver.streaming.archives import Archives
from mediaserver.streaming.downloads import Downloads
from mediaserver.streaming.keys import Keys
from mediaserver.streaming.packager import Packager
from mediaserver.streaming.progressive import Progressive
from mediaserver.streaming.runs import Runs
from mediaserver.streaming.segments import Segments
from mediaserver.streaming.shelf import Shelf
from mediaserver.streaming.standing import Standing
from mediaserver.streaming.steering import Steering
from mediaserver.streaming.sums import Sums
from mediaserver.streaming.tickets import Tickets
from mediaserver.streaming.warming import Warmer
from mediaserver.streaming.workshop import Workshop

T = TypeVar("T")
_log = logging.getLogger(__name__)
# Beside the package in a checkout, and inside the executable alike.
_ROOT = Path(__file__).resolve().parent.parent
WEB = _ROOT / "web"
MIGRATIONS = _ROOT / "migrations"
_DRAIN = 3.0  # seconds; aiohttp waits for them twice, before and after it cancels
_SWEEP = 6 * 3600.0  # seconds between looks for files that nothing stands on
_IDLE = 75.0  # seconds for which a connection is kept on which nothing is asked
_READ = 2**18  # bytes of a request that wait for who reads them: fewer stops and starts of an upload than with 64 KiB


@dataclass(frozen=True, slots=True)
class Instance:
    """An opened data folder with all of its services, who works its jobs off, what is done again and again, and who
    watches folders."""

    services: Services
    runner: Runner
    schedule: Schedule
    watcher: Watcher
    rehearing: Rehearing
    leavings: Leavings


@asynccontextmanager
async def open_instance(config: Config) -> AsyncIterator[Instance]:
    """Open the data folder of `config`, bring its database up to date, and close it in order.

    Raises Unusable when the folder or the database cannot be used.
    """
    folder = paths.prepare(config.data)
    await asyncio.to_thread(migrate.migrate, folder.database, migrate.load(MIGRATIONS))
    pool = Pool(config.workers or os.cpu_count() or 1, config.queue_limit)
    children = first_touch.children()
    database = await db.open_database(folder.database)
    try:
        yield await _build(config, folder, database, pool, children)
    finally:
        children.close()
        pool.close()
        await database.close()


async def _build(config: Config, folder: DataFolder, database: db.Database, pool: Pool, children: Children) -> Instance:
    signer = Signer(crypto.load_key(folder.secret))
    originals = Originals(folder.originals, config.upload_limit)
    pictures = Pictures(folder.artwork, FileCache(folder.cache / "artwork", config.artwork_cache_size, 0), pool)
    quota = Quota(config.account_quota, config.account_uploads, config.uploads_at_once)
    uploads = Uploads(database, originals, quota, children.expect)
    receiver = Receiver(database, uploads, originals.arriving, config.upload_limit, config.unfinished_days)
    touch = FirstTouch(children)
    recognition = Recognition(database, pool)
    analyst = Analyst(database, pool, touch, originals, pictures, folder.waveforms, uploads, recognition)
    removal = Removal(database, originals, pictures, folder.waveforms)
    leavings = Leavings(database, originals, pictures, folder.waveforms)
    rehearing = Rehearing(database, pool, touch, originals, folder.waveforms, recognition)
    library = Library(Desk(database, pool, originals, analyst, folder.root.resolve()))
    tickets = Tickets(signer, config.ticket_minutes)
    cache = FileCache(folder.cache / "segments", config.cache_size, config.memory_cache_size)
    workshop = Workshop(pool, config.waiting_limit)
    shelf, segments = Shelf(database, originals), Segments(cache, workshop)
    admission = Admission(tickets, shelf, Standing(database))
    steering = Steering(config.delivery_hosts)
    packager = Packager(admission, segments, ReadAhead(segments), Keys(signer), steering)
    runs = Runs(admission, steering)
    warmer = Warmer(shelf, segments)
    progressive = Progressive(originals, cache, workshop)

    # Who listens to what.
    listeners = [
        Listener("analyse", UploadReceived, analyst.analyse, priority=4, give_up=analyst.give_up),
        Listener("hear", TrackDrafted, analyst.hear, give_up=analyst.give_up),
        Listener("hear-many", OneOfManyDrafted, analyst.hear, priority=7, give_up=analyst.give_up, waits=any_busy),
        Listener("hear-again", SoundReplaced, analyst.hear_again, priority=7, give_up=analyst.give_up),
        Listener("rehear", SoundsOutdated, rehearing.rehear, priority=9),
        Listener("warm", TrackChanged, warmer.warm, priority=9),
    ]
    database.announce_through(jobs.announcer(listeners))
    schedule = Schedule(
        [
            Chore("publish", 1, partial(publishing.let_out, database)),
            Chore("remove", 60, removal.sweep),
            Chore("leavings", _SWEEP, leavings.sweep),
        ]
    )
    runner = Runner(database, Lock(folder.runner_lock), listeners, width=2 * pool.workers)
    services = Services(
        config=config,
        folder=folder,
        db=database,
        pool=pool,
        uploads=uploads,
        library=library,
        receiver=receiver,
        removal=removal,
        pictures=pictures,
        first_touch=touch,
        recognition=recognition,
        tickets=tickets,
        packager=packager,
        runs=runs,
        steering=steering,
        progressive=progressive,
        downloads=Downloads(originals, progressive, cache, workshop),
        archives=Archives(Sums(progressive, cache)),
        cache=cache,
        similar=Similar(database, pool),
    )
    watcher = Watcher(database, library, Lock(folder.watch_lock))
    return Instance(services, runner, schedule, watcher, rehearing, leavings)


def carry_out(config: Config, unit: Callable[[Tx], T], *, anew: bool = False) -> T:
    """Run one unit of work in the data folder of `config`, as `perform` does."""
    return perform(config, lambda services: services.db.write(unit), anew=anew)


def perform(config: Config, work: Callable[[Services], Awaitable[T]], *, anew: bool = False) -> T:
    """Do some work with the services of the data folder of `config`, beside a running server or without one.

    Raises Unusable, unless `anew`, when no instance has begun there yet.
    """

    async def run() -> T:
        async with open_instance(config) as instance:
            return await work(instance.services)

    if not anew:
        paths.require(config.data)
    return uvloop.run(run())


@asynccontextmanager
async def working(instance: Instance) -> AsyncIterator[None]:
    """Work jobs off, and do what is due, for as long as the block lasts."""
    await instance.rehearing.call()
    instance.runner.start()
    instance.schedule.start()
    try:
        yield
    finally:
        await instance.schedule.stop()
        await instance.runner.stop()


@asynccontextmanager
async def watching_folders(instance: Instance) -> AsyncIterator[None]:
    """Take in what changes in the folders that are watched, for as long as the block lasts."""
    instance.watcher.start()
    try:
        yield
    finally:
        await instance.watcher.stop()
        await instance.services.library.stop()


async def until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """Return what `work` gives, or None after SIGTERM or SIGINT: then it is cancelled, and has tidied up."""
    task = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, task)
    with suppress(asyncio.CancelledError):
        return await task
    return None


def _stop(task: asyncio.Task[Any]) -> None:
    if not task.cancelling():  # a second signal does not cut short the tidying up after the first
        task.cancel()


async def serve(config: Config, *, demo: bool) -> None:
    """Serve for ever. Raises Unusable when the address or the folder is taken."""
    _allow_many_connections()
    async with open_instance(config) as instance:
        services = instance.services
        with _alone(services.folder):
            await _sweep(services)
            await asyncio.to_thread(services.cache.open)
            await asyncio.to_thread(services.pictures.open)
            async with (
                _listening(config, services) as address,
                watching(services.steering),
                services.receiver.tending(),
                working(instance),
                watching_folders(instance),
                _filling(services, demo=demo),
            ):
                _keep_for_good()
                await _greet(services, address)
                await asyncio.Event().wait()


def _allow_many_connections() -> None:
    """Lift the limit on open files to what the system allows: each connection is one, and 1024 is the usual limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _keep_for_good() -> None:
    """Take what is there from the start out of the garbage collector's rounds.

    It is never garbage, and a whole round over its 75,000 objects stops every thread for 20 ms or more.
    """
    gc.collect()
    gc.freeze()


class _alone:  # noqa: N801 - reads as a word in `with`
    """Holds the folder against a second server."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._lock = Lock(folder.server_lock)

    def __enter__(self) -> None:
        if not self._lock.acquire():
            raise Unusable(f"Another server is running on {self._folder.root}. Stop it first, or name another --data.")

    def __exit__(self, *error: object) -> None:
        self._lock.release()


async def _sweep(services: Services) -> None:
    """Remove what a killed process left behind, unless an import is at work."""
    folder = services.folder
    importing = Lock(folder.import_lock)
    if not importing.acquire():
        return
    try:
        for place in (folder.originals, folder.artwork, folder.waveforms, folder.cache):
            await asyncio.to_thread(files.sweep, place)
    finally:
        importing.release()


@asynccontextmanager
async def _listening(config: Config, services: Services) -> AsyncIterator[str]:
    runner = Connections(
        routes.application(services, WEB),
        services.packager,
        access_log=None,
        shutdown_timeout=_DRAIN,
        handler_cancellation=True,
        read_bufsize=_READ,
        keepalive_timeout=_IDLE,
    )
    await runner.setup()
    try:
        await _listen(config, runner)
        yield _address(config, runner)
    finally:
        await runner.cleanup()


async def _listen(config: Config, runner: web.AppRunner) -> None:
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except (OSError, UnicodeError) as error:
        place = f"{config.host} port {config.port}"
        raise Unusable(f"Cannot listen on {place}: {_reason(error)}. Choose another by --host or --port.") from None


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "no host can have that name"
    if isinstance(error, gaierror) or error.errno is None:
        return error.strerror or str(error)
    return "it is in use" if error.errno == errno.EADDRINUSE else os.strerror(error.errno)


def _address(config: Config, runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    if config.public_url:
        return config.public_url
    shown = "localhost" if ip_address(host).is_unspecified else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


@asynccontextmanager
async def _filling(services: Services, *, demo: bool) -> AsyncIterator[None]:
    """Put the demo album in where it is asked for; the block begins when its first piece can be played."""
    if not demo:
        yield
        return
    ready = asyncio.Event()
    filler = Filler(services.db, services.pool, services.uploads, services.pictures)
    task = asyncio.create_task(filler.fill(ready), name="demo")
    task.add_done_callback(_note_failure)
    try:
        await ready.wait()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _note_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("%s failed", task.get_name(), exc_info=error)


async def _greet(services: Services, address: str) -> None:
    """Print where the server is, and how the first administrator comes in."""
    token = await services.db.write(invitations.invite_first)
    say(f"mediaserver is at {address}/")
    if token:
        say(f"Make the first administrator at {address}/setup/{token}")
