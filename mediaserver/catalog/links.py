"""A link: where else an artist is to be found, such as their own site. Only the web: nothing that runs in a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediaserver.base.db import Reader, Tx

MOST = 20
"""Links that an artist has at most."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address of the web (http or https), and what it is called; without a `label`, by its host."""

    url: str
    label: str = ""


def set_for_artist(tx: Tx, artist_id: str, links: Iterable[Link]) -> None:
    """Make `links`, in their normal form, those of an artist, in that order."""
    tx.run("DELETE FROM artist_links WHERE artist_id = :artist_id", artist_id=artist_id)
    for position, link in enumerate(links):
        tx.run(
            "INSERT INTO artist_links (artist_id, position, label, url) VALUES (:artist_id, :position, :label, :url)",
            artist_id=artist_id,
            position=position,
            label=link.label,
            url=link.url,
        )


def of_artist(r: Reader, artist_id: str) -> list[Link]:
    """Return an artist's links in their order."""
    return r.all(
        Link, "SELECT url, label FROM artist_links WHERE artist_id = :artist_id ORDER BY position", artist_id=artist_id
    )
