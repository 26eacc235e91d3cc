"""Files of agreements for the tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROW = {
    "access_id": "0230242323",
    "contract_id": "01234567890123456789",
    "programme": "gold-partner-support-20",
    "organization": "Olive Grove Foods",
    "owner": "",
    "starts_on": "2026-01-01",
    "ends_on": "",
    "time_zone": "",
    "units_granted": "",
    "units_left": "",
    "seat_limit": "",
}
HEAD = ",".join(ROW)


def table(
    *rows: dict[str, str], separator: str = ",", end: str = "\n", head: Iterable[str] = tuple(ROW)
) -> str:
    """A file in our form; each row is `ROW` with some cells otherwise, and a pair of its own where it names none."""
    lines = [separator.join(head)]
    for number, about in enumerate(rows):
        pair = {"access_id": f"{number:010}", "contract_id": f"{number + 7:020}"}
        cells = {**ROW, **pair, **about}
        lines.append(separator.join(_cell(cells[name], separator) for name in head))
    return end.join(lines) + end


def _cell(text: str, separator: str) -> str:
    needs_quotes = any(sign in text for sign in (separator, '"', "\n"))
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text


# What people are shown is what is tested.
EXAMPLES = Path(__file__).parents[1] / "docs" / "how-to" / "import-agreements"
OURS = (EXAMPLES / "agreements.csv").read_text()
GLPI = (EXAMPLES / "glpi-credit.csv").read_text()
VTIGER = (EXAMPLES / "vtiger-service-contracts.csv").read_text()


def codes(mistakes: Iterable[Any]) -> list[tuple[int, str, str]]:
    """Row, column and code of each."""
    return [(each.row, each.column, each.reason.code) for each in mistakes]
