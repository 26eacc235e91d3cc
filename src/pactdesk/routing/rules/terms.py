"""On which terms somebody works, as they are said: one shift for each day of the week. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pactdesk.servicelevels.rules.calendars import WEEKDAYS

# From and until, as in "09:00" and "17:00"; a day ends at "24:00", and an end before the begin is that of the next day.
Shift = tuple[str, str]
ALL_DAY: Final[Shift] = ("00:00", "24:00")


@dataclass(frozen=True, slots=True)
class Terms:
    """Empty sets ask for nothing: every language, every product, every kind of question. `shifts` are by weekday
    ("mon"), in the engineer's zone; a day without one is free. `is_plain`: each day has one shift at most, as these
    can be edited."""

    languages: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    problem_types: frozenset[str] = frozenset()
    shifts: Mapping[str, Shift] = field(default_factory=lambda: dict.fromkeys(WEEKDAYS, ALL_DAY))
    capacity: int = 8
    backup_id: int | None = None
    away_from: datetime | None = None
    away_until: datetime | None = None
    is_plain: bool = True

    def away(self, at: datetime) -> bool:
        """Whether an absence is entered for this instant."""
        begun = self.away_from is not None and self.away_from <= at
        return begun and (self.away_until is None or at < self.away_until)


def weekly_of(shifts: Mapping[str, Shift]) -> dict[str, list[list[str]]]:
    """Shifts in the form in which a week is kept."""
    return {day: [list(shifts[day])] for day in WEEKDAYS if day in shifts}


def shifts_of(weekly: Mapping[str, list[list[str]]]) -> tuple[dict[str, Shift], bool]:
    """The first shift of each day of a week, and whether that is all there is."""
    shifts = {day: (str(spans[0][0]), str(spans[0][1])) for day, spans in weekly.items() if spans}
    return shifts, all(len(spans) <= 1 for spans in weekly.values())
