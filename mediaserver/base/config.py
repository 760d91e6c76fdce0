"""The settings: one frozen value, read once, handed to whoever needs a part of it.

A default is overruled by the file, the file by the environment, the environment by a flag. Every setting has the same
name in all of them; an unknown one refuses to start.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from mediaserver.base.errors import Unusable

_PREFIX = "MEDIASERVER_"
_DECIMAL = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_UNITS = _DECIMAL | _BINARY
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?I?B?)", re.IGNORECASE)
Network = IPv4Network | IPv6Network
LEVELS = ("debug", "info", "warning", "error")


def parse_size(text: str) -> int:
    """Read "500 MB", "2GiB" or a plain number of bytes."""
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].upper() if match else "?"
    unit = unit if unit in _UNITS else unit + "B"
    if match is None or unit not in _UNITS:
        raise ValueError("a size such as 500MB or 20GiB")
    return int(Decimal(match[1]) * _UNITS[unit])


def parse_count(text: str) -> int:
    """Read a whole number that is not negative."""
    if not text.strip().isdecimal():
        raise ValueError("a whole number")
    return int(text)


def parse_port(text: str) -> int:
    """Read a TCP port; 0 lets the system choose."""
    if not text.strip().isdecimal() or int(text) > 65535:
        raise ValueError("a port between 0 and 65535")
    return int(text)


def parse_level(text: str) -> str:
    """Read a log level's name."""
    if text.lower() not in LEVELS:
        raise ValueError(f"one of {', '.join(LEVELS)}")
    return text.lower()


def parse_address(text: str) -> str:
    """Read the address at which people reach the server; empty means: as the request says."""
    if text and not re.fullmatch(r"https?://[^/\s]+/?", text):
        raise ValueError("an address such as https://music.example.org")
    return text.rstrip("/")


def parse_hosts(text: str) -> tuple[str, ...]:
    """Read the base addresses of delivery hosts, separated by commas."""
    hosts = tuple(word.strip().rstrip("/") for word in text.split(",") if word.strip())
    named = {re.sub(r"[^A-Za-z0-9.-]", "-", host.partition("://")[2]) for host in hosts}  # as players are told of them
    if len(named) < len(hosts) or not all(re.fullmatch(r"https?://[\w.:\[\]-]+", host, re.ASCII) for host in hosts):
        raise ValueError("different addresses such as https://a.example.org, https://b.example.org")
    return hosts


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks separated by commas."""
    try:
        return tuple(ip_network(word.strip(), strict=False) for word in text.split(",") if word.strip())
    except ValueError:
        raise ValueError("addresses or networks such as 127.0.0.1, 10.0.0.0/8") from None


def _setting(default: Any, parse: Callable[[str], Any], help: str, *, secret: bool = False) -> Any:
    return dataclasses.field(default=default, metadata={"parse": parse, "help": help, "secret": secret})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of an instance. Sizes are bytes, durations are in the unit that the name says."""

    data: Path = _setting(Path("mediaserver-data"), Path, "folder that holds everything the server keeps")
    host: str = _setting("127.0.0.1", str, "address to listen on; 0.0.0.0 for every network")
    port: int = _setting(8040, parse_port, "TCP port to listen on")
    public_url: str = _setting("", parse_address, "address at which people reach the server, behind a proxy")
    trusted_proxies: tuple[Network, ...] = _setting(
        (), parse_networks, "addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    delivery_hosts: tuple[str, ...] = _setting(
        (), parse_hosts, "addresses of caches before this server that players fetch sound from; with several, the best"
    )
    site_name: str = _setting("mediaserver", str, "the site's name, as pages show it")
    site_words: str = _setting("", str, "the site's own words on its first page (Markdown)")
    upload_limit: int = _setting(2 * 2**30, parse_size, "largest recording that is taken")
    account_quota: int = _setting(0, parse_size, "room on disk for one account's recordings; 0 for any amount")
    account_uploads: int = _setting(0, parse_count, "recordings that one account may have; 0 for any number")
    uploads_at_once: int = _setting(
        16, parse_count, "uploads of one account that may be under way at a time, more get a 429; 0 for any number"
    )
    unfinished_days: int = _setting(7, parse_count, "days for which an upload that was cut off can go on")
    cache_size: int = _setting(10 * 2**30, parse_size, "room on disk for segments; the least recently used go first")
    memory_cache_size: int = _setting(64 * 2**20, parse_size, "room in memory for the segments that are asked for most")
    workers: int = _setting(0, parse_count, "threads that encode for listeners; 0 for one a core")
    queue_limit: int = _setting(
        256, parse_count, "pieces of work that may wait for a thread; what comes then gets a 503"
    )
    waiting_limit: int = _setting(
        32, parse_count, "segments that one address may be waiting for at once, more get a 429; 0 for any number"
    )
    session_days: int = _setting(30, parse_count, "days after which somebody who did not come back is signed out")
    ticket_minutes: int = _setting(360, parse_count, "minutes for which a private track's address plays")
    grace_days: int = _setting(30, parse_count, "days for which what was deleted is kept and can be had back")
    log_level: str = _setting("info", parse_level, f"how much is logged: {', '.join(LEVELS)}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people see it."""

    name: str
    help: str
    secret: bool
    default: Any
    parse: Callable[[str], Any]

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The name in the environment."""
        return _PREFIX + self.name.upper()


SETTINGS = {
    field.name: Setting(name=field.name, default=field.default, **field.metadata)
    for field in dataclasses.fields(Config)
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings together with where each came from ("default", a file, a variable or a flag)."""

    config: Config
    sources: Mapping[str, str]


def load(
    flags: Mapping[str, str | None], environment: Mapping[str, str] = os.environ, file: Path | None = None
) -> Loaded:
    """Read the settings; `flags` maps names to texts, None where a flag was not given.

    Raises Unusable for an unknown name or a value that does not fit, naming both and where it stands.
    """
    texts: dict[str, tuple[str, str]] = {}
    if file is not None:
        texts |= {name: (text, str(file)) for name, text in _read_file(file).items()}
    texts |= _read_environment(environment)
    texts |= {name: (text, SETTINGS[name].flag) for name, text in flags.items() if text is not None}
    values = {name: _parse(SETTINGS[name], text, source) for name, (text, source) in texts.items()}
    sources = {name: texts[name][1] if name in texts else "default" for name in SETTINGS}
    return Loaded(Config(**values), sources)


def _read_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = {setting.variable: setting.name for setting in SETTINGS.values()}
    texts = {}
    for variable, text in environment.items():
        if variable in names:
            texts[names[variable]] = (text, variable)
        elif variable.startswith(_PREFIX):
            raise Unusable(f"{variable} is not a setting. `mediaserver config` lists those that are.")
    return texts


def _read_file(file: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unusable(f"The configuration file {file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"The configuration file {file} is not valid TOML: {error}.") from None
    for name in table:
        if name not in SETTINGS:
            raise Unusable(f'"{name}" in {file} is not a setting. `mediaserver config` lists those that are.')
    return {name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in table.items()}


def _parse(setting: Setting, text: str, source: str) -> Any:
    try:
        return setting.parse(text)
    except ValueError as error:
        raise Unusable(f'{source}: "{text}" does not fit {setting.name}, which takes {error}.') from None
