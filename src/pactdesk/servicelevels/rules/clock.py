"""Arithmetic in working time: when is it due, how much has passed, and why (SEV-6).

What counts is the working time of a calendar, less the pauses. Results are exact to the microsecond; nothing
is rounded to minutes. What becomes due exactly at closing time is due then, not at the next opening.

A clock may run for at most fifty years, so that no calendar, however closed, keeps a caller waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pactdesk.servicelevels.rules.calendars import SECOND, CalendarData, Holiday, instant, microseconds

Pause = tuple[datetime, datetime | None]
"""From when and until when a clock stands still; None: it still does."""

_Span = tuple[int, int]

_LONGEST = 50 * 366 * 86_400 * SECOND
# Before the last days that datetime knows: a shift may reach two midnights further, a wall clock may be a day ahead.
_LAST = microseconds(datetime.max.replace(tzinfo=UTC)) - 4 * 86_400 * SECOND
_FOREVER = _LAST + _LONGEST


class NeverReached(ValueError):
    """The calendar is open too seldom: what was asked for does not happen within fifty years."""


@dataclass(frozen=True, slots=True)
class CountedDay:
    """What one local day added to a clock.

    `seconds` is the working time counted on the day, `windows` the UTC stretches in which it was counted,
    `paused_seconds` the working time that pauses took away before the clock ended. `holiday` is the one that
    took the day's windows away. A day with neither windows nor holiday is one on which nobody works, or one
    whose hours were over. A shift past midnight stands wholly under the day on which it starts.
    """

    day: date
    seconds: int
    windows: tuple[tuple[datetime, datetime], ...] = ()
    paused_seconds: int = 0
    holiday: Holiday | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a clock is due when it is. The seconds of `days` add up to `seconds` where `due` is known.

    `due` is None while a pause that stops the clock is still open. `pauses` are the ones that begin before
    the due instant, put together where they overlap.
    """

    start: datetime
    seconds: int
    due: datetime | None
    days: tuple[CountedDay, ...]
    pauses: tuple[Pause, ...] = ()


def add(
    calendar: CalendarData, start: datetime, seconds: int, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The UTC instant at which `seconds` of working time have passed since `start`.

    None while an open pause keeps the clock from getting there. Pauses may overlap; only the working time inside
    them moves the answer. Zero seconds are due at `start`. Raises ValueError for naive datetimes, negative
    seconds and pauses that end before they begin, and NeverReached.
    """
    due = _add(calendar, start, _not_negative(seconds) * SECOND, _union(pauses))
    return None if due is None else instant(due)


def elapsed(calendar: CalendarData, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> int:
    """The whole seconds of working time between `start` and `end`; 0 where `end` is not later.

    Raises ValueError for naive datetimes and for pauses that end before they begin.
    """
    return _elapsed(calendar, start, end, _union(pauses)) // SECOND


def next_open(calendar: CalendarData, at: datetime) -> datetime:
    """The first UTC instant at or after `at` that is working time; a closing time is not.

    Raises NeverReached.
    """
    for opens, _ in _open_time(calendar, at, _horizon(at)):
        return instant(opens)
    raise NeverReached(f"no working time within fifty years of {at.isoformat()}")


def intervals(calendar: CalendarData, start: datetime, n: int) -> tuple[tuple[datetime, datetime], ...]:
    """The first `n` stretches of working time from `start` on, as UTC pairs; the first is cut off at `start`.

    Windows that touch, as those of two days around the clock do, stay apart. Raises NeverReached.
    """
    found: list[tuple[datetime, datetime]] = []
    windows = _windows(calendar, start, _horizon(start))
    while len(found) < n:
        span = next(windows, None)
        if span is None:
            raise NeverReached(f"fewer than {n} windows within fifty years of {start.isoformat()}")
        found.append((instant(span[0]), instant(span[1])))
    return tuple(found)


def add_business_days(
    calendar: CalendarData, start: datetime, days: int, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The close of the `days`-th working day after the day of `start`, as a UTC instant (SEV-2).

    The day of `start` does not count, as usual for terms in days; one day from any moment of Monday is Tuesday's
    close. During a shift past midnight, the day is the one on which the shift started. Pauses then move that
    instant by the working time inside them, as they do in `add`; the answer is None while an open pause keeps the
    clock from getting there. Raises ValueError for less than one day, and NeverReached.
    """
    due = _add(calendar, start, _business_days(calendar, start, days), _union(pauses))
    return None if due is None else instant(due)


def explain(
    calendar: CalendarData, start: datetime, seconds: int, pauses: Iterable[Pause] = ()
) -> Explanation:
    """Why `add` answers what it answers: local day by local day, with the same arguments and errors.

    The days run without a gap from the day of `start` to the day on which the clock ends, or, while a pause
    is still open, to the day on which that began.
    """
    return _explain(calendar, start, _not_negative(seconds) * SECOND, _union(pauses))


def explain_business_days(
    calendar: CalendarData, start: datetime, days: int, pauses: Iterable[Pause] = ()
) -> Explanation:
    """Why `add_business_days` answers what it answers, as `explain` does for `add`. `seconds` is the working time until
    that close."""
    return _explain(calendar, start, _business_days(calendar, start, days), _union(pauses))


def _explain(calendar: CalendarData, start: datetime, need: int, merged: Sequence[_Span]) -> Explanation:
    at = microseconds(start)
    stop = merged[-1][0] if merged and merged[-1][1] == _FOREVER else None
    first = _local_day(calendar, start)
    last = None if stop is None else max(first, _local_day(calendar, instant(stop)))
    days: list[CountedDay] = []
    counted, cursor = 0, at
    due = at if need == 0 else None
    for ordinal in _days_from(first - 1, _horizon(start)):
        if due is not None or (last is not None and ordinal > last):
            break
        windows = tuple(_clipped(calendar.windows_on(ordinal), cursor, _FOREVER))
        worked, paused = _worked_and_paused(windows, merged, need - counted)
        before, counted = counted, counted + sum(until - since for since, until in worked)
        if counted == need:
            due = worked[-1][1]
        if windows:
            cursor = windows[-1][1]
        day = date.fromordinal(ordinal)
        if (ordinal < first and not windows) or not calendar.exists(day):
            continue
        days.append(
            CountedDay(
                day=day,
                # Taken from the running total, so that rounded-down days still add up to the whole.
                seconds=counted // SECOND - before // SECOND,
                windows=tuple((instant(since), instant(until)) for since, until in worked),
                paused_seconds=paused // SECOND,
                holiday=calendar.holiday_that_closes(day),
            )
        )
    if due is None and stop is None:
        raise _never_reached(start, need // SECOND)
    return Explanation(
        start=instant(at),
        seconds=need // SECOND,
        due=None if due is None else instant(due),
        days=tuple(days),
        pauses=tuple(
            (instant(since), None if until == _FOREVER else instant(until))
            for since, until in merged
            if until > at and (due is None or since < due)
        ),
    )


def _worked_and_paused(
    windows: Iterable[_Span], pauses: Sequence[_Span], need: int
) -> tuple[Sequence[_Span], int]:
    """The stretches of `windows` that count until `need` is met, and what ended pauses took of them until then."""
    worked: list[_Span] = []
    paused = 0
    stop = pauses[-1][0] if pauses and pauses[-1][1] == _FOREVER else _FOREVER
    for opens, closes in windows:
        reached = opens
        for since, until in _without(((opens, closes),), pauses):
            paused += since - reached
            reached = min(until, since + need)
            worked.append((since, reached))
            need -= reached - since
            if need == 0:
                return worked, paused
        paused += max(0, min(closes, stop) - reached)
    return worked, paused


def _add(calendar: CalendarData, start: datetime, need: int, pauses: Sequence[_Span]) -> int | None:
    if need == 0:
        return microseconds(start)
    left = need
    for since, until in _without(_open_time(calendar, start, _horizon(start)), pauses):
        if until - since >= left:
            return since + left
        left -= until - since
    if pauses and pauses[-1][1] == _FOREVER:
        return None
    raise _never_reached(start, need // SECOND)


def _elapsed(calendar: CalendarData, start: datetime, end: datetime | int, pauses: Sequence[_Span]) -> int:
    until = microseconds(end) if isinstance(end, datetime) else end
    return sum(closes - opens for opens, closes in _without(_open_time(calendar, start, until), pauses))


def _business_days(calendar: CalendarData, start: datetime, days: int) -> int:
    """The working time until the close of the `days`-th working day after that of `start`."""
    if days < 1:
        raise ValueError(f"a term has at least one business day, not {days}")
    return _elapsed(calendar, start, _close_of_business_day(calendar, start, days), ())


def _close_of_business_day(calendar: CalendarData, start: datetime, days: int) -> int:
    at, today = microseconds(start), _local_day(calendar, start)
    if any(opens <= at < closes for opens, closes in calendar.windows_on(today - 1)):
        today -= 1
    left = days
    for ordinal in _days_from(today + 1, _horizon(start)):
        if windows := calendar.windows_on(ordinal):
            left -= 1
            if left == 0:
                return max(closes for _, closes in windows)
    raise NeverReached(f"fewer than {days} working days within fifty years of {start.isoformat()}")


def _open_time(calendar: CalendarData, start: datetime, until: int) -> Iterator[_Span]:
    """Working time in [start, until), in order, each moment once."""
    if calendar.always_open:
        since = microseconds(start)
        return iter(((since, until),) if since < until else ())
    return _windows(calendar, start, until)


def _windows(calendar: CalendarData, start: datetime, until: int) -> Iterator[_Span]:
    cursor = microseconds(start)
    for ordinal in _days_from(_local_day(calendar, start) - 1, until):
        for opens, closes in _clipped(calendar.windows_on(ordinal), cursor, until):
            yield opens, closes
            cursor = closes


def _clipped(windows: Iterable[_Span], cursor: int, until: int) -> Iterator[_Span]:
    """What of `windows` lies in [cursor, until); what an earlier window covered is not given again."""
    for opens, closes in windows:
        since, to = max(opens, cursor), min(closes, until)
        if since < to:
            yield since, to
            cursor = to


def _without(spans: Iterable[_Span], pauses: Sequence[_Span]) -> Iterator[_Span]:
    """`spans` less `pauses`; both are sorted and free of overlaps. Ends where an open pause begins."""
    if not pauses:
        yield from spans
        return
    index, count = 0, len(pauses)
    for since, until in spans:
        while since < until:
            while index < count and pauses[index][1] <= since:
                index += 1
            if index == count or pauses[index][0] >= until:
                yield since, until
                break
            begins, ends = pauses[index]
            if since < begins:
                yield since, begins
            if ends == _FOREVER:
                return
            since = ends


def _union(pauses: Iterable[Pause]) -> Sequence[_Span]:
    spans: list[_Span] = []
    for since, until in pauses:
        span = microseconds(since), _FOREVER if until is None else microseconds(until)
        if span[1] < span[0]:
            raise ValueError(f"a pause ends at {until}, before it begins at {since}")
        if span[0] < span[1]:
            spans.append(span)
    spans.sort()
    merged: list[_Span] = []
    for begins, ends in spans:
        if merged and begins <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ends)
        else:
            merged.append((begins, ends))
    return merged


def _days_from(first: int, until: int) -> range:
    """The days on which a window that begins before `until` may start, counted from the day `first`."""
    return range(max(first, 2), instant(min(until, _LAST)).toordinal() + 2)


def _local_day(calendar: CalendarData, at: datetime) -> int:
    return at.astimezone(calendar.zone).toordinal()


def _horizon(start: datetime) -> int:
    return min(microseconds(start) + _LONGEST, _LAST)


def _not_negative(seconds: int) -> int:
    if seconds < 0:
        raise ValueError(f"a clock cannot run for {seconds} seconds")
    return seconds


def _never_reached(start: datetime, seconds: int) -> NeverReached:
    return NeverReached(f"{seconds} seconds of working time take over fifty years from {start.isoformat()}")
