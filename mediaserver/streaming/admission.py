"""Admission: what a ticket opens, asked before anything below /hls/ is handed out.

It brings together the ticket, the track as it is now, and the standing of whoever the ticket was made for.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.accounts import policy
from mediaserver.base.errors import NotFound
from mediaserver.streaming.shelf import NOT_HERE, Shelf, Title
from mediaserver.streaming.standing import Standing
from mediaserver.streaming.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Opened:
    """A title and the ticket that opened it; where it is `locked`, its segments go out encrypted.

    So it is behind every ticket but the public one, even once the track is for everybody: no address means two things.
    """

    title: Title
    ticket: str
    locked: bool


class Admission:
    """Raises NotFound for whatever a ticket does not open, whatever the reason is."""

    def __init__(self, tickets: Tickets, shelf: Shelf, standing: Standing) -> None:
        self._tickets = tickets
        self._shelf = shelf
        self._standing = standing

    async def open(self, ticket: str, track_id: str, version: str | None = None) -> Opened:
        """Return what the ticket opens, of that version where one is named."""
        account_id = self._tickets.check(ticket, track_id)
        title = (await self._shelf.title(track_id)).of_version(version)
        if title is None:
            raise NotFound(NOT_HERE)
        if account_id is None:
            allowed = policy.is_open(title.source.visibility)
        else:
            allowed = await self._standing.may_hear(account_id, title.source)
        if not allowed:
            raise NotFound(NOT_HERE)
        return Opened(title, ticket, locked=account_id is not None)

    def at_hand(self, track_id: str, version: str) -> Title | None:
        """Return what the public ticket opens, where that takes no reading."""
        known = self._shelf.at_hand(track_id)
        title = known and known.of_version(version)
        return title if title is not None and policy.is_open(title.source.visibility) else None
