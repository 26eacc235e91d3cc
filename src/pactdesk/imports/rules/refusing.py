"""Why a file, or a row of it, is not taken. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.text import tidy_line, without_hidden

# Digits as long as an ID, grouped or not: never repeated, whatever column they stand in. Days are.
_LONG_DIGITS: Final = re.compile(r"\d(?:[\s.\-]?\d){5,}")
_A_DAY: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}")
_MOST_SHOWN: Final = 60


class Unreadable(Refused):
    """Nothing can be made of the file as a whole."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a row cannot be taken, or what is to be known about it. `row` is counted like a spreadsheet does, the line of
    column names being the first; `column` is named as the file names it, "" where it is about the whole row."""

    row: int
    column: str
    reason: Reason

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"row": self.row, "column": self.column, **self.reason.as_data()}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Mistake:
        """The mistake that `as_data` wrote down."""
        return cls(int(data["row"]), str(data["column"]), Reason.from_data(data))


def shown(text: str) -> str:
    """`text` as it may be repeated in a sentence: short, visible, and without what could be an ID in a wrong column."""
    line = tidy_line(without_hidden(text))
    if not _A_DAY.fullmatch(line):
        line = _LONG_DIGITS.sub("…", line)
    return line if len(line) <= _MOST_SHOWN else f"{line[: _MOST_SHOWN - 1]}…"
