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
        self._sections: list[tuple[str, list[tuple[str, ...]]]] = []

    def heading(self, text: str) -> None:
        self._sections.append((text, []))

    def row(self, *cells: str) -> None:
        """A row under the last heading."""
        self._sections[-1][1].append(cells)

    def show(self) -> None:
        for heading, rows in self._sections:
            print(f"\n{heading}")
            for row in rows:
                # A last cell may be longer than its column, because nothing follows it.
                cells = [cell.ljust(self._width(rows, place)) for place, cell in enumerate(row)]
                print("  " + "  ".join(cells).rstrip())
        print(flush=True)

    def _width(self, rows: list[tuple[str, ...]], place: int) -> int:
        named = (row[0] for _, section in self._sections for row in section if len(row) > 1)
        first = max(map(len, named), default=0)
        return max([first if place == 0 else 0, *(len(row[place]) for row in rows if len(row) > place + 1)])
