"""History: who did what to what, and when. It outlives what it tells of, and nothing is ever changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mediaserver.base import clock, ids
from mediaserver.base.db import Reader, Tx

UPLOAD, CHANGE, PUBLISH, REPLACE, MERGE, DELETE, RESTORE, REMOVE = (
    "upload", "change", "publish", "replace", "merge", "delete", "restore", "remove",
)  # fmt: skip
_TITLES = {
    "track": "SELECT title FROM tracks WHERE id = :id",
    "release": "SELECT title FROM releases WHERE id = :id",
    "artist": "SELECT name FROM artists WHERE id = :id",
}
_LONGEST = 200  # characters of a value in words; the whole is in the JSON
_LAST = "~"  # sorts after every id


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did; `who` is None for the server itself."""

    id: str
    happened_at: int
    who: str | None
    action: str
    thing_kind: str
    thing_id: str
    title: str
    words: str
    change: str

    @property
    def told(self) -> Any:
        """The change as it was noted."""
        return msgspec.json.decode(self.change)


def note(
    tx: Tx, account_id: str | None, action: str, thing_kind: str, thing_id: str, change: Mapping[str, Any] | None = None
) -> None:
    """Write down that an account (None: the server) did something to a track, a release or an artist that is there.

    `change` tells what is other: of each field the new value, or the old and the new one as a pair.
    """
    change = change or {}
    tx.run(
        "INSERT INTO history (id, happened_at, account_id, action, thing_kind, thing_id, title, words, change)"
        " VALUES (:id, :now, :account_id, :action, :thing_kind, :thing_id, :title, :words, :change)",
        id=ids.new(),
        now=clock.now(),
        account_id=account_id,
        action=action,
        thing_kind=thing_kind,
        thing_id=thing_id,
        title=tx.value(_TITLES[thing_kind], id=thing_id) or "",
        words="; ".join(_say(name, value) for name, value in change.items()),
        change=msgspec.json.encode(change).decode(),
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields of which the values differ, each with the old and the new one."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}


def of_thing(r: Reader, thing_id: str, limit: int, before: str | None = None) -> list[Entry]:
    """Return what was done to a thing, the last first; `before` is the id at which the page before ended."""
    return r.all(
        Entry,
        f"{_SELECT} WHERE h.thing_id = :thing_id AND h.id < :before ORDER BY h.id DESC LIMIT :limit",
        thing_id=thing_id,
        before=before or _LAST,
        limit=limit,
    )


def everything(r: Reader, limit: int, before: str | None = None) -> list[Entry]:
    """Return what was done at all, as `of_thing` does."""
    return r.all(
        Entry,
        f"{_SELECT} WHERE h.id < :before ORDER BY h.id DESC LIMIT :limit",
        before=before or _LAST,
        limit=limit,
    )


def _say(name: str, value: Any) -> str:
    field = name.replace("_", " ")
    if isinstance(value, tuple):
        old, new = value
        return f"{field}: {_show(old)} → {_show(new)}"
    return f"{field}: {_show(value)}"


def _show(value: Any) -> str:
    if value is None or value in ("", []):
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_SELECT = (
    "SELECT h.id, h.happened_at, a.display_name AS who, h.action, h.thing_kind, h.thing_id, h.title, h.words, h.change"
    " FROM history h LEFT JOIN accounts a ON a.id = h.account_id"
)
