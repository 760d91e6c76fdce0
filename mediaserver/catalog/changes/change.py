"""What a change is made of: values that are named or not, their normal forms, and the artists of a credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from msgspec import UNSET, UnsetType

from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.details import artist_credits, normal
from mediaserver.catalog.details.artist_credits import Named
from mediaserver.catalog.details.normal import Form
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.media.tags import cleaned

Text = str | None | UnsetType
Count = int | None | UnsetType
Amount = float | None | UnsetType
Names = tuple[Named | str, ...] | None | UnsetType
Permit = Callable[[Track | Release | Artist], None]
"""Raises unless whoever asks may edit the thing."""
_LONGEST_PHRASE = 100


def said(changes: object, forms: dict[str, Form]) -> dict[str, Any]:
    """Return the fields of `forms` that the changes name, in their normal forms. Raises Invalid."""
    named = ((name, getattr(changes, name)) for name in forms)
    return {name: None if value is None else forms[name](name, value) for name, value in named if value is not UNSET}


def credit(
    tx: Tx, kind: str, thing_id: str, shown: str, otherwise: str, *, credited: Text, artists: Names
) -> str | None:
    """Keep the artists of the credit of a track or a release (`kind`) as they are wanted.

    `shown` is the credit as it was, `otherwise` what stands for none. Returns the credit as it is shown then; None if
    nothing was said of it. Raises Invalid.
    """
    if credited is UNSET and artists is UNSET:
        return None
    shown = normal.line("credited", (shown if credited is UNSET else credited) or "") or otherwise
    known = artist_credits.names_of(tx, kind, thing_id)
    given = None if artists is UNSET else [_named(each, known) for each in artists or ()]
    names = _kept(shown, known) if given is None else _joined(shown, given)
    artist_credits.put(tx, kind, thing_id, names)
    return artist_credits.whole(names) if names[0].join_phrase is not None else shown


def _kept(shown: str, known: list[Named]) -> list[Named]:
    """Return the names that were known if the credit that is shown now is made of them, else all of it as one name."""
    names = _joined(shown, [replace(named, join_phrase=None) for named in known])
    return names if names[0].join_phrase is not None else [Named(shown, "")]


def _joined(shown: str, names: list[Named]) -> list[Named]:
    """Return the names with the phrases that join them: those that somebody gave, else those in the shown credit."""
    if not names:
        return [Named(shown, "")]
    if any(named.join_phrase for named in names):
        return [replace(named, join_phrase=named.join_phrase or "") for named in names]
    phrases = artist_credits.join_phrases(shown, [named.name for named in names])
    found = phrases if phrases is not None else [None] * len(names)
    return [replace(named, join_phrase=phrase) for named, phrase in zip(names, found, strict=True)]


def _remembered(name: str, known: list[Named]) -> Named:
    same = (replace(each, join_phrase=None) for each in known if each.name == name)
    return next(same, Named(name))


def _named(said: Named | str, known: list[Named]) -> Named:
    """Return a name in its normal form; of one that is no more than a name, what was known of it stays known."""
    given = said if isinstance(said, Named) else _remembered(said.strip(), known)
    name = normal.line("name", given.name)
    if name is None:
        raise Invalid("An artist of a credit needs a name.")
    phrase = given.join_phrase
    return Named(
        name,
        None if phrase is None else cleaned.UNSEEN.sub("", phrase)[:_LONGEST_PHRASE],
        normal.line("sort_name", given.sort_name or ""),
        normal.identifier("musicbrainz_id", given.musicbrainz_id or ""),
    )
