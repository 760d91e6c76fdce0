"""How many jobs are left."""

from __future__ import annotations

from mediaserver.base.db import Reader


def count_open(r: Reader) -> int:
    return int(r.value("SELECT COUNT(*) FROM jobs WHERE state IN ('waiting', 'running')"))
