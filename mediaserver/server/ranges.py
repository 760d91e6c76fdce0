"""Ranges of bytes and validators: what RFC 9110, sections 13 and 14, has a server read in a request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from multidict import MultiMapping

_RANGE = re.compile(r"bytes=[ \t]*(\d{0,40})-(\d{0,40})[ \t]*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range asked for lies wholly outside of what there is."""


def requested(headers: Mapping[str, str], etag: str, length: int) -> range | None:
    """Return the bytes asked for, or None where the whole is to be sent; raises Unsatisfiable.

    The whole is sent for no range, for several at once (section 14.2 allows it), for one that makes no sense, and for
    one of other bytes than `etag` names (If-Range, section 13.1.5: only the very same strong validator will do).
    """
    if headers.get("If-Range", etag) != etag:
        return None
    found = _RANGE.fullmatch(headers.get("Range", ""))
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        return _checked(range(max(0, length - int(found[2])), length))
    first, last = int(found[1]), int(found[2] or length)
    if found[2] and last < first:
        return None
    return _checked(range(first, min(last + 1, length)))


def _checked(bytes: range) -> range:
    if not bytes:
        raise Unsatisfiable
    return bytes


def describe(part: range, length: int) -> str:
    """Return the Content-Range of these bytes out of `length` (section 14.4)."""
    return f"bytes {part.start}-{part.stop - 1}/{length}"


def is_known(headers: MultiMapping[str], etag: str) -> bool:
    """Tell whether the asker holds these bytes already (If-None-Match, section 13.1.2)."""
    stated = ",".join(headers.getall("If-None-Match", ()))
    held = [each.strip().removeprefix("W/") for each in stated.split(",")]
    return etag in held or held == ["*"]
