"""Content steering (RFC 8216bis, section 7): from which of several delivery hosts players fetch, and in what order.

It keeps what is found out about the hosts, and asks nobody itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

MANIFEST = "/hls/steering.json"
TTL = 30  # seconds after which a player asks again


class Pathway(NamedTuple):
    """One delivery host: its PATHWAY-ID, and its base address without a slash at the end ("" for none)."""

    id: str
    base: str


class Steering:
    """The delivery hosts in the order in which they were configured, and which of them are well."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.pathways = tuple(Pathway(_name(host), host) for host in hosts)
        self._failing: set[str] = set()

    @property
    def has_choice(self) -> bool:
        """Whether there is anything to steer."""
        return len(self.pathways) > 1

    def note(self, pathway: Pathway, *, well: bool) -> None:
        """Keep what a look at a host has shown."""
        if well:
            self._failing.discard(pathway.id)
        else:
            self._failing.add(pathway.id)

    def priority(self) -> list[str]:
        """Return the ids of all pathways, those that are well first; nobody is left without any."""
        return [each.id for each in sorted(self.pathways, key=lambda pathway: pathway.id in self._failing)]

    def manifest(self) -> dict[str, Any]:
        """Return the steering manifest (section 7.1)."""
        return {"VERSION": 1, "TTL": TTL, "PATHWAY-PRIORITY": self.priority()}


def _name(host: str) -> str:
    """Return a host's PATHWAY-ID, of the characters that one may have (section 4.4.6.2)."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", host.partition("://")[2])
