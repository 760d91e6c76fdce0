"""The packager: answers for everything below /hls/: what a ticket opens, as playlists and pieces."""

from __future__ import annotations

from mediaserver.base.errors import NotFound
from mediaserver.media import timeline
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.ahead import ReadAhead
from mediaserver.streaming.segments import Segments
from mediaserver.streaming.shelf import NOT_HERE, Shelf, Title
from mediaserver.streaming.tickets import PUBLIC, Tickets


class Packager:
    """Raises NotFound for whatever the ticket does not open."""

    def __init__(self, shelf: Shelf, tickets: Tickets, segments: Segments, ahead: ReadAhead) -> None:
        self._shelf = shelf
        self._tickets = tickets
        self._segments = segments
        self._ahead = ahead

    async def master(self, ticket: str, track_id: str, codecs: frozenset[str] = frozenset()) -> str:
        """Return the master playlist of a track for a player of these codecs, or for any if none is stated."""
        title = await self._open(ticket, track_id)
        return manifests.write_master(title.version, offers.playable(offers.offered(title.source), codecs))

    async def playlist(self, ticket: str, track_id: str, version: str, rendition: str) -> str:
        """Return the playlist of one rung."""
        title = await self._open(ticket, track_id, version)
        return manifests.write_media(timeline.of(title.original, offers.find(title.source, rendition)))

    async def piece(
        self, ticket: str, track_id: str, version: str, rendition: str, name: str, listener: str = ""
    ) -> bytes:
        """Return a rung's initialisation or one of its segments, as `Segments.piece` does, and read ahead of it."""
        title = await self._open(ticket, track_id, version)
        data = await self._segments.piece(title, rendition, name, listener)
        self._ahead.follow(listener, title, rendition, name)
        return data

    def at_hand(self, ticket: str, track_id: str, version: str, rendition: str, name: str) -> bytes | None:
        """Return a piece of a public track that is in the cache, where nothing is left to be read ahead.

        It waits for nothing, so that a door may answer at once; what it returns is what `piece` would.
        """
        title = self._shelf.at_hand(track_id) if ticket == PUBLIC else None
        if title is None or title.source.visibility == "private" or title.version != version:
            return None
        if (data := self._segments.find(title, rendition, name)) is None:
            return None
        return data if self._ahead.is_done(title, rendition, name) else None

    async def _open(self, ticket: str, track_id: str, version: str | None = None) -> Title:
        grant = self._tickets.check(ticket, track_id)
        title = await self._shelf.title(track_id)
        hidden = title.source.visibility == "private" and grant.account_id is None
        if hidden or (version is not None and version != title.version):
            raise NotFound(NOT_HERE)
        return title


def is_open_to_all(ticket: str) -> bool:
    """Tell whether what lies behind this ticket may be kept by caches that many share."""
    return ticket == PUBLIC
