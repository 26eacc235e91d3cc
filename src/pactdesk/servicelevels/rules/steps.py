"""Points on the way to a due instant and past it, at which somebody is to know (ESC-1). They are counted by the same
clock as the promise, so half of a target is half of its working time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pactdesk.servicelevels.rules.calendars import AROUND_THE_CLOCK, CalendarData
from pactdesk.servicelevels.rules.clock import add, next_open
from pactdesk.servicelevels.rules.timers import Calendars, State, Timer, pauses_that_count

AUDIENCES: Final = ("engineer", "team-lead", "manager", "head-of-support")


@dataclass(frozen=True, slots=True)
class Step:
    """One point and who is to know. Exactly one of the two is set.

    `percent` of the target, beyond 100 after it was missed; `minutes_before` the due instant, in its working time.
    Raises ValueError.
    """

    audience: str
    percent: int | None = None
    minutes_before: int | None = None

    def __post_init__(self) -> None:
        if self.audience not in AUDIENCES:
            raise ValueError(f"those who are told are {', '.join(AUDIENCES)}, not {self.audience!r}")
        given = [length for length in (self.percent, self.minutes_before) if length is not None]
        if len(given) != 1 or not isinstance(given[0], int) or not 1 <= given[0] <= 100_000:
            raise ValueError("a step is a percentage of the target, or minutes before it is due")

    @property
    def code(self) -> str:
        """What the step is known by: "75%", or "-60min"."""
        return f"{self.percent}%" if self.percent is not None else f"-{self.minutes_before}min"

    @property
    def is_breach(self) -> bool:
        """Whether it lies at the due instant or past it."""
        return self.percent is not None and self.percent >= 100

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Step:
        """The step written as {"percent": 75, "audience": "team-lead"}. Raises ValueError."""
        if unknown := sorted(set(data) - {"audience", "percent", "minutes_before"}):
            raise ValueError(
                f"a step has percent or minutes_before, and audience; unknown: {', '.join(unknown)}"
            )
        return cls(str(data.get("audience", "")), data.get("percent"), data.get("minutes_before"))

    def as_data(self) -> dict[str, Any]:
        """The form that `from_data` reads."""
        lengths = {"percent": self.percent, "minutes_before": self.minutes_before}
        return {
            "audience": self.audience,
            **{unit: length for unit, length in lengths.items() if length is not None},
        }


DEFAULT_STEPS: Final = (
    Step("engineer", percent=50),
    Step("team-lead", percent=75),
    Step("manager", percent=100),
    Step("head-of-support", percent=150),
)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of one timer: `at` is when it is reached, `tell_at` when that may be said.

    Notices of a clock in business hours go out in those hours only; around the clock the two are the same.
    """

    step: Step
    at: datetime
    tell_at: datetime


def planned(timer: Timer, steps: Iterable[Step], calendars: Calendars) -> tuple[PlannedStep, ...]:
    """When each step of an open timer is reached, the earliest first; none while it stands still or has ended."""
    if timer.due_at is None or timer.state not in {State.RUNNING, State.BREACHED_OPEN}:
        return ()
    calendar = AROUND_THE_CLOCK if timer.calendar is None else calendars[timer.calendar]
    found = []
    for step in steps:
        at = _instant(step, timer, calendar)
        if at is not None:
            found.append(PlannedStep(step, at, may_tell(calendar, at)))
    return tuple(sorted(found, key=lambda each: (each.at, each.step.code)))


def may_tell(calendar: CalendarData, at: datetime) -> datetime:
    """`at`, or, where nobody is at work then, the next opening."""
    return at if calendar.always_open else next_open(calendar, at)


def _instant(step: Step, timer: Timer, calendar: CalendarData) -> datetime | None:
    if step.percent == 100:
        return timer.due_at
    if step.percent is not None:
        seconds = timer.target_seconds * step.percent // 100
    else:
        assert step.minutes_before is not None
        seconds = max(0, timer.target_seconds - step.minutes_before * 60)
    return add(calendar, timer.counted_from, seconds, pauses_that_count(timer))
