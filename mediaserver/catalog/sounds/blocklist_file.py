"""A block list as a file, to be handed from one server to another: JSON, each fingerprint in base 64."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Literal

import msgspec

from mediaserver.base import clock, decoders
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Conflict, Invalid, Malformed
from mediaserver.catalog.sounds import blocklist
from mediaserver.catalog.sounds.blocklist import Blocked
from mediaserver.media.hearing import fingerprint

FORMAT = "mediaserver-blocklist"
LARGEST = 64 * 2**20
"""Bytes that such a file may have: some 7,000 recordings of four minutes."""
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A refused sound as it is written down; `fingerprint` is base 64 of its words, `version` its algorithm's."""

    title: str
    artist: str
    reason: str
    fingerprint: str
    version: int
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole file."""

    items: list[Entry]
    format: Literal["mediaserver-blocklist"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file that was read in: how many entries are new, and how many were there already."""

    added: int
    known: int


def write(r: Reader) -> bytes:
    """Return the whole list as a file."""
    entries: list[Entry] = []
    page = blocklist.newest(r, _PAGE)
    while page:
        entries += map(_entry, page)
        page = blocklist.newest(r, _PAGE, page[-1].id)
    return msgspec.json.format(msgspec.json.encode({"format": FORMAT, "items": entries}), indent=1) + b"\n"


def read(data: bytes) -> list[Entry]:
    """Return the entries of a file. Raises Malformed for what is no JSON, Invalid for what is no such list."""
    try:
        return decoders.from_json(data, Sheet).items
    except msgspec.ValidationError as error:
        raise Invalid(f"This is not a block list that was exported by a mediaserver: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("This file is not valid JSON, so it is not a block list.") from None


def take_in(tx: Tx, entries: list[Entry]) -> Taken:
    """Add what is not known yet: all of it, or nothing where an entry cannot be read. Raises Invalid."""
    added = 0
    for entry in entries:
        try:
            blocklist.add(tx, _words(entry), entry.title, entry.artist, entry.reason)
            added += 1
        except Conflict:
            continue
        except Invalid as problem:
            raise Invalid(f'The entry "{entry.title[:80]}" cannot be taken in: {problem}') from None
    return Taken(added, len(entries) - added)


def _entry(block: Blocked) -> Entry:
    words = b64encode(block.words).decode()
    return Entry(block.title, block.artist, block.reason, words, block.version, clock.rfc3339(block.created_at))


def _words(entry: Entry) -> bytes:
    if entry.version != fingerprint.VERSION:
        raise Invalid(f"Its fingerprint is of version {entry.version}, and this server's are {fingerprint.VERSION}.")
    try:
        return b64decode(entry.fingerprint, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("Its fingerprint is not base 64.") from None
