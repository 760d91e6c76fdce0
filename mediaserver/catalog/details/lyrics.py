"""Lyrics: the words of a song, plain, and as lines that know when they are sung."""

from __future__ import annotations

from collections.abc import Sequence

from mediaserver.base.db import Reader, Tx

Lines = Sequence[tuple[int, str]]
"""Milliseconds from the beginning, and what is sung from there on."""
_MOST = 5000


def set_plain(tx: Tx, track_id: str, words: str | None) -> None:
    """Make `words` the plain lyrics of a track; None takes them away."""
    tx.run("DELETE FROM track_lyrics WHERE track_id = :track_id", track_id=track_id)
    if words:
        tx.run("INSERT INTO track_lyrics (track_id, words) VALUES (:track_id, :words)", track_id=track_id, words=words)


def kept(lines: Lines) -> list[tuple[int, str]]:
    """Return synchronised lyrics as they are kept: in the order of their times."""
    return sorted(lines, key=lambda line: line[0])[:_MOST]


def set_lines(tx: Tx, track_id: str, lines: Lines) -> None:
    """Make `lines` the synchronised lyrics of a track, in the order of their times."""
    tx.run("DELETE FROM track_lyric_lines WHERE track_id = :track_id", track_id=track_id)
    for position, (milliseconds, words) in enumerate(kept(lines)):
        tx.run(
            "INSERT INTO track_lyric_lines (track_id, position, milliseconds, words)"
            " VALUES (:track_id, :position, :milliseconds, :words)",
            track_id=track_id,
            position=position,
            milliseconds=milliseconds,
            words=words,
        )


def plain(r: Reader, track_id: str) -> str | None:
    """Return a track's plain lyrics, if it has any."""
    words: str | None = r.value("SELECT words FROM track_lyrics WHERE track_id = :track_id", track_id=track_id)
    return words


def lines(r: Reader, track_id: str) -> list[tuple[int, str]]:
    """Return a track's synchronised lyrics."""
    return r.all(
        _line,
        "SELECT milliseconds, words FROM track_lyric_lines WHERE track_id = :track_id ORDER BY position",
        track_id=track_id,
    )


def _line(milliseconds: int, words: str) -> tuple[int, str]:
    return milliseconds, words
