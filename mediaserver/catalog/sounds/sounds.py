"""A sound: what is true of an original recording whoever publishes it: format, exact length, loudness."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from mediaserver.base import clock
from mediaserver.base.db import Reader, Tx

_COLUMNS = (
    "original, bytes, container, codec, lossless, bits, bitrate, rate, channels, samples,"
    " loudness, loudness_range, true_peak"
)


@dataclass(frozen=True, slots=True)
class Sound:
    """What probe and analysis found. `rate` in Hz, `samples` exact at that rate, loudness in LUFS, peak in dBTP."""

    original: str
    bytes: int
    container: str
    codec: str
    lossless: int
    bits: int | None
    bitrate: int | None
    rate: int
    channels: int
    samples: int
    loudness: float | None
    loudness_range: float | None
    true_peak: float | None


def add(tx: Tx, sound: Sound) -> None:
    """Keep what was found; found again, it replaces what was known."""
    tx.run("DELETE FROM sounds WHERE original = :original", original=sound.original)
    tx.run(
        f"INSERT INTO sounds ({_COLUMNS}, created_at) VALUES (:original, :bytes, :container, :codec, :lossless, :bits,"
        " :bitrate, :rate, :channels, :samples, :loudness, :loudness_range, :true_peak, :now)",
        now=clock.now(),
        **asdict(sound),
    )


def copy(tx: Tx, original: str, other: str, size: int) -> bool:
    """Let what is known of an original be known of another of `size` bytes with the same sound; tell if it is."""
    sound = find(tx, original)
    if sound is not None:
        add(tx, replace(sound, original=other, bytes=size))
    return sound is not None


def find(r: Reader, original: str) -> Sound | None:
    """Return what is known of an original's sound, if it was analysed."""
    return r.one(Sound, f"SELECT {_COLUMNS} FROM sounds WHERE original = :original", original=original)


def remove(tx: Tx, original: str) -> None:
    """Forget what was found in an original that is no more."""
    tx.run("DELETE FROM sounds WHERE original = :original", original=original)
