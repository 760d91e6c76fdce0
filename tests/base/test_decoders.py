from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from mediaserver.base import decoders

ROOT = Path(__file__).resolve().parent.parent.parent
CROWD = """
import sys, threading
from dataclasses import make_dataclass
import msgspec
from mediaserver.base import decoders

def meet():
    Inner = make_dataclass("Inner", [(f"a{n}", int | None, None) for n in range(20)])
    Outer = make_dataclass("Outer", [("inner", Inner, None), *((f"b{n}", str, "") for n in range(20))])
    said = {"inner": {"a1": 1}, "b2": "x"}
    reads = [
        lambda: decoders.from_json(msgspec.json.encode(said), Outer),
        lambda: decoders.from_messagepack(msgspec.msgpack.encode(said), Outer),
        lambda: decoders.from_plain(said, Outer),
        lambda: decoders.from_json(msgspec.json.encode(said["inner"]), Inner),
    ]
    all_here = threading.Barrier(len(reads))
    found = []

    def work(read):
        all_here.wait()
        found.append(read())

    threads = [threading.Thread(target=work, args=(read,)) for read in reads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Outer(Inner(None, 1), "", "", "x")
    assert sorted(map(repr, found)) == sorted(map(repr, [Inner(None, 1), whole, whole, whole]))

sys.setswitchinterval(1e-6)
for _ in range(int(sys.argv[1])):
    meet()
"""


@dataclass(frozen=True)
class Note:
    id: int
    text: str = ""


def test_values_come_as_their_kind() -> None:
    assert decoders.from_json('{"id": 1}', Note) == Note(1)
    assert decoders.from_messagepack(msgspec.msgpack.encode(Note(2, "x")), Note) == Note(2, "x")
    assert decoders.from_plain({"id": 3}, Note) == Note(3)
    with pytest.raises(msgspec.ValidationError):
        decoders.from_json('{"id": "one"}', Note)


def test_threads_that_meet_a_kind_for_the_first_time_do_not_crash() -> None:
    """In a process of its own, for it would take this one along."""
    done = subprocess.run([sys.executable, "-c", CROWD, "100"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
