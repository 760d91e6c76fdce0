"""Files that are broken in every way that chance thinks of, the same ones at each run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path


def mutations(sources: list[Path], count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield `count` names and contents: files with wrong bytes, cut off, doubled, or grown together with another."""
    chance = random.Random(seed)
    ways = (flip, cut, repeat, overwrite_head, grow_together, shuffle)
    for number in range(count):
        source, other = chance.choice(sources), chance.choice(sources)
        data, way = source.read_bytes()[: 2**20], chance.choice(ways)
        yield f"{number:05}-{way.__name__}-{source.name}", bytes(way(bytearray(data), other.read_bytes(), chance))


def flip(data: bytearray, other: bytes, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 10, 200)) if data else 0):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return data


def cut(data: bytearray, other: bytes, chance: random.Random) -> bytearray:
    return data[: chance.randrange(len(data) + 1)]


def repeat(data: bytearray, other: bytes, chance: random.Random) -> bytearray:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start : start + 4000] * chance.choice((2, 50)) + data[start:]


def overwrite_head(data: bytearray, other: bytes, chance: random.Random) -> bytearray:
    """Sizes and counts stand at the beginning: huge, negative or none."""
    for _ in range(6):
        start = chance.randrange(min(len(data), 200) + 1)
        data[start : start + 4] = chance.choice(
            (b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", chance.randbytes(4))
        )
    return data


def grow_together(data: bytearray, other: bytes, chance: random.Random) -> bytearray:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def shuffle(data: bytearray, other: bytes, chance: random.Random) -> bytearray:
    pieces = [data[start : start + 500] for start in range(0, len(data), 500)]
    chance.shuffle(pieces)
    return bytearray(b"".join(pieces))
