"""Numbers for people: medians, and one table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle value; of rounds that a busy machine disturbed, the one to believe."""
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not exceed; nan where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def in_ms(seconds: float) -> str:
    if seconds < 0.01:
        return f"{seconds * 1000:.2f} ms"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def say(text: str) -> None:
    """A line about what is being done now."""
    print(f"  {text}", flush=True)


class Table:
    """Rows under headings, printed when all is measured."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, ...] | str] = []

    def heading(self, text: str) -> None:
        self._lines.append(text)

    def row(self, *cells: str) -> None:
        self._lines.append(cells)

    def show(self) -> None:
        rows = [line for line in self._lines if not isinstance(line, str)]
        columns = max((len(row) for row in rows), default=0)
        # A last cell may be longer than its column, because nothing follows it.
        widths = [
            max((len(row[i]) for row in rows if len(row) > i + 1 or i == 0), default=0)
            for i in range(columns)
        ]
        for line in self._lines:
            if isinstance(line, str):
                print(f"\n{line}")
                continue
            first, *others = (cell.ljust(width) for cell, width in zip(line, widths, strict=False))
            print("  " + "  ".join((first, *others)).rstrip())
        print(flush=True)
