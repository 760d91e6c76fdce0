"""`python -m tests.bench [NAME] [--json FILE]`: run the benchmarks, print one table, ours beside the yardstick."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench import cached_segment, first_audio, machine, table, upload

BENCHES = {"first_audio": first_audio.measure, "cached_segment": cached_segment.measure, "upload": upload.measure}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES, help="one benchmark; without a name, all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    wanted = parser.parse_args()
    names = [wanted.name] if wanted.name else list(BENCHES)
    rows = [row for name in names for row in BENCHES[name]()]
    here = machine.describe()
    print(here, table.render(rows), sep="\n\n")
    if wanted.json:
        wanted.json.write_text(json.dumps({"machine": here, "rows": [row.as_dict() for row in rows]}, indent=2) + "\n")
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
