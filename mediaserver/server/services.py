"""What handlers may ask: the services that were built once at the start, under one typed key of the application."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.base.cache import FileCache
from mediaserver.base.config import Config
from mediaserver.base.db import Database
from mediaserver.base.paths import DataFolder
from mediaserver.base.pool import Pool
from mediaserver.discovery.similar import Similar
from mediaserver.ingest.arrivals.receiver import Receiver
from mediaserver.ingest.first_touch import FirstTouch
from mediaserver.ingest.folders.library import Library
from mediaserver.ingest.pictures import Pictures
from mediaserver.ingest.recognition import Recognition
from mediaserver.ingest.removal import Removal
from mediaserver.ingest.uploads import Uploads
from mediaserver.streaming.archives import Archives
from mediaserver.streaming.downloads import Downloads
from mediaserver.streaming.packager import Packager
from mediaserver.streaming.progressive import Progressive
from mediaserver.streaming.runs import Runs
from mediaserver.streaming.steering import Steering
from mediaserver.streaming.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    config: Config
    folder: DataFolder
    db: Database
    pool: Pool
    uploads: Uploads
    library: Library
    receiver: Receiver
    removal: Removal
    pictures: Pictures
    first_touch: FirstTouch
    recognition: Recognition
    tickets: Tickets
    packager: Packager
    runs: Runs
    steering: Steering
    progressive: Progressive
    downloads: Downloads
    archives: Archives
    cache: FileCache
    similar: Similar


SERVICES = web.AppKey("services", Services)
