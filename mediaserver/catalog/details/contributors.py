"""A credit: somebody's part in a recording besides being its artist, such as composing it or playing the violin."""

from __future__ import annotations

from collections.abc import Iterable

from mediaserver.base.db import Reader, Tx
from mediaserver.media.tags.model import ROLES, Credit

_MOST = 200


def kept(credits: Iterable[Credit]) -> list[Credit]:
    """Return credits as they are kept: each once."""
    return list(dict.fromkeys(credits))[:_MOST]


def set_for_track(tx: Tx, track_id: str, credits: Iterable[Credit]) -> None:
    """Make `credits` those of a track, in that order, each once."""
    tx.run("DELETE FROM track_credits WHERE track_id = :track_id", track_id=track_id)
    for position, credit in enumerate(kept(credits)):
        tx.run(
            "INSERT INTO track_credits (track_id, position, role, name, detail)"
            " VALUES (:track_id, :position, :role, :name, :detail)",
            track_id=track_id,
            position=position,
            role=credit.role,
            name=credit.name,
            detail=credit.detail,
        )


def of_track(r: Reader, track_id: str) -> list[Credit]:
    """Return a track's credits in their order."""
    return r.all(
        Credit,
        "SELECT role, name, detail FROM track_credits WHERE track_id = :track_id ORDER BY position",
        track_id=track_id,
    )


def by_role(credits: Iterable[Credit]) -> dict[str, list[Credit]]:
    """Return the credits of each role, the roles in the order of ROLES."""
    sorted_ = sorted(credits, key=lambda credit: ROLES.index(credit.role) if credit.role in ROLES else len(ROLES))
    roles: dict[str, list[Credit]] = {}
    for credit in dict.fromkeys(sorted_):
        roles.setdefault(credit.role, []).append(credit)
    return roles
