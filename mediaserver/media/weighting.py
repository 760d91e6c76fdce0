"""K-weighting: the filter that makes a sound's power what the ear makes of it (ITU-R BS.1770-5, annex 1).

A recursive filter goes from sample to sample; here it goes from row to row, as products of matrices, which give the
same at a third of the cost: what leaves a row is a sum of what enters it and of the four numbers that the filter
remembers, and so is what it remembers at the row's end. It knows arrays of samples and no files.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mediaserver.media.planes import Floats, Numbers

ROW = 32
"""Samples of a row."""
GROUP = 16
"""Rows of a group, through which what is remembered is carried at once, and groups of a span."""
SPAN = ROW * GROUP * GROUP
"""Samples that are weighted together."""
ORDER = 4
"""Numbers that the filter remembers."""
PRODUCTS = 1 << 18
"""Multiplications in one go: a larger matrix is spread over several threads, which others need."""
SHELF_HZ, SHELF_GAIN, SHELF_Q = 1681.974450955533, 10 ** (3.999843853973347 / 20), 0.7071752369554196
SHELF_SHAPE = 0.4996667741545416
PASS_HZ, PASS_Q = 38.13547087602444, 0.5003270373238773
"""What the standard's two tables for 48 kHz were made of, so that other rates can have theirs: a head's shelf, and the
deafness to what is low (De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 2018)."""
LOWEST, HIGHEST = 3e-6, 0.45
"""Parts of the rate between which a filter can be told to begin."""


class System(NamedTuple):
    """A filter of one sample after the other: `state` becomes `a` @ `state` + `b` x, and c @ `state` + `d` x leaves."""

    a: Numbers
    b: Numbers
    c: Numbers
    d: float


class Carriage(NamedTuple):
    """How what is remembered is carried over the GROUP steps of a group.

    `inner` takes what the steps add, side by side, to what is remembered before each and after the last; `outer` what
    is remembered before the group to what of it is left before each; `whole` to what is left after the last.
    """

    inner: Floats
    outer: Floats
    whole: Floats


class Weighting:
    """Weights one channel of what it is fed."""

    def __init__(self, rate: int) -> None:
        """`rate` in Hz."""
        system = steadied(cascade(shelf(rate), high_pass(rate)))
        self._along = along(system)
        self._into = np.stack([power(system.a, ROW - 1 - n) @ system.b for n in range(ROW)]).astype(np.float32)
        self._out_of = np.stack([system.c @ power(system.a, n) for n in range(ROW)], axis=1).astype(np.float32)
        self._rows = carriage(power(system.a, ROW).T)
        self._groups = carriage(power(system.a, ROW * GROUP).T)
        self._state = np.zeros(ORDER, np.float32)

    def weigh(self, samples: Floats) -> Floats:
        """The next samples, weighted: whole spans of them."""
        rows = samples.reshape(-1, ROW)
        weighted = np.empty_like(rows)
        step = PRODUCTS // self._along.size
        for first in range(0, len(rows), step):
            some = slice(first, first + step)
            np.matmul(rows[some], self._along, out=weighted[some])
        weighted += self._remembered(rows @ self._into) @ self._out_of
        return weighted.reshape(-1)

    def _remembered(self, added: Floats) -> Floats:
        """What is remembered before each row: shape (rows, ORDER). `added` is what each adds to it."""
        in_groups = added.reshape(-1, GROUP * ORDER) @ self._rows.inner
        in_spans = in_groups[:, -ORDER:].reshape(-1, GROUP * ORDER) @ self._groups.inner
        before = np.empty((len(in_spans), ORDER), np.float32)
        for place, added_by_span in enumerate(in_spans[:, -ORDER:]):
            before[place] = self._state
            self._state = self._state @ self._groups.whole + added_by_span
        groups = (in_spans[:, :-ORDER] + before @ self._groups.outer).reshape(-1, ORDER)
        return np.asarray((in_groups[:, :-ORDER] + groups @ self._rows.outer).reshape(-1, ORDER), np.float32)


def shelf(rate: int) -> System:
    """The first stage: what a head adds above 1.5 kHz."""
    k = bent(SHELF_HZ, rate)
    gain, middle = SHELF_GAIN, SHELF_GAIN**SHELF_SHAPE
    above = (gain + middle * k / SHELF_Q + k * k, 2 * (k * k - gain), gain - middle * k / SHELF_Q + k * k)
    below = 1 + k / SHELF_Q + k * k
    return stage([each / below for each in above], k, SHELF_Q)


def high_pass(rate: int) -> System:
    """The second stage: what is low is heard less."""
    return stage([1, -2, 1], bent(PASS_HZ, rate), PASS_Q)


def bent(hz: float, rate: int) -> float:
    """A frequency as the stages count it; one that a rate cannot hold, or hardly tells from nothing, is held back."""
    return math.tan(math.pi * min(max(hz / rate, LOWEST), HIGHEST))


def stage(ahead: list[float], k: float, q: float) -> System:
    """A filter of second order: `ahead` is how much the last three samples count, `k` and `q` make it resound."""
    b0, b1, b2 = ahead
    below = 1 + k / q + k * k
    a1, a2 = 2 * (k * k - 1) / below, (1 - k / q + k * k) / below
    return System(np.array([[-a1, 1], [-a2, 0]]), np.array([b1 - a1 * b0, b2 - a2 * b0]), np.array([1.0, 0]), b0)


def cascade(one: System, other: System) -> System:
    """The second filter behind the first."""
    a = np.block([[one.a, np.zeros((2, 2))], [np.outer(other.b, one.c), other.a]])
    b = np.concatenate((one.b, other.b * one.d))
    return System(a, b, np.concatenate((other.d * one.c, other.c)), one.d * other.d)


def steadied(system: System) -> System:
    """The same filter, remembering other numbers: such as no error of rounding grows in (noise makes each as large)."""
    spread, step = np.outer(system.b, system.b), system.a
    while np.abs(step).max() > 1e-9:
        spread, step = spread + step @ spread @ step.T, step @ step
    there = np.linalg.cholesky(spread)
    back = np.linalg.inv(there)
    return System(back @ system.a @ there, back @ system.b, system.c @ there, system.d)


def power(a: Numbers, n: int) -> Numbers:
    """The matrix taken n times."""
    return np.asarray(np.linalg.matrix_power(a, n))


def along(system: System) -> Floats:
    """The matrix that takes a row of samples to the row that leaves a filter that remembers nothing."""
    heard = [system.d, *(float(system.c @ power(system.a, n) @ system.b) for n in range(ROW - 1))]
    matrix = np.zeros((ROW, ROW), np.float32)
    for place in range(ROW):
        matrix[place, place:] = heard[: ROW - place]
    return matrix


def carriage(step: Numbers) -> Carriage:
    """The carriage over steps at each of which what is remembered (a row of numbers) becomes itself @ `step`."""
    powers = [power(step, n) for n in range(GROUP + 1)]
    inner = np.zeros((GROUP, ORDER, GROUP + 1, ORDER), np.float32)
    for early in range(GROUP):
        for late in range(early + 1, GROUP + 1):
            inner[early, :, late] = powers[late - 1 - early]
    outer = np.concatenate(powers[:-1], axis=1).astype(np.float32)
    return Carriage(inner.reshape(GROUP * ORDER, -1), outer, powers[-1].astype(np.float32))
