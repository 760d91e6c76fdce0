"""Licences as people know them: a short name for an address, and an address only where it may be followed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"https?://(?P<place>[^\s<>\"]+)", re.IGNORECASE)
_COMMONS = re.compile(r"creativecommons\.org/licenses/(?P<kind>[a-z-]+)/(?P<version>[\d.]+)", re.IGNORECASE)
_ZERO = re.compile(r"creativecommons\.org/publicdomain/zero/(?P<version>[\d.]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence is called, and where it stands."""

    name: str
    url: str | None


def known(licence: str) -> Licence:
    """Return the name of a licence that was given by name or by address."""
    found = _ADDRESS.fullmatch(licence.strip())
    if found is None:
        return Licence(licence, None)
    if commons := _COMMONS.search(licence):
        return Licence(f"CC {commons['kind'].upper()} {commons['version']}", licence)
    if zero := _ZERO.search(licence):
        return Licence(f"CC0 {zero['version']}", licence)
    return Licence(found["place"].rstrip("/"), licence)
