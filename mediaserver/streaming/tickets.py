"""A ticket: the right to play one track for a while, written into the address and signed, so that no segment needs
the database to be let out. A public track's ticket is one word for everybody, which any cache can share."""

from __future__ import annotations

from typing import NamedTuple

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.crypto import Signer
from mediaserver.base.errors import NotFound
from mediaserver.catalog.tracks import Track

PUBLIC = "public"
OVER = "This address does not play any more. Please open the track's page again."
_PURPOSE = "ticket"
_ROUNDING = 5 * clock.MINUTE  # one listener's pages give the same address for a while, so that it is cached


class Ticket(NamedTuple):
    """What stands in the address, and when it ends (milliseconds); the public one does not."""

    text: str
    ends_at: int | None


class Tickets:
    """Mints tickets for those who were found entitled, and checks them."""

    def __init__(self, signer: Signer, minutes: int) -> None:
        self._signer = signer
        self._valid = minutes * clock.MINUTE

    def issue(self, track: Track, account: Account | None) -> Ticket:
        """Return a ticket for somebody who may hear the track.

        Any ticket of the same track and account that has not ended may stand in the place of another.
        """
        if policy.is_open(track.visibility) or account is None:
            return Ticket(PUBLIC, None)
        end = (clock.now() + self._valid) // _ROUNDING * _ROUNDING + _ROUNDING
        signature = self._signer.sign(_PURPOSE, f"{track.id} {account.id} {end:x}")
        return Ticket(f"{account.id}.{end:x}.{signature}", end)

    def check(self, ticket: str, track_id: str) -> str | None:
        """Return the account that the ticket was issued to, None for the public one; NotFound for a false or old one.

        What it says was true when it was issued: whether it still is, `standing` knows.
        """
        if ticket == PUBLIC:
            return None
        account_id, _, rest = ticket.partition(".")
        end, _, signature = rest.partition(".")
        if not self._signer.verify(_PURPOSE, f"{track_id} {account_id} {end}", signature):
            raise NotFound(OVER)
        if int(end, 16) < clock.now():
            raise NotFound(OVER)
        return account_id


def is_open_to_all(ticket: str) -> bool:
    """Tell whether what lies behind this ticket may be kept by caches that many share."""
    return ticket == PUBLIC


def address(track_id: str, ticket: str) -> str:
    """Return the address of a track's master playlist."""
    return f"/hls/{ticket}/{track_id}/master.m3u8"
