"""The settings: one frozen value, read once, handed to whoever needs a part of it.

A default is overruled by the file, the file by the environment, the environment by a flag. Every setting has the same
name in all of them; an unknown one refuses to start.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediaserver.base import kinds
from mediaserver.base.errors import Unusable
from mediaserver.base.kinds import Kind, Network

_PREFIX = "MEDIASERVER_"
_LONGEST = 80  # characters of a wrong value that are shown
_DAYS = kinds.count(1, 36_500, "DAYS")


def _setting(default: Any, kind: Kind, help: str) -> Any:
    return dataclasses.field(default=default, metadata={"kind": kind, "help": help})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of an instance. Sizes are bytes, durations are in the unit that the name says."""

    data: Path = _setting(Path("mediaserver-data"), kinds.FOLDER, "folder that holds everything the server keeps")
    host: str = _setting("127.0.0.1", kinds.HOST, "address to listen on; 0.0.0.0 for every network")
    port: int = _setting(8040, kinds.count(0, 65535, "PORT"), "TCP port to listen on; 0 for any that is free")
    public_url: str = _setting("", kinds.ADDRESS, "address at which people reach the server, behind a proxy")
    trusted_proxies: tuple[Network, ...] = _setting(
        (), kinds.NETWORKS, "addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    delivery_hosts: tuple[str, ...] = _setting(
        (), kinds.HOSTS, "addresses of caches before this server that players fetch sound from; with several, the best"
    )
    site_name: str = _setting("mediaserver", kinds.TEXT, "the site's name, as pages show it")
    site_words: str = _setting("", kinds.TEXT, "the site's own words on its first page (Markdown)")
    upload_limit: int = _setting(2 * 2**30, kinds.size(1), "largest recording that is taken")
    account_quota: int = _setting(0, kinds.size(), "room on disk for one account's recordings; 0 for any amount")
    account_uploads: int = _setting(0, kinds.count(), "recordings that one account may have; 0 for any number")
    uploads_at_once: int = _setting(
        16, kinds.count(), "uploads of one account that may be under way at a time, more get a 429; 0 for any number"
    )
    unfinished_days: int = _setting(7, _DAYS, "days for which an upload that was cut off can go on")
    cache_size: int = _setting(10 * 2**30, kinds.size(), "room on disk for segments; the least recently used go first")
    memory_cache_size: int = _setting(
        64 * 2**20, kinds.size(), "room in memory for the segments that are asked for most"
    )
    artwork_cache_size: int = _setting(
        2**30, kinds.size(), "room on disk for artwork in the sizes of pages; the least recently used go first"
    )
    workers: int = _setting(0, kinds.count(0, 256), "threads that encode for listeners; 0 for one a core")
    queue_limit: int = _setting(
        256, kinds.count(1), "pieces of work that may wait for a thread; what comes then gets a 503"
    )
    waiting_limit: int = _setting(
        32, kinds.count(), "segments that one address may be waiting for at once, more get a 429; 0 for any number"
    )
    session_days: int = _setting(30, _DAYS, "days after which somebody who did not come back is signed out")
    ticket_minutes: int = _setting(
        360, kinds.count(1, 525_600, "MINUTES"), "minutes for which a private track's address plays"
    )
    grace_days: int = _setting(
        30, kinds.count(0, 36_500, "DAYS"), "days for which what was deleted is kept and can be had back"
    )
    log_level: str = _setting("info", kinds.LEVEL, f"how much is logged: {', '.join(kinds.LEVELS)}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people see it."""

    name: str
    help: str
    kind: Kind
    default: Any

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
        table = tomllib.loads(file.expanduser().read_text(encoding="utf-8-sig"))  # some editors begin with a mark
    except OSError as error:
        raise Unusable(f"The configuration file {file} cannot be read: {error.strerror}.") from None
    except RuntimeError as error:  # nobody has the home that a "~" names
        raise Unusable(f"The configuration file {file} cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise Unusable(f"The configuration file {file} is not a text in UTF-8. Please save it as one.") from None
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"The configuration file {file} is not valid TOML: {error}.") from None
    for name in table:
        if name not in SETTINGS:
            raise Unusable(f'"{name}" in {file} is not a setting. `mediaserver config` lists those that are.')
    return {name: _text_of(SETTINGS[name], value, str(file)) for name, value in table.items()}


def _text_of(setting: Setting, value: object, source: str) -> str:
    """Return a value of a file as a text like those of flags. Raises Unusable where its type is not the setting's."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(setting.default, int):
        return str(value)
    if isinstance(value, list) and isinstance(setting.default, tuple) and all(isinstance(each, str) for each in value):
        return ",".join(value)
    raise Unusable(
        f"{source}: {setting.name} is to be written like this: {setting.name} = {setting.kind.write(setting.default)}."
    )


def _parse(setting: Setting, text: str, source: str) -> Any:
    try:
        return setting.kind.parse(text)
    except ValueError as error:
        shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
        raise Unusable(f'{source}: "{shown}" does not fit {setting.name}, which takes {error}.') from None
