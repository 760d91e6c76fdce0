"""Plans of who asks for what and when, carried out by `load` in a process of its own, and what came of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Plan = list[list[tuple[float, str]]]
"""For each listener: (seconds from the beginning, address), in the order of time."""


@dataclass(frozen=True)
class Answer:
    """One request: whose, when it was due, how late the load asked, seconds to the last byte, HTTP status or 0."""

    listener: int
    due: float
    late: float
    seconds: float
    status: int


@dataclass(frozen=True)
class Outcome:
    """All answers of a plan."""

    answers: list[Answer]

    @property
    def errors(self) -> int:
        return sum(answer.status != 200 for answer in self.answers)

    def quantile(self, share: float) -> float:
        """The time (s) within which that share of the answers was complete."""
        return quantile([answer.seconds for answer in self.answers], share)

    @property
    def lateness(self) -> float:
        """How late (s) the load itself was with one request in a hundred: more than a little, and it says nothing."""
        return quantile([answer.late for answer in self.answers], 0.99)


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest of `values` that at least that share of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Running:
    """A plan under way."""

    def __init__(self, port: int, plan: Plan) -> None:
        command = [sys.executable, "-m", "tests.bench.load"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        json.dump({"port": port, "plan": plan}, self._process.stdin)
        self._process.stdin.close()

    def outcome(self) -> Outcome:
        """Wait for the end."""
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            said = stream.read()
        if self._process.wait() != 0:
            raise AssertionError("the load came to no end")
        return Outcome([Answer(*answer) for answer in json.loads(said)])

    def stop(self) -> None:
        """End it before its time."""
        self._process.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()


def run(port: int, plan: Plan) -> Outcome:
    """Carry a plan out to its end."""
    return Running(port, plan).outcome()


def paced(count: int, seconds: float, period: float, addresses: Sequence[str]) -> Plan:
    """`count` listeners who each ask every `period` seconds, their beginnings spread evenly over the first."""
    rounds = int(seconds / period)
    return [
        [(period * (number / count + turn), addresses[(7 * number + turn) % len(addresses)]) for turn in range(rounds)]
        for number in range(count)
    ]


def at_once(count: int, address: str) -> Plan:
    """`count` askers of one thing at the same moment."""
    return [[(0.0, address)] for _ in range(count)]


def hungry(count: int, addresses: Sequence[str]) -> Plan:
    """`count` askers who share the addresses among them, each asking for the next as soon as it has one."""
    return [[(0.0, address) for address in addresses[number::count]] for number in range(count)]


def steady(seconds: float, period: float, address: str) -> Plan:
    """One who asks for the same thing every `period` seconds."""
    return [[(period * turn, address) for turn in range(int(seconds / period))]]
