"""The packager: answers for everything below /hls/: what a ticket opens, as playlists and pieces."""

from __future__ import annotations

from mediaserver.base.errors import NotFound
from mediaserver.media import timeline
from mediaserver.streaming import manifests, offers
from mediaserver.streaming.segments import Segments
from mediaserver.streaming.shelf import NOT_HERE, Shelf, Title
from mediaserver.streaming.tickets import PUBLIC, Tickets


class Packager:
    """Raises NotFound for whatever the ticket does not open."""

    def __init__(self, shelf: Shelf, tickets: Tickets, segments: Segments) -> None:
        self._shelf = shelf
        self._tickets = tickets
        self._segments = segments

    async def master(self, ticket: str, track_id: str, codecs: frozenset[str] = frozenset()) -> str:
        """Return the master playlist of a track for a player of these codecs, or for any if none is stated."""
        title = await self._open(ticket, track_id)
        return manifests.write_master(title.version, offers.playable(offers.offered(title.source), codecs))

    async def playlist(self, ticket: str, track_id: str, version: str, rendition: str) -> str:
        """Return the playlist of one rung."""
        title = await self._open(ticket, track_id, version)
        return manifests.write_media(timeline.of(title.original, offers.find(title.source, rendition)))

    async def piece(self, ticket: str, track_id: str, version: str, rendition: str, name: str) -> bytes:
        """Return a rung's initialisation or one of its segments, as `Segments.piece` does."""
        title = await self._open(ticket, track_id, version)
        return await self._segments.piece(title, rendition, name)

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
