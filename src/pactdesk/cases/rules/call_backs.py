"""When a consultant may call back: up to two days and a part of the day, at the requester's place (RTE-2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pactdesk.cases.rules.answers import Support
from pactdesk.kernel.decisions import Reason

# Parts of the day, from and until when by the clock on the wall.
WINDOWS: Final[Mapping[str, tuple[time, time]]] = {
    "morning": (time(9), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(20)),
}
FURTHEST: Final = timedelta(days=60)
DAYS: Final = ("call_day", "call_other_day")


@dataclass(frozen=True, slots=True)
class CallBack:
    """A wish. Without `days` any will do; `window` is "" for business hours, else one of `WINDOWS`; `zone` is IANA."""

    days: tuple[date, ...]
    window: str
    zone: str

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """From and until when on this day; None where no part of the day was chosen."""
        if not self.window:
            return None
        begin, end = WINDOWS[self.window]
        zone = ZoneInfo(self.zone)
        return datetime.combine(day, begin, zone), datetime.combine(day, end, zone)

    def as_data(self) -> dict[str, Any]:
        """The form that `from_data` reads, for the request's row."""
        return {"days": [day.isoformat() for day in self.days], "window": self.window, "zone": self.zone}

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> Self | None:
        """The wish in a request's row; None where there is none."""
        if not data:
            return None
        return cls(tuple(map(date.fromisoformat, data["days"])), str(data["window"]), str(data["zone"]))


def call_back_in(support: Support) -> CallBack | None:
    """The wish that the answers of step 2 hold; None where they hold none. What cannot be read is left out."""
    days = sorted({day for name in DAYS if (day := _day(getattr(support, name))) is not None})
    window = support.call_window if support.call_window in WINDOWS else ""
    if not days and not window:
        return None
    return CallBack(tuple(days), window, _zone(support.time_zone).key)


def call_back_refusals(support: Support, *, at: datetime) -> Mapping[str, Reason]:
    """What is wrong with the wish at `at`, by the field: a day has to be one, still to come, and not too far away."""
    today = at.astimezone(_zone(support.time_zone)).date()
    found: dict[str, Reason] = {}
    for name in DAYS:
        text = getattr(support, name)
        day = _day(text)
        if not text:
            continue
        if day is None:
            found[name] = Reason("intake.call-back-not-a-day")
        elif day < today:
            found[name] = Reason("intake.call-back-past")
        elif day > today + FURTHEST:
            found[name] = Reason("intake.call-back-too-far", {"days": FURTHEST.days})
    if support.call_window and support.call_window not in WINDOWS:
        found["call_window"] = Reason("intake.call-back-window-unknown")
    return found


def _zone(name: str) -> ZoneInfo:
    """The zone that was typed; UTC while it is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
