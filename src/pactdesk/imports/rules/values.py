"""Days, numbers and zones as people write them in tables; whatever can be read in two ways is refused. Pure."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Final

from pactdesk.imports.rules.refusing import shown
from pactdesk.kernel.decisions import Reason

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
DATE_ORDERS: Final = (DAY_FIRST, MONTH_FIRST)
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2099
MOST_UNITS: Final = 100_000

# An hour only where it says nothing: the beginning or the end of the day.
_TIME: Final = r"(?:[ T](?:00:00(?::00(?:\.0+)?)?|23:59(?::59(?:\.9+)?)?))?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){_TIME}")
_DOTTED: Final = re.compile(rf"(\d{{1,2}})\. ?(\d{{1,2}})\. ?(\d{{4}}){_TIME}")
_EITHER: Final = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_TIME}")
_NUMBER: Final = re.compile(r"(\d{1,9})(?:[.,](\d{1,6}))?")


def read_day(text: str, order: str) -> date | Reason:
    """A day: 2026-11-20 and 20.11.2026 can be read in one way only; 11/10/2026 needs `order` (one of `DATE_ORDERS`)."""
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DOTTED.fullmatch(text):
        day, month, year = found.groups()
    elif found := _EITHER.fullmatch(text):
        if order not in DATE_ORDERS:
            return Reason("import.date-order-unknown", {"value": shown(text)})
        first, second, year = found.groups()
        day, month = (first, second) if order == DAY_FIRST else (second, first)
    elif re.fullmatch(r"\d{5}([.,]\d+)?", text):
        return Reason("import.date-as-number", {"value": text})
    else:
        return Reason("import.date-unreadable", {"value": shown(text)})
    try:
        read = date(int(year), int(month), int(day))
    except ValueError:
        return Reason("import.date-unreadable", {"value": shown(text)})
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        return Reason("import.year-out-of-range", {"first": FIRST_YEAR, "last": LAST_YEAR})
    return read


def read_units(text: str, most: int = MOST_UNITS, *, whole: int = 1) -> int | Reason:
    """A number of units from 0 on, times `whole`, which is how much of what a ledger counts is one unit: "20.00" is 20,
    and "12.5" hours are 750 minutes. What does not come to a whole number so is refused."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return Reason("import.units-unreadable", {"value": shown(text)})
    counted = Fraction(f"{found[1]}.{found[2] or 0}") * whole
    if counted.denominator != 1:
        return Reason("import.units-not-whole", {"value": text})
    if counted > most * whole:
        return Reason("import.units-out-of-range", {"most": most})
    return int(counted)
