"""What may be taken home of a recording, as whoever looks after it has set it."""

from __future__ import annotations

from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid
from mediaserver.catalog.tracks import TrackChanged

NONE, COMPRESSED, ALL = "none", "compressed", "all"
SETTINGS = (NONE, COMPRESSED, ALL)
"""Nothing; what is small and not quite the original; that, the original and its lossless forms."""


def set_for_track(tx: Tx, track_id: str, downloads: str) -> None:
    """Set what may be taken home of a track. Raises Invalid."""
    _check(downloads)
    tx.run("UPDATE tracks SET downloads = :downloads WHERE id = :id", downloads=downloads, id=track_id)
    tx.announce(TrackChanged(track_id))


def set_for_release(tx: Tx, release_id: str, downloads: str) -> None:
    """Set what may be taken home of every track that is on a release now. Raises Invalid."""
    _check(downloads)
    tx.run("UPDATE tracks SET downloads = :downloads WHERE release_id = :id", downloads=downloads, id=release_id)


def _check(downloads: str) -> None:
    if downloads not in SETTINGS:
        raise Invalid(f'"{downloads[:60]}" is no setting for downloads. Choose one of: {", ".join(SETTINGS)}.')
