"""A ticket: the right to play one track for a while, written into the address and signed, so that no segment needs
the database to be let out. A public track's ticket is one word for everybody, which any cache can share."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.crypto import Signer
from mediaserver.base.errors import NotFound
from mediaserver.catalog.tracks import Track

PUBLIC = "public"
_PURPOSE = "ticket"
_ROUNDING = 5 * clock.MINUTE  # one listener's pages give the same address for a while, so that it is cached


@dataclass(frozen=True, slots=True)
class Grant:
    """What a ticket says. `ends_at` is None for the public one, whose right depends on the track alone."""

    track_id: str
    account_id: str | None
    ends_at: int | None


class Tickets:
    """Mints tickets for those who were found entitled, and checks them."""

    def __init__(self, signer: Signer, minutes: int) -> None:
        self._signer = signer
        self._valid = minutes * clock.MINUTE

    def hls(self, track: Track, account: Account | None) -> str:
        """Return the address of a track's master playlist for somebody who may hear it."""
        ticket = PUBLIC if track.visibility != "private" else self._mint(track.id, account)
        return f"/hls/{ticket}/{track.id}/master.m3u8"

    def _mint(self, track_id: str, account: Account | None) -> str:
        end = (clock.now() + self._valid) // _ROUNDING * _ROUNDING + _ROUNDING
        who = account.id if account else ""
        return f"{who}.{end:x}.{self._signer.sign(_PURPOSE, f'{track_id} {who} {end:x}')}"

    def check(self, ticket: str, track_id: str) -> Grant:
        """Return what the ticket grants for that track. Raises NotFound for a false or an old one."""
        if ticket == PUBLIC:
            return Grant(track_id, None, None)
        who, _, rest = ticket.partition(".")
        end, _, signature = rest.partition(".")
        if not self._signer.verify(_PURPOSE, f"{track_id} {who} {end}", signature) or int(end, 16) < clock.now():
            raise NotFound("This address does not play any more. Please open the track's page again.")
        return Grant(track_id, who or None, int(end, 16))
