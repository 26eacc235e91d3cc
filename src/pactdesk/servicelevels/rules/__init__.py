"""The rules of service levels, pure: no Django, no database. Time is an argument; answers are UTC instants."""

from __future__ import annotations

from pactdesk.servicelevels.rules.calendars import (
    AROUND_THE_CLOCK,
    CalendarData,
    Holiday,
    InvalidCalendar,
    Window,
)
from pactdesk.servicelevels.rules.clock import (
    CountedDay,
    Explanation,
    NeverReached,
    Pause,
    add,
    add_business_days,
    elapsed,
    explain,
    explain_business_days,
    intervals,
    next_open,
)
from pactdesk.servicelevels.rules.promises import (
    Hours,
    Promise,
    Target,
    UpdateCadence,
    clock_of,
    next_update_due,
    promise,
)
from pactdesk.servicelevels.rules.severities import REASON_CODES, SeverityOffer, rule_offered_severities
from pactdesk.servicelevels.rules.timers import Event, Kind, Terms, Timer, explain_timer, next_due, timers_of

__all__ = [
    "AROUND_THE_CLOCK",
    "REASON_CODES",
    "CalendarData",
    "CountedDay",
    "Event",
    "Explanation",
    "Holiday",
    "Hours",
    "InvalidCalendar",
    "Kind",
    "NeverReached",
    "Pause",
    "Promise",
    "SeverityOffer",
    "Target",
    "Terms",
    "Timer",
    "UpdateCadence",
    "Window",
    "add",
    "add_business_days",
    "clock_of",
    "elapsed",
    "explain",
    "explain_business_days",
    "explain_timer",
    "intervals",
    "next_due",
    "next_open",
    "next_update_due",
    "promise",
    "rule_offered_severities",
    "timers_of",
]
