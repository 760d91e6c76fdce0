"""Tags as the texts of each field, by the names that `tables` knows: the way back from the normal form."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.media.tags import cleaned, lrc
from mediaserver.media.tags.model import Credit, MusicBrainz, ReplayGain, Tags

LINES = (
    "title",
    "title_sort",
    "subtitle",
    "artist",
    "artist_sort",
    "album",
    "album_sort",
    "album_artist",
    "album_artist_sort",
    "disc_subtitle",
    "date",
    "original_date",
    "label",
    "catalogue_number",
    "barcode",
    "media",
    "isrc",
    "comment",
    "lyrics",
    "key",
    "language",
    "licence",
    "copyright",
)
"""Fields of Tags that hold one text."""
LISTS = ("artists", "artist_sorts", "album_artists", "release_types", "genres", "free_tags")
"""Fields of Tags that hold several."""
NUMBERS = ("track", "tracks", "disc", "discs")
EXPLICIT, CLEAN = "1", "2"


def of(tags: Tags) -> dict[str, list[str]]:
    """The texts of all fields that are filled; the cover is none."""
    fields: dict[str, list[str]] = {name: [getattr(tags, name)] for name in LINES if getattr(tags, name)}
    fields |= {name: list(getattr(tags, name)) for name in LISTS if getattr(tags, name)}
    fields |= {name: [str(getattr(tags, name))] for name in NUMBERS if getattr(tags, name)}
    if tags.synced_lyrics:
        fields["synced_lyrics"] = [lrc.write(tags.synced_lyrics)]
    if tags.bpm is not None:
        fields["bpm"] = [f"{tags.bpm:.10g}"]
    if tags.compilation:
        fields["compilation"] = ["1"]
    if tags.explicit is not None:
        fields["explicit"] = [EXPLICIT if tags.explicit else CLEAN]
    return fields | people(tags.credits) | gains(tags.replaygain) | identifiers(tags.musicbrainz)


def people(credits: Iterable[Credit]) -> dict[str, list[str]]:
    """Names by role, a performer's with the instrument behind it."""
    fields: dict[str, list[str]] = {}
    for credit in credits:
        is_performer = credit.role == "performer"
        text = cleaned.performance(credit.name, credit.detail) if is_performer else credit.name
        fields.setdefault(credit.role, []).append(text)
    return fields


def gains(known: ReplayGain) -> dict[str, list[str]]:
    """ReplayGain 2.0, as its specification writes it."""
    fields = {}
    for kind, gain, peak in (
        ("track", known.track_gain, known.track_peak),
        ("album", known.album_gain, known.album_peak),
    ):
        if gain is not None:
            fields[f"{kind}_gain"] = [f"{gain:+.2f} dB"]
        if peak is not None:
            fields[f"{kind}_peak"] = [f"{peak:.6f}"]
    return fields


def identifiers(known: MusicBrainz) -> dict[str, list[str]]:
    """The identifiers of MusicBrainz."""
    single = ("recording", "release_track", "release", "release_group", "work")
    fields = {name: [getattr(known, name)] for name in single if getattr(known, name)}
    several = {"artist_ids": list(known.artists), "album_artist_ids": list(known.album_artists)}
    return fields | {name: values for name, values in several.items() if values}
