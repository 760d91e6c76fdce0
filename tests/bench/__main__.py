"""`python -m tests.bench [NAME] [--json FILE]`: run the benchmarks, print one table, ours beside the yardstick."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench import (
    analysis,
    cached_segment,
    first_audio,
    import_library,
    long_seek,
    loop_delay,
    machine,
    many_listeners,
    one_flight,
    storm,
    table,
    upload,
    upload_gigabyte,
    whole_ladder,
)

STREAMING = {
    "first_audio": first_audio.measure,
    "long_seek": long_seek.measure,
    "whole_ladder": whole_ladder.measure,
    "cached_segment": cached_segment.measure,
    "many_listeners": many_listeners.measure,
    "one_flight": one_flight.measure,
    "loop_delay": loop_delay.measure,
    "storm": storm.measure,
}
INGEST = {
    "analysis": analysis.measure,
    "import_library": import_library.measure,
    "upload": upload.measure,
    "upload_gigabyte": upload_gigabyte.measure,
}
ALL = {**STREAMING, **INGEST}
NAMED = {**ALL, "breaking_point": many_listeners.breaking_point}
"""What takes long, and has no bar, runs only when it is named."""
GROUPS = {"streaming": list(STREAMING), "ingest": list(INGEST)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    choices = (*NAMED, *GROUPS)
    parser.add_argument("name", nargs="?", choices=choices, help="one benchmark, or a group; without a name, all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    wanted = parser.parse_args()
    names = GROUPS.get(wanted.name) or ([wanted.name] if wanted.name else list(ALL))
    rows = [row for name in names for row in NAMED[name]()]
    here = machine.describe()
    print(here, table.render(rows), sep="\n\n")
    if wanted.json:
        wanted.json.write_text(json.dumps({"machine": here, "rows": [row.as_dict() for row in rows]}, indent=2) + "\n")
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
