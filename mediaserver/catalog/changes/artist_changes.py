"""What may be changed of an artist by those who look after it: its name, its words and its links.

What is not named stays as it is; null takes away what may be missing. Whoever calls says who may do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType

from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid
from mediaserver.catalog import artists, links
from mediaserver.catalog.changes.change import Permit, Text
from mediaserver.catalog.details import artist_credits, normal
from mediaserver.catalog.details.artist_credits import Followed
from mediaserver.catalog.links import Link

_LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistChanges:
    """What is to be other of an artist. A link without a label is called by its host."""

    name: str | UnsetType = UNSET
    words: Text = UNSET
    links: tuple[Link, ...] | UnsetType | None = UNSET


def change_artist(tx: Tx, artist_id: str, changes: ArtistChanges, permit: Permit) -> Followed:
    """Make the changes to an artist; return whose credits went along with its name.

    Credits that say nothing but the old name of the page that they stand on follow it; all others stay as they were
    given. Raises Invalid, NotFound, Conflict, and what `permit` raises.
    """
    artist = artists.get(tx, artist_id)
    permit(artist)
    if changes.name is not UNSET:
        artists.rename(tx, artist_id, changes.name)
    if changes.words is not UNSET:
        artists.set_words(tx, artist_id, changes.words or "")
    if changes.links is not UNSET:
        links.set_for_artist(tx, artist_id, _normal(changes.links or ()))
    name = artists.get(tx, artist_id).name
    return artist_credits.follow_name(tx, artist_id, artist.name, name) if name != artist.name else Followed([], [])


def _normal(said: Iterable[Link]) -> list[Link]:
    """Return the links in their normal form, each address once. Raises Invalid."""
    found = [Link(normal.web_address("url", link.url), normal.line("label", link.label) or "") for link in said]
    if len(found) > links.MOST:
        raise Invalid(f"An artist has at most {links.MOST} links.")
    named = (Link(link.url, (link.label or _host(link.url))[:_LONGEST_LABEL]) for link in found)
    return list({link.url: link for link in named}.values())


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")
