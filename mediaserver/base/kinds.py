"""Kinds of values that settings have: each is read from a text and written as TOML. It knows no setting by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

_DECIMAL = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_UNITS = _DECIMAL | _BINARY
_SIZE = re.compile(r"(\d{1,20}(?:\.\d{1,20})?)\s*([KMGT]?I?B?)", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"\d{1,20}", re.ASCII)
_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+", re.ASCII)
_MOST_BYTES = 2**63 - 1
Network = IPv4Network | IPv6Network
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how it is read from a text, how it is written as TOML, and what `--help` calls it.

    `parse` raises ValueError with what would have fitted.
    """

    parse: Callable[[str], Any]
    write: Callable[[Any], str]
    word: str


def parse_size(text: str) -> int:
    """Read "500 MB", "2GiB" or a plain number of bytes."""
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].upper() if match else "?"
    unit = unit if unit in _UNITS else unit + "B"
    if match is None or unit not in _UNITS:
        raise ValueError("a size such as 500MB or 20GiB")
    return int(Decimal(match[1]) * _UNITS[unit])


def write_size(size: int) -> str:
    """Write a number of bytes as TOML, in the largest unit of which it is a whole number."""
    unit = next((unit for unit in reversed(_BINARY) if size and size % _BINARY[unit] == 0), None)
    return str(size) if unit is None else f'"{size // _BINARY[unit]}{unit.replace("I", "i")}"'


def parse_count(text: str) -> int:
    """Read a whole number that is not negative."""
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError("a whole number")
    return int(text)


def parse_text(text: str) -> str:
    """Read a text, which must be one that pages can show."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text in UTF-8") from None
    return text


def parse_folder(text: str) -> Path:
    """Read the path of a folder; "" would be the one that the program happens to be called in."""
    if not text or "\0" in text:
        raise ValueError("the path of a folder")
    return Path(text)


def parse_host(text: str) -> str:
    """Read a name or an address to listen on; "" would be every network, which has to be said."""
    if not re.fullmatch(r"[\w.:%-]+", text, re.ASCII):
        raise ValueError("an address or a host name; 0.0.0.0 and :: are every network")
    return text


def parse_level(text: str) -> str:
    """Read a log level's name."""
    if text.lower() not in LEVELS:
        raise ValueError(f"one of {', '.join(LEVELS)}")
    return text.lower()


def parse_address(text: str) -> str:
    """Read the address at which people reach the server; empty means: as the request says."""
    if text and not _ADDRESS.fullmatch(text.rstrip("/")):
        raise ValueError("an address such as https://music.example.org")
    return text.rstrip("/")


def parse_hosts(text: str) -> tuple[str, ...]:
    """Read the base addresses of delivery hosts, separated by commas."""
    hosts = tuple(word.strip().rstrip("/") for word in text.split(",") if word.strip())
    named = {re.sub(r"[^A-Za-z0-9.-]", "-", host.partition("://")[2]) for host in hosts}  # as players are told of them
    if len(named) < len(hosts) or not all(_ADDRESS.fullmatch(host) for host in hosts):
        raise ValueError("different addresses such as https://a.example.org, https://b.example.org")
    return hosts


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks separated by commas."""
    try:
        return tuple(ip_network(word.strip(), strict=False) for word in text.split(",") if word.strip())
    except ValueError:
        raise ValueError("addresses or networks such as 127.0.0.1, 10.0.0.0/8") from None


def _write_text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")  # else JSON's strings are TOML's


def _write_list(values: tuple[object, ...]) -> str:
    return f"[{', '.join(map(_write_text, values))}]"


def size(least: int = 0) -> Kind:
    """Return the kind of a number of bytes, of at least so many."""
    return Kind(_within(parse_size, least, _MOST_BYTES, "a size such as 500MB or 20GiB, of"), write_size, "SIZE")


def count(least: int = 0, most: int = 10**9, word: str = "NUMBER") -> Kind:
    """Return the kind of a whole number between two, both included."""
    return Kind(_within(parse_count, least, most, "a whole number of"), str, word)


def _within(parse: Callable[[str], int], least: int, most: int, what: str) -> Callable[[str], int]:
    def parse_within(text: str) -> int:
        value = parse(text)
        if not least <= value <= most:
            raise ValueError(f"{what} at least {least:,} and at most {most:,}")
        return value

    return parse_within


TEXT = Kind(parse_text, _write_text, "TEXT")
FOLDER = Kind(parse_folder, _write_text, "FOLDER")
HOST = Kind(parse_host, _write_text, "HOST")
ADDRESS = Kind(parse_address, _write_text, "ADDRESS")
HOSTS = Kind(parse_hosts, _write_list, "ADDRESS,...")
NETWORKS = Kind(parse_networks, _write_list, "NETWORK,...")
LEVEL = Kind(parse_level, _write_text, "LEVEL")
