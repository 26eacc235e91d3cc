"""The clocks of one request: what is owed, until when, and what became of it (SEV-6).

A request's timers are a fold over what happened to it: `timers_of` reads the events in their order and answers every
timer that ever ran. Nothing else may say when something is due, so folding again always gives the same answer. What is
owed is the initial response, and from each public answer on the next update.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from pactdesk.servicelevels.rules.calendars import AROUND_THE_CLOCK, CalendarData
from pactdesk.servicelevels.rules.clock import (
    Explanation,
    NeverReached,
    Pause,
    add,
    add_business_days,
    elapsed,
    explain,
    explain_business_days,
)
from pactdesk.servicelevels.rules.promises import Hours, Target

Calendars = Mapping[int, CalendarData]
"""Calendars by the id of their version."""


class Metric(StrEnum):
    """What is owed: the first answer, or news."""

    INITIAL_RESPONSE = "initial-response"
    UPDATE = "update"


class State(StrEnum):
    """What became of a timer. `BREACHED_OPEN`: the due instant has passed and it is still owed."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED_OPEN = "breached-open"
    MET_LATE = "met-late"
    CANCELLED = "cancelled"


OPEN_STATES: Final = frozenset({State.RUNNING, State.PAUSED, State.BREACHED_OPEN})


class Kind(StrEnum):
    """What can happen to the clocks of a request."""

    OPENED = "opened"
    ANSWERED = "answered"
    PAUSED = "paused"
    RESUMED = "resumed"
    RAISED = "raised"
    LOWERED = "lowered"
    LOWERED_UNREACHABLE = "lowered-unreachable"
    RESTORED = "restored"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    TRANSFERRED = "transferred"
    CALENDAR_CHANGED = "calendar-changed"
    BACKDATED = "backdated"


# Why a timer was cancelled; the last one where the new severity promises no news.
UNREACHABLE, RESTORED, RESOLVED, CLOSED, NOT_PROMISED = CANCEL_REASONS = (
    "unreachable",
    "restored",
    "resolved",
    "closed",
    "not-promised",
)
# Why a timer stood still; the other two are reasons for having been cancelled, until the request was taken up again.
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the clocks at `at` (UTC). Events are folded in their order, whatever their instants
    say; one that claims to be earlier than the one before it counts as simultaneous.

    `severity` and `hours` come with the opening and with every change of severity, `calendar` (the id of a version)
    with the opening and with a change of calendar. `until`: a pause that ends by itself. `start`: where the clock is
    set back to (BACKDATED). ANSWERED is a public message of a person, or a conversation that was logged, and nothing
    else: no automatic acknowledgement, no note, no assignment.
    """

    kind: Kind
    at: datetime
    severity: str = ""
    hours: Hours = "business"
    calendar: int | None = None
    until: datetime | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What was promised when the request was submitted, frozen: a target for each severity of its plan.

    `break_fix` False: the initial response may take business days instead (SEV-3).
    """

    targets: Mapping[str, Target]
    break_fix: bool = True

    def target(self, severity: str, hours: Hours) -> Target | None:
        """What is promised for `severity` when it is kept in `hours`; None where the plan does not offer it."""
        target = self.targets.get(severity)
        if target is None:
            return None
        if not self.break_fix and target.other_within_business_days is not None:
            hours = "business"
        return target if hours == "24x7" and target.around_the_clock else target.in_business_hours()


@dataclass(frozen=True, slots=True)
class Leg:
    """One way to count: from `start`, so much working time of a calendar (None: around the clock).

    One of `seconds` and `business_days` is set. `pausable`: it stands still while the ball is with the requester.
    """

    start: datetime
    calendar: int | None
    seconds: int | None = None
    business_days: int | None = None
    pausable: bool = True


@dataclass(frozen=True, slots=True)
class Standstill:
    """From when, until when (None: still) and why a timer stood still: waiting, resolved, closed."""

    since: datetime
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock and what became of it. All instants are UTC.

    `number` counts the timers of a metric. `started_at` is when it began to be owed; `counted_from` where counting
    begins, which a change of severity may have moved. `target_seconds` is the working time promised from there, also
    where that is given in `business_days`; `calendar` is the version it is counted in, None around the clock. `due_at`
    is None while it stands still; of an ended timer it is what applied at the end. `breached_at` is the due instant
    that passed, whenever that was noticed. `elapsed_seconds` is the working time it took, once it has ended.
    `pausable`: it stands still while the ball is with the requester.
    """

    metric: Metric
    number: int
    state: State
    severity: str
    hours: Hours
    calendar: int | None
    started_at: datetime
    counted_from: datetime
    target_seconds: int
    business_days: int | None
    pausable: bool
    due_at: datetime | None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    elapsed_seconds: int | None = None
    pauses: tuple[Standstill, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by within its request."""
        return self.metric.value, self.number


def timers_of(
    events: Iterable[Event], terms: Terms, calendars: Calendars, *, at: datetime | None = None
) -> tuple[Timer, ...]:
    """Every timer of a request, in the order in which they began, as of `at` (UTC); None: as of the last event.

    The first event is the opening. Raises KeyError for a version that is not among `calendars`, ValueError for events
    that do not begin with an opening, and NeverReached for a calendar that is hardly ever open.
    """
    fold: _Fold | None = None
    for event in events:
        if fold is None:
            fold = _Fold(event, terms, calendars)
        else:
            fold.apply(event)
    if fold is None:
        return ()
    if at is not None:
        fold.advance(at)
    return fold.timers()


def next_due(timers: Iterable[Timer]) -> datetime | None:
    """When the next thing is owed, overdue ones included; None while nothing is."""
    return min((timer.due_at for timer in timers if timer.is_open and timer.due_at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Why:
    """Why this time? `explanation` counts day by day; `superseded` says that a change of severity moved the clock, so
    that counting does not begin where the timer began."""

    timer: Timer
    explanation: Explanation

    @property
    def superseded(self) -> bool:
        return self.timer.counted_from != self.timer.started_at


def explain_timer(timer: Timer, calendars: Calendars, *, zone: str = "UTC") -> Why:
    """Start, each day's counted time, pauses, holidays by name, and due, for whoever asks.

    `zone` says into which days a clock around the clock is split; one in business hours has the days of its calendar.
    """
    calendar = CalendarData.around_the_clock(zone) if timer.calendar is None else calendars[timer.calendar]
    pauses = pauses_that_count(timer)
    if timer.business_days is not None:
        return Why(timer, explain_business_days(calendar, timer.counted_from, timer.business_days, pauses))
    return Why(timer, explain(calendar, timer.counted_from, timer.target_seconds, pauses))


def pauses_that_count(timer: Timer) -> list[Pause]:
    """The timer's pauses, less those through which it runs."""
    return [(pause.since, pause.until) for pause in timer.pauses if _applies(pause, timer.pausable)]


def _applies(pause: Standstill, pausable: bool) -> bool:
    # What was resolved or closed is owed by nobody, whatever the severity.
    return pausable or pause.reason != WAITING


@dataclass(slots=True)
class _Clock:
    """A timer while the fold goes on. `legs`: the one that is due first counts. Once it is breached or has ended, `due`
    and `decided`, the leg that it came from, no longer move."""

    metric: Metric
    number: int
    severity: str
    hours: Hours
    started_at: datetime
    legs: tuple[Leg, ...]
    due: datetime | None = None
    decided: Leg | None = None
    breached_at: datetime | None = None
    met_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    pauses: tuple[Standstill, ...] = ()

    @property
    def ended_at(self) -> datetime | None:
        return self.met_at or self.cancelled_at

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class _Fold:
    """All timers of one request, at one moment after the other."""

    def __init__(self, opening: Event, terms: Terms, calendars: Calendars) -> None:
        if opening.kind is not Kind.OPENED:
            raise ValueError(f"the first event is the opening, not {opening.kind}")
        self._terms = terms
        self._calendars = calendars
        self._severity, self._hours, self._calendar = opening.severity, opening.hours, opening.calendar
        self._now = opening.at
        self._clocks: list[_Clock] = []
        self._pauses: list[Standstill] = []
        self._was_answered = False
        self._begin(Metric.INITIAL_RESPONSE)

    # --- What happens ---

    def apply(self, event: Event) -> None:
        self.advance(event.at)
        match event.kind:
            case Kind.ANSWERED:
                self._answered()
            case Kind.PAUSED:
                self._paused(event.until)
            case Kind.RESUMED:
                if self._held_for(WAITING):
                    self._go_on()
            case Kind.RESOLVED:
                self._hold(RESOLVED)
            case Kind.CLOSED:
                self._hold(CLOSED)
            case Kind.REOPENED:
                if self._held_for(RESOLVED, CLOSED):
                    self._go_on()
                    self._begin_update_where_missing()
            case Kind.RAISED:
                self._raised(event)
            case Kind.LOWERED:
                self._lowered(event)
            case Kind.LOWERED_UNREACHABLE:
                self._start_anew(event, UNREACHABLE)
            case Kind.RESTORED:
                self._start_anew(event, RESTORED)
            case Kind.CALENDAR_CHANGED:
                self._calendar_changed(event.calendar)
            case Kind.BACKDATED:
                self._backdated(event.start)
            case Kind.TRANSFERRED:
                pass
            case Kind.OPENED:
                raise ValueError("a request is opened once")
        self._mark_breaches()

    def advance(self, at: datetime) -> None:
        """Let time pass until `at`: what is due before it and still owed is breached."""
        self._now = max(self._now, at)
        self._mark_breaches()

    def _answered(self) -> None:
        for clock in self._open_clocks():
            clock.met_at = self._now
            self._freeze(clock)
        self._was_answered = True
        self._begin_update_where_missing()

    def _paused(self, until: datetime | None) -> None:
        if self._held_for(RESOLVED, CLOSED):
            return
        if self._held_for(WAITING):
            self._pauses[-1] = replace(self._pauses[-1], until=until)
        else:
            self._pauses.append(Standstill(self._now, until, WAITING))

    def _hold(self, reason: str) -> None:
        """Nothing is owed any more. An initial response that was never given will be, should work go on."""
        if self._held_for(reason):
            return
        if self._held_for(WAITING, RESOLVED, CLOSED):
            self._go_on()
        for clock in self._open_clocks(Metric.UPDATE):
            self._cancel(clock, reason)
        self._pauses.append(Standstill(self._now, None, reason))

    def _raised(self, event: Event) -> None:
        """The earlier of what was due and what the new severity promises from now on."""
        self._severity, self._hours = event.severity, event.hours
        for clock in self._open_clocks():
            leg = self._leg(clock.metric, self._now)
            if clock.breached_at is None and leg is not None:
                clock.legs = (*clock.legs, leg)
                clock.severity, clock.hours = event.severity, event.hours
        self._begin_update_where_missing()

    def _lowered(self, event: Event) -> None:
        """What the new severity would have promised from the start, or, where that has passed, from now on."""
        self._severity, self._hours = event.severity, event.hours
        for clock in self._open_clocks():
            if clock.breached_at is not None:
                continue
            leg = self._leg(clock.metric, clock.started_at)
            if leg is None:
                if clock.metric is Metric.UPDATE:
                    self._cancel(clock, NOT_PROMISED)
                continue
            due = self._due_of(leg)
            if due is not None and due < self._now:
                leg = replace(leg, start=self._now)
            clock.legs = (leg,)
            clock.severity, clock.hours = event.severity, event.hours
        self._begin_update_where_missing()

    def _start_anew(self, event: Event, reason: str) -> None:
        self._severity, self._hours = event.severity, event.hours
        for clock in self._open_clocks():
            self._cancel(clock, reason)
            self._begin(clock.metric)
        self._begin_update_where_missing()

    def _calendar_changed(self, version: int | None) -> None:
        self._calendar = version
        for clock in self._open_clocks():
            clock.legs = tuple(
                leg if leg.calendar is None else replace(leg, calendar=version) for leg in clock.legs
            )
            clock.breached_at = None

    def _backdated(self, start: datetime | None) -> None:
        for clock in self._open_clocks(Metric.INITIAL_RESPONSE):
            if start is not None and start < clock.started_at:
                clock.legs = tuple(
                    replace(leg, start=start) if leg.start == clock.started_at else leg for leg in clock.legs
                )
                clock.started_at, clock.breached_at = start, None

    # --- Timers ---

    def _begin(self, metric: Metric) -> None:
        leg = self._leg(metric, self._now)
        if leg is not None:
            number = 1 + sum(clock.metric is metric for clock in self._clocks)
            self._clocks.append(_Clock(metric, number, self._severity, self._hours, self._now, (leg,)))

    def _begin_update_where_missing(self) -> None:
        """News is owed once there was an answer, as long as there is work to tell of."""
        if self._was_answered and not self._held_for(RESOLVED, CLOSED) and not self._open_clocks():
            self._begin(Metric.UPDATE)

    def _cancel(self, clock: _Clock, reason: str) -> None:
        if clock.metric is Metric.UPDATE and clock.started_at == self._now:
            self._clocks.remove(clock)  # it never ran, as when a request is answered and resolved in one act
            return
        clock.cancelled_at, clock.cancel_reason = self._now, reason
        self._freeze(clock)

    def _freeze(self, clock: _Clock) -> None:
        """Keep what applied at this moment: later pauses, severities and calendars do not touch what has ended."""
        if clock.breached_at is None:
            clock.pauses = self._pauses_of(clock, until=self._now)
            clock.due, clock.decided = self._first(clock.legs, self._now)

    def _mark_breaches(self) -> None:
        # What is resolved or closed is not owed, so nothing more is missed.
        owed_until = self._pauses[-1].since if self._held_for(RESOLVED, CLOSED) else self._now
        for clock in self._open_clocks():
            if clock.breached_at is None:
                clock.due, clock.decided = self._first(clock.legs)
                if clock.due is not None and clock.due < owed_until:
                    clock.breached_at = clock.due
                    clock.pauses = self._pauses_of(clock, until=clock.due)

    def _open_clocks(self, *metrics: Metric) -> list[_Clock]:
        return [each for each in self._clocks if each.is_open and (not metrics or each.metric in metrics)]

    # --- Standing still ---

    def _held_for(self, *reasons: str) -> bool:
        if not self._pauses or self._pauses[-1].reason not in reasons:
            return False
        until = self._pauses[-1].until
        return until is None or until > self._now

    def _go_on(self) -> None:
        self._pauses[-1] = replace(self._pauses[-1], until=self._now)
        if self._pauses[-1].since >= self._now:
            del self._pauses[-1]

    def _pauses_of(self, clock: _Clock, until: datetime | None = None) -> tuple[Standstill, ...]:
        """What of the request's pauses lies within the timer's life, which ended at `until`, if it has ended."""
        found = []
        for pause in self._pauses:
            since = max(pause.since, clock.started_at)
            ends = pause.until
            if until is not None:
                ends = until if ends is None else min(ends, until)
            if ends is None or since < ends:
                found.append(replace(pause, since=since, until=ends))
        return tuple(found)

    # --- Counting ---

    def _leg(self, metric: Metric, start: datetime) -> Leg | None:
        """What the severity of the moment promises from `start` on; None where it promises nothing."""
        target = self._terms.target(self._severity, self._hours)
        if target is None:
            return None
        if metric is Metric.INITIAL_RESPONSE:
            days = None if self._terms.break_fix else target.other_within_business_days
            if days is not None:
                return Leg(start, self._calendar, business_days=days)
            calendar = None if target.around_the_clock else self._calendar
            return Leg(start, calendar, seconds=target.initial_response_minutes * 60)
        every = target.update_every
        if every is None:
            return None
        calendar = None if target.around_the_clock else self._calendar
        if every.business_days is not None:
            return Leg(start, calendar, business_days=every.business_days)
        assert every.minutes is not None
        return Leg(start, calendar, seconds=every.minutes * 60, pausable=target.updates_pause)

    def _due_of(self, leg: Leg, ends: datetime | None = None) -> datetime | None:
        """When the leg is due as far as one knows now; None while it stands still. `ends`: pauses end then."""
        pauses: list[Pause] = []
        for pause in self._pauses:
            if _applies(pause, leg.pausable):
                until = pause.until
                if until is not None and until > self._now:
                    until = None  # what is still to come may be cut short
                if until is None and ends is not None:
                    until = max(ends, pause.since)
                pauses.append((pause.since, until))
        calendar = self._calendar_of(leg.calendar)
        if leg.business_days is not None:
            return add_business_days(calendar, leg.start, leg.business_days, pauses)
        assert leg.seconds is not None
        return add(calendar, leg.start, leg.seconds, pauses)

    def _calendar_of(self, version: int | None) -> CalendarData:
        return AROUND_THE_CLOCK if version is None else self._calendars[version]

    def _first(self, legs: Sequence[Leg], ends: datetime | None = None) -> tuple[datetime | None, Leg]:
        """When the first of the legs is due, and which that is. While all stand still: None, and the one that would be
        first if that ended now."""
        if len(legs) == 1:
            return self._due_of(legs[0], ends), legs[0]
        dues = [(due, n) for n, leg in enumerate(legs) if (due := self._due_of(leg, ends)) is not None]
        if dues:
            due, n = min(dues)
            return due, legs[n]
        return None, self._first(legs, self._now)[1]

    # --- The answer ---

    def timers(self) -> tuple[Timer, ...]:
        return tuple(map(self._as_timer, self._clocks))

    def _as_timer(self, clock: _Clock) -> Timer:
        cancelled_at, reason = clock.cancelled_at, clock.cancel_reason
        due, leg, pauses = clock.due, clock.decided, clock.pauses
        if clock.is_open and self._held_for(RESOLVED, CLOSED):
            cancelled_at, reason = self._pauses[-1].since, self._pauses[-1].reason
        ended_at = clock.met_at or cancelled_at
        if clock.is_open and clock.breached_at is None:
            due, leg = self._first(clock.legs, cancelled_at)
            pauses = self._pauses_of(clock, until=cancelled_at)
        assert leg is not None  # decided when it was breached or ended
        calendar = self._calendar_of(leg.calendar)
        return Timer(
            metric=clock.metric,
            number=clock.number,
            state=_state(clock, due, cancelled_at),
            severity=clock.severity,
            hours=clock.hours,
            calendar=leg.calendar,
            started_at=clock.started_at,
            counted_from=leg.start,
            target_seconds=_seconds_of(leg, calendar),
            business_days=leg.business_days,
            pausable=leg.pausable,
            due_at=due,
            met_at=clock.met_at,
            breached_at=clock.breached_at,
            cancelled_at=cancelled_at,
            cancel_reason=reason,
            elapsed_seconds=None if ended_at is None else self._elapsed(clock, leg, ended_at),
            pauses=pauses,
        )

    def _elapsed(self, clock: _Clock, leg: Leg, ended_at: datetime) -> int:
        pauses = self._pauses_of(clock, until=ended_at)
        counting = [(pause.since, pause.until) for pause in pauses if _applies(pause, leg.pausable)]
        return elapsed(self._calendar_of(leg.calendar), clock.started_at, ended_at, counting)


def _state(clock: _Clock, due: datetime | None, cancelled_at: datetime | None) -> State:
    if clock.met_at is not None:
        return State.MET if clock.breached_at is None else State.MET_LATE
    if cancelled_at is not None:
        return State.CANCELLED
    if clock.breached_at is not None:
        return State.BREACHED_OPEN
    return State.RUNNING if due is not None else State.PAUSED


def _seconds_of(leg: Leg, calendar: CalendarData) -> int:
    """The working time of a leg, also of one that is given in business days."""
    if leg.seconds is not None:
        return leg.seconds
    assert leg.business_days is not None
    close = add_business_days(calendar, leg.start, leg.business_days)
    if close is None:
        raise NeverReached("without pauses every clock ends")
    return elapsed(calendar, leg.start, close)
