"""The one normal form of what can be said of a recording in its file, whatever the container.

It is data only: what reads it out of files and writes it into them stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ROLES = (
    "composer",
    "lyricist",
    "writer",
    "arranger",
    "conductor",
    "remixer",
    "producer",
    "engineer",
    "mixer",
    "dj-mixer",
    "performer",
    "director",
    "author",
)
"""What somebody can have done for a recording, besides being its artist."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Somebody's part in a recording: one of ROLES; `detail` is a performer's instrument or voice."""

    role: str
    name: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class MusicBrainz:
    """Identifiers of MusicBrainz, as lower-case UUIDs."""

    recording: str | None = None
    release_track: str | None = None
    release: str | None = None
    release_group: str | None = None
    work: str | None = None
    artists: tuple[str, ...] = ()
    album_artists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayGain:
    """How much louder to play (dB, towards -18 LUFS), and the highest sample (1.0 is full scale)."""

    track_gain: float | None = None
    track_peak: float | None = None
    album_gain: float | None = None
    album_peak: float | None = None


@dataclass(frozen=True, slots=True)
class Tags:
    """Everything that is known of a track from its file.

    `artist` is what is shown, with its join phrases; `artists` are the persons apart, where the file keeps them apart.
    So are `album_artist` and `album_artists`. The sort names are as the file has them; `artist_sorts` are in the order
    of `artists`. Dates are ISO 8601 of any precision; numbers count from one. `release_types` are lower case, the
    primary one first. `free_tags` are moods and groupings. `bpm` is beats a minute. `synced_lyrics` are lines with the
    milliseconds at which they begin. `cover` is the picture's file as it was embedded.
    """

    title: str | None = None
    title_sort: str | None = None
    subtitle: str | None = None
    artist: str | None = None
    artist_sort: str | None = None
    artists: tuple[str, ...] = ()
    artist_sorts: tuple[str, ...] = ()
    album: str | None = None
    album_sort: str | None = None
    album_artist: str | None = None
    album_artist_sort: str | None = None
    album_artists: tuple[str, ...] = ()
    track: int | None = None
    tracks: int | None = None
    disc: int | None = None
    discs: int | None = None
    disc_subtitle: str | None = None
    date: str | None = None
    original_date: str | None = None
    release_types: tuple[str, ...] = ()
    label: str | None = None
    catalogue_number: str | None = None
    barcode: str | None = None
    media: str | None = None
    isrc: str | None = None
    genres: tuple[str, ...] = ()
    free_tags: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()
    comment: str | None = None
    lyrics: str | None = None
    synced_lyrics: tuple[tuple[int, str], ...] = ()
    bpm: float | None = None
    key: str | None = None
    compilation: bool = False
    explicit: bool | None = None
    language: str | None = None
    licence: str | None = None
    copyright: str | None = None
    replaygain: ReplayGain = field(default_factory=ReplayGain)
    musicbrainz: MusicBrainz = field(default_factory=MusicBrainz)
    cover: bytes | None = None

    def credited(self, role: str) -> tuple[str, ...]:
        """The names that are credited with one of ROLES, in their order."""
        return tuple(credit.name for credit in self.credits if credit.role == role)
