"""Points on the way to a due instant and past it, at which somebody is to know (ESC-1). They are counted by the same
clock as the promise, so half of a target is half of its working time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pactdesk.servicelevels.rules.calendars import AROUND_THE_CLOCK, CalendarData
from pactdesk.servicelevels.rules.clock import add, next_open
from pactdesk.servicelevels.rules.promises import Promise
from pactdesk.servicelevels.rules.timers import Calendars, State, Timer, pauses_that_count

_CODE = re.compile(r"([0-9]{1,6})%|-([0-9]{1,6})min")

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

    @classmethod
    def from_code(cls, code: str, audience: str) -> Step:
        """The step that is known by `code`. Raises ValueError."""
        found = _CODE.fullmatch(code)
        if found is None:
            raise ValueError(
                f"a step is known by a share such as 75%, or by minutes such as -60min, not {code!r}"
            )
        percent, minutes = found.groups()
        return cls(audience, int(percent) if percent else None, int(minutes) if minutes else None)

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
    calendar = _calendar_of(timer, calendars)
    found = []
    for step in steps:
        at = _instant(step, timer, calendar)
        if at is not None:
            found.append(PlannedStep(step, at, may_tell(calendar, at)))
    return tuple(sorted(found, key=lambda each: (each.at, each.step.code)))


def next_look(
    timer: Timer, steps: Iterable[Step], calendars: Calendars, told: Collection[str], *, at: datetime
) -> datetime | None:
    """When somebody has to look at an open timer next, seen from `at`: to tell a step, or to mark that it was missed.

    `told` are the codes of the steps that were told. What leads up to a due instant is of no use once that has passed.
    """
    if timer.due_at is None or timer.state not in {State.RUNNING, State.BREACHED_OPEN}:
        return None
    calendar = _calendar_of(timer, calendars)
    found = [timer.due_at] if timer.state is State.RUNNING else []
    for step in _first_of_each_kind(
        step for step in steps if step.code not in told and (step.is_breach or timer.state is State.RUNNING)
    ):
        reached = _instant(step, timer, calendar)
        if reached is not None:
            found.append(may_tell(calendar, max(reached, at)))
    return min(found, default=None)


def earliest_look(made: Promise, steps: Iterable[Step]) -> datetime:
    """An instant not later than `next_look` would answer for what was promised just now, and quickly found.

    Working time passes no faster than time, so as much of it as a step needs has not passed before.
    """
    seconds = min((_seconds_until(step, made.target_seconds) for step in steps), default=made.target_seconds)
    return min(made.submitted_at + timedelta(seconds=seconds), made.first_response_due)


def to_tell(
    timer: Timer, steps: Iterable[Step], calendars: Calendars, told: Collection[str], *, at: datetime
) -> tuple[PlannedStep, ...]:
    """The steps that are reached, were not told, and may be told at `at`, the earliest first."""
    if timer.state is State.PAUSED or may_tell(_calendar_of(timer, calendars), at) > at:
        return ()
    return tuple(
        each
        for each in planned(timer, steps, calendars)
        if each.step.code not in told
        and each.step.is_breach == (timer.state is State.BREACHED_OPEN)
        and (each.at < at if each.step.is_breach else each.at <= at)
    )


def may_tell(calendar: CalendarData, at: datetime) -> datetime:
    """`at`, or, where nobody is at work then, the next opening."""
    return at if calendar.always_open else next_open(calendar, at)


def _calendar_of(timer: Timer, calendars: Calendars) -> CalendarData:
    return AROUND_THE_CLOCK if timer.calendar is None else calendars[timer.calendar]


def _instant(step: Step, timer: Timer, calendar: CalendarData) -> datetime | None:
    if step.percent == 100:
        return timer.due_at
    seconds = _seconds_until(step, timer.target_seconds)
    return add(calendar, timer.counted_from, seconds, pauses_that_count(timer))


def _seconds_until(step: Step, target_seconds: int) -> int:
    """The working time until a step is reached."""
    if step.percent is not None:
        return target_seconds * step.percent // 100
    assert step.minutes_before is not None
    return max(0, target_seconds - step.minutes_before * 60)


def _first_of_each_kind(steps: Iterable[Step]) -> Iterator[Step]:
    """The share that is reached first, and the minutes that are: no other step can come before both."""
    steps = list(steps)
    if shares := [step for step in steps if step.percent is not None]:
        yield min(shares, key=lambda step: step.percent or 0)
    if minutes := [step for step in steps if step.minutes_before is not None]:
        yield max(minutes, key=lambda step: step.minutes_before or 0)
