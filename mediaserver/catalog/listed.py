"""What is there, what is out, and what is listed, in SQL: said here once, for every query that shows music.

`t` is a track, `r` a release and `a` an artist. What waits for its day (`publish_at`) has the visibility "private" to
everybody who asks, whatever its owner chose; `publishing` takes that away when the day has come. What is deleted is not
there at all.
"""

from __future__ import annotations

TRACK_AUDIENCE = "CASE WHEN t.publish_at IS NULL THEN t.visibility ELSE 'private' END"
RELEASE_AUDIENCE = "CASE WHEN r.publish_at IS NULL THEN r.visibility ELSE 'private' END"

_OUT = "t.state = 'ready' AND t.publish_at IS NULL AND t.deleted_at IS NULL"
TRACK = f"t.visibility = 'public' AND {_OUT}"
"""A track that everybody is shown."""
TRACK_TO_FOLLOWERS = f"t.visibility = 'followers' AND {_OUT}"
"""A track that those who follow its artist are shown as well."""
TRACK_BY_ADDRESS = f"t.visibility = 'unlisted' AND {_OUT}"
"""A track that is shown only where somebody has the address."""

_RELEASE_OUT = "r.publish_at IS NULL AND r.deleted_at IS NULL"
RELEASE = f"r.visibility = 'public' AND {_RELEASE_OUT}"
"""A release that everybody is shown, if it has a track that they are shown."""
RELEASE_TO_FOLLOWERS = f"r.visibility = 'followers' AND {_RELEASE_OUT}"
"""A release that followers are shown as well, if it has a track that they are shown."""

ARTIST = "a.deleted_at IS NULL AND a.merged_into IS NULL"
"""An artist who is there."""

# A release that fewer may see than the track keeps its sleeve to itself.
PICTURE = (
    f"COALESCE(t.picture, CASE WHEN t.visibility = 'private' OR {RELEASE_AUDIENCE} IN ('public', 'unlisted')"
    f" OR (t.visibility = 'followers' AND {RELEASE_AUDIENCE} = 'followers') THEN r.picture END)"
)
"""The picture of a track: its own, or its release's."""
