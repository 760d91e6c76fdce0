"""Decoders: what reads JSON, MessagePack and plain values into typed ones. Kinds are got ready here, and nowhere else.

msgspec notes on a class what it finds out about it before it has found out all of it. A thread that meets the same
class for the first time just then goes by half of that, and the process ends with a segmentation fault (msgspec
0.22.0, shown by a test). So one thread at a time gets a kind ready, and nobody uses it before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]
"""Makes a value of a kind that the format does not have, of the kind and of what was written for it."""

_turn = threading.Lock()


def from_json(data: bytes | str, kind: type[T]) -> T:
    """Read JSON as a `kind`. Raises what msgspec raises."""
    value: T = _json(cast("Hashable", kind)).decode(data)
    return value


def from_messagepack(data: bytes, kind: Any, hook: Hook | None = None) -> Any:
    """Read MessagePack as a `kind`. Raises what msgspec raises."""
    return _messagepack(kind, hook).decode(data)


def from_plain(value: Any, kind: type[T]) -> T:
    """Read dictionaries, lists and plain values as a `kind`. Raises what msgspec raises."""
    _json(cast("Hashable", kind))  # has it ready
    return msgspec.convert(value, kind)


@cache
def _json(kind: Any) -> msgspec.json.Decoder[Any]:
    with _turn:
        return msgspec.json.Decoder(kind)


@cache
def _messagepack(kind: Any, hook: Hook | None) -> msgspec.msgpack.Decoder[Any]:
    with _turn:
        return msgspec.msgpack.Decoder(kind, dec_hook=hook)
