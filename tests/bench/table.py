"""What a benchmark found, and the one table in which all of them are shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

HEADS = ("what", "ours", "yardstick", "ratio", "bar", "met")


@dataclass(frozen=True)
class Row:
    """Two figures in the same unit; the yardstick's may be missing.

    The bar is a ratio, ours to the yardstick (`at_most`, `at_least`), or a figure for ours alone (`limit`), or none.
    """

    what: str
    ours: float
    yardstick: float | None
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.yardstick if self.yardstick else None

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None where there is none."""
        if self.limit is not None:
            return self.ours <= self.limit
        if self.ratio is None:
            return None
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return None if self.at_least is None else self.ratio >= self.at_least

    @property
    def bar(self) -> str:
        if self.limit is not None:
            return f"≤ {self.limit:g} {self.unit}"
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


def render(rows: list[Row]) -> str:
    """Return the rows as a Markdown table with aligned columns."""
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: ""}[row.met]
    theirs = "" if row.yardstick is None else _figure(row.yardstick, row.unit)
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return (row.what, _figure(row.ours, row.unit), theirs, ratio, row.bar, met)


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
