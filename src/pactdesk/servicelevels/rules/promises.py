"""Targets of a programme, and the promise that one of them makes at one moment (SEV-2, SEV-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from pactdesk.servicelevels.rules.calendars import AROUND_THE_CLOCK, CalendarData
from pactdesk.servicelevels.rules.clock import NeverReached, Pause, add, add_business_days, elapsed

Hours = Literal["24x7", "business"]


@dataclass(frozen=True, slots=True)
class UpdateCadence:
    """How often the vendor gives news: every so many minutes, or every so many business days.

    Exactly one of the two is set. Minutes are counted on the target's clock. "Every business day" means: by the
    close of the next one. Raises ValueError for none, both, or less than one.
    """

    minutes: int | None = None
    business_days: int | None = None

    def __post_init__(self) -> None:
        given = [length for length in (self.minutes, self.business_days) if length is not None]
        if len(given) != 1 or not isinstance(given[0], int) or given[0] < 1:
            raise ValueError("a cadence is a number of minutes or a number of business days, 1 or more")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> UpdateCadence:
        """The cadence written as {"minutes": 120} or {"business_days": 3}."""
        if unknown := sorted(set(data) - {"minutes", "business_days"}):
            raise ValueError(f"a cadence has minutes or business_days; unknown: {', '.join(unknown)}")
        return cls(minutes=data.get("minutes"), business_days=data.get("business_days"))

    def as_data(self) -> dict[str, int]:
        """The form that `from_data` reads."""
        lengths = {"minutes": self.minutes, "business_days": self.business_days}
        return {unit: length for unit, length in lengths.items() if length is not None}

    def due_after(
        self, calendar: CalendarData, at: datetime, pauses: Iterable[Pause] = ()
    ) -> datetime | None:
        """When the next news is due if the last came at `at` (UTC); None while a pause holds it open."""
        if self.business_days is not None:
            return add_business_days(calendar, at, self.business_days, pauses)
        assert self.minutes is not None
        return add(calendar, at, self.minutes * 60, pauses)


@dataclass(frozen=True, slots=True)
class Target:
    """What a programme promises for one severity (SEV-2, SEV-3).

    `initial_response_minutes` until the first answer, counted in `hours`: around the clock, or in the
    business hours of the calendar that applies. `update_every` None: no cadence is promised.
    `needs_contact_around_the_clock`: the requester has to be reachable day and night (SEV-4).
    `other_within_business_days`: requests that are not break-fix get their first answer within so many
    business days instead; None: no difference is made (SEV-3). Raises ValueError for what contradicts itself.
    """

    severity: str
    initial_response_minutes: int
    update_every: UpdateCadence | None = None
    hours: Hours = "business"
    needs_contact_around_the_clock: bool = False
    other_within_business_days: int | None = None

    def __post_init__(self) -> None:
        if not self.severity:
            raise ValueError("a target names its severity")
        if self.hours not in get_args(Hours):
            raise ValueError(f"hours are {' or '.join(get_args(Hours))}, not {self.hours!r}")
        if self.initial_response_minutes < 1:
            raise ValueError("an initial response takes at least one minute")
        if self.other_within_business_days is not None and self.other_within_business_days < 1:
            raise ValueError("other requests are answered within at least one business day")
        if self.around_the_clock and self.update_every is not None and self.update_every.minutes is None:
            raise ValueError("a target around the clock has its cadence in minutes, not in business days")

    @property
    def around_the_clock(self) -> bool:
        return self.hours == "24x7"

    @property
    def updates_pause(self) -> bool:
        """Whether the cadence stands still while the ball is with the requester; around the clock it never does."""
        return not self.around_the_clock

    def in_business_hours(self) -> Target:
        """The same target kept in business hours, as for languages not served around the clock (SEV-3)."""
        return replace(self, hours="business", needs_contact_around_the_clock=False)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the requester may rely on when submitting at `submitted_at`. Both instants are UTC.

    `target_seconds` is the working time until the first answer, also where that is promised in `business_days`.
    """

    severity: str
    hours: Hours
    submitted_at: datetime
    first_response_due: datetime
    target_seconds: int
    business_days: int | None
    update_every: UpdateCadence | None
    needs_contact_around_the_clock: bool


def clock_of(target: Target, calendar: CalendarData) -> CalendarData:
    """The calendar that the target's minutes are counted in: around the clock, or `calendar` (SEV-6)."""
    return AROUND_THE_CLOCK if target.around_the_clock else calendar


def promise(target: Target, calendar: CalendarData, at: datetime, *, break_fix: bool = True) -> Promise:
    """What `target` promises to somebody who submits at `at`; `calendar` holds the team's business hours.

    `break_fix` False: advice and the like, which a programme may answer within business days, and then in
    business hours only (SEV-3). Raises ValueError for a naive `at`, and NeverReached for a calendar that is
    hardly ever open.
    """
    days = None if break_fix else target.other_within_business_days
    if days is not None:
        target = target.in_business_hours()
        due = add_business_days(calendar, at, days)
        seconds = elapsed(calendar, at, due) if due is not None else 0
    else:
        seconds = target.initial_response_minutes * 60
        due = add(clock_of(target, calendar), at, seconds)
    if due is None:
        raise NeverReached("without pauses every clock ends")
    return Promise(
        severity=target.severity,
        hours=target.hours,
        submitted_at=at.astimezone(UTC),
        first_response_due=due,
        target_seconds=seconds,
        business_days=days,
        update_every=target.update_every,
        needs_contact_around_the_clock=target.needs_contact_around_the_clock,
    )


def next_update_due(
    target: Target, calendar: CalendarData, after: datetime, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """When the next update is due after the public update given at `after` (UTC), SEV-2.

    None where the target promises no updates, and while an open pause holds the clock. A target around the
    clock keeps its cadence through pauses.
    """
    if target.update_every is None:
        return None
    return target.update_every.due_after(
        clock_of(target, calendar), after, pauses if target.updates_pause else ()
    )
