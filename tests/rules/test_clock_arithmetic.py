"""Working time: published cases, laws that hold for every calendar, clock changes, promises and severities."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pactdesk.servicelevels.rules import (
    AROUND_THE_CLOCK,
    REASON_CODES,
    CalendarData,
    Holiday,
    InvalidCalendar,
    NeverReached,
    Pause,
    Target,
    UpdateCadence,
    Window,
    add,
    add_business_days,
    clock_of,
    elapsed,
    explain,
    explain_business_days,
    intervals,
    next_open,
    next_update_due,
    promise,
    rule_offered_severities,
)
from tests.effort import tries

HERE = Path(__file__).parent
CASES: dict[str, Any] = json.loads((HERE / "data" / "sla_cases.json").read_text(encoding="utf-8"))
CALENDARS = {name: CalendarData.from_data(data) for name, data in CASES["calendars"].items()}

HOUR = 3600
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_YEAR_CLOSED = [(date(2024, 1, 1) + DAY * n).strftime("--%m-%d") for n in range(366)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def weekdays(*windows: list[str]) -> dict[str, list[list[str]]]:
    return {day: list(windows) for day in WEEKDAYS[:5]}


def office(tz: str = "Europe/Prague", holidays: list[Any] | None = None, **weekly: Any) -> CalendarData:
    """Monday to Friday, nine to five, unless the test says which windows it wants."""
    windows = weekly or weekdays(["09:00", "17:00"])
    return CalendarData.from_data({"tz": tz, "weekly": windows, "holidays": holidays or []})


def daily(tz: str, *windows: tuple[str, str]) -> CalendarData:
    return office(tz, **{day: [list(window) for window in windows] for day in WEEKDAYS})


PRAGUE = office()


# --- Published cases ---


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES["cases"] if case["kind"] in kinds]


def pauses_of(case: dict[str, Any]) -> list[Pause]:
    return [(at(since), None if until is None else at(until)) for since, until in case.get("pauses", [])]


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("case", of_kind("add", "add_with_pauses"))
def test_a_clock_is_due_when_the_published_case_says(case: dict[str, Any]) -> None:
    calendar, start = CALENDARS[case["calendar"]], at(case["start"])
    due = at(case.get("due_close_convention", case["due"]))
    assert add(calendar, start, case["duration_s"], pauses_of(case)) == due
    why = explain(calendar, start, case["duration_s"], pauses_of(case))
    assert why.due == due
    assert sum(day.seconds for day in why.days) == case["duration_s"]


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("case", of_kind("elapsed"))
def test_as_much_time_has_passed_as_the_published_case_says(case: dict[str, Any]) -> None:
    passed = elapsed(CALENDARS[case["calendar"]], at(case["start"]), at(case["end"]), pauses_of(case))
    assert passed == case["elapsed_s"]


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("case", of_kind("next_open"))
def test_work_begins_when_the_published_case_says(case: dict[str, Any]) -> None:
    assert next_open(CALENDARS[case["calendar"]], at(case["start"])) == at(case["next_open"])


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("case", of_kind("intervals"))
def test_the_windows_are_those_of_the_published_case(case: dict[str, Any]) -> None:
    windows = tuple((at(since), at(until)) for since, until in case["windows"])
    assert intervals(CALENDARS[case["calendar"]], at(case["start"]), len(windows)) == windows


def test_no_published_case_is_left_out() -> None:
    asked = of_kind("add", "add_with_pauses", "elapsed", "next_open", "intervals")
    assert len(asked) == len(CASES["cases"]) == 201


# --- Laws ---

ZONES = (
    "UTC",
    "Europe/Prague",
    "America/New_York",
    "America/Havana",
    "America/Nuuk",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
)

minutes_of_day = st.integers(0, 95).map(lambda quarter: quarter * 15)
windows = st.builds(
    lambda opens, length: Window(opens, opens + length),
    minutes_of_day,
    st.integers(1, 96).map(lambda quarter: quarter * 15),
)
weeks = st.lists(st.lists(windows, max_size=3).map(tuple), min_size=7, max_size=7).map(tuple).filter(any)
holidays = st.one_of(
    st.dates(date(2024, 1, 1), date(2035, 12, 31)).map(lambda day: Holiday(day.year, day.month, day.day)),
    st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: Holiday(None, day.month, day.day)),
)
calendars = st.builds(
    CalendarData,
    tz=st.sampled_from(ZONES),
    weekly=weeks,
    holidays=st.lists(holidays, max_size=6).map(tuple),
)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
durations = st.integers(0, 5 * 24 * HOUR)
some_pauses = st.lists(
    st.tuples(st.integers(-2 * 86_400, 20 * 86_400), st.integers(0, 4 * 86_400)), max_size=4
)

lawful = settings(max_examples=tries(100, 2_000), deadline=None, database=None)


def pauses_from(start: datetime, spans: list[tuple[int, int]]) -> list[Pause]:
    begins = [(start + timedelta(seconds=offset), length) for offset, length in spans]
    return [(since, since + timedelta(seconds=length)) for since, length in begins]


def due_of(
    calendar: CalendarData, start: datetime, seconds: int, pauses: list[Pause] | None = None
) -> datetime:
    due = add(calendar, start, seconds, pauses or [])
    assert due is not None
    return due


@pytest.mark.req("SEV-6")
@lawful
@given(calendars, instants, durations, some_pauses)
def test_what_has_passed_until_the_due_instant_is_what_was_asked_for(
    calendar: CalendarData, start: datetime, seconds: int, spans: list[tuple[int, int]]
) -> None:
    pauses = pauses_from(start, spans)
    assert elapsed(calendar, start, due_of(calendar, start, seconds, pauses), pauses) == seconds


@pytest.mark.req("SEV-6")
@lawful
@given(calendars, instants, durations, durations)
def test_a_longer_target_is_never_due_earlier(
    calendar: CalendarData, start: datetime, one: int, other: int
) -> None:
    assert due_of(calendar, start, min(one, other)) <= due_of(calendar, start, max(one, other))


@pytest.mark.req("SEV-6")
@lawful
@given(calendars, instants, durations, durations, some_pauses)
def test_two_stretches_after_each_other_are_due_as_one(
    calendar: CalendarData, start: datetime, one: int, other: int, spans: list[tuple[int, int]]
) -> None:
    pauses = pauses_from(start, spans)
    between = due_of(calendar, start, one, pauses)
    assert due_of(calendar, between, other, pauses) == due_of(calendar, start, one + other, pauses)


@pytest.mark.req("SEV-6")
@lawful
@given(calendars, instants, durations, some_pauses, some_pauses)
def test_one_more_pause_never_makes_a_clock_due_earlier(
    calendar: CalendarData,
    start: datetime,
    seconds: int,
    spans: list[tuple[int, int]],
    more: list[tuple[int, int]],
) -> None:
    fewer = pauses_from(start, spans)
    later = due_of(calendar, start, seconds, fewer + pauses_from(start, more))
    assert later >= due_of(calendar, start, seconds, fewer)


@pytest.mark.req("SEV-6")
@lawful
@given(calendars, instants, durations, some_pauses)
def test_an_explanation_adds_up_to_the_answer_it_explains(
    calendar: CalendarData, start: datetime, seconds: int, spans: list[tuple[int, int]]
) -> None:
    pauses = pauses_from(start, spans)
    why = explain(calendar, start, seconds, pauses)
    assert why.due == add(calendar, start, seconds, pauses)
    assert sum(day.seconds for day in why.days) == seconds
    counted = [stretch for day in why.days for stretch in day.windows]
    assert sum((until - since for since, until in counted), timedelta()) == timedelta(seconds=seconds)
    assert all(one[1] <= other[0] for one, other in pairwise(counted))
    if why.due is not None:
        paused = elapsed(calendar, start, why.due) - elapsed(calendar, start, why.due, pauses)
        # Each day rounds its own pauses down to whole seconds.
        assert 0 <= paused - sum(day.paused_seconds for day in why.days) <= len(why.days)


@pytest.mark.req("SEV-6")
@lawful
@given(st.sampled_from(ZONES), instants, st.integers(0, 30 * 24 * HOUR), some_pauses)
def test_around_the_clock_is_real_time_whatever_the_zone_does(
    tz: str, start: datetime, seconds: int, spans: list[tuple[int, int]]
) -> None:
    """A holiday long ago keeps the second calendar from taking the short way."""
    walked = CalendarData(tz, AROUND_THE_CLOCK.weekly, (Holiday(1990, 1, 1),))
    assert not walked.always_open
    assert add(walked, start, seconds) == start + timedelta(seconds=seconds)
    pauses = pauses_from(start, spans)
    assert add(walked, start, seconds, pauses) == add(AROUND_THE_CLOCK, start, seconds, pauses)


# --- Clock changes ---

# One zone for each pattern of changes that the time zone database holds for 2024 to 2035.
CHANGING_ZONES = (
    *("Africa/Cairo", "Africa/Casablanca", "America/Adak", "America/Anchorage", "America/Asuncion"),
    *("America/Chicago", "America/Coyhaique", "America/Denver", "America/Halifax", "America/Havana"),
    *("America/Los_Angeles", "America/Miquelon", "America/New_York", "America/Nuuk", "America/Santiago"),
    *("America/Scoresbysund", "America/St_Johns", "Antarctica/Troll", "Asia/Almaty", "Asia/Beirut"),
    *("Asia/Gaza", "Asia/Jerusalem", "Asia/Nicosia", "Atlantic/Azores", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Australia/Sydney", "Europe/Chisinau", "Europe/Lisbon", "Europe/Prague"),
    *("Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "Pacific/Norfolk"),
)
HOURS_AROUND_A_CHANGE = (
    ("00:00", "24:00"),
    ("22:00", "06:00"),
    ("01:00", "04:00"),
    ("09:00", "17:00"),
    ("02:15", "02:45"),
    ("23:15", "00:30"),
)


def changes_of(zone: ZoneInfo) -> Iterator[datetime]:
    """The UTC instants, to the quarter of an hour, at which the zone changes its clocks from 2024 to 2035."""
    day, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    before = day.astimezone(zone).utcoffset()
    while day < end:
        if (day + DAY).astimezone(zone).utcoffset() != before:
            change = day
            while change.astimezone(zone).utcoffset() == before:
                change += QUARTER
            before = change.astimezone(zone).utcoffset()
            yield change
        day += DAY


def wall_clock(zone: ZoneInfo, moment: datetime) -> datetime:
    """What the clock on the wall shows; while an hour comes for the second time, it stands at the end of that hour."""
    local = moment.astimezone(zone)
    while local.fold and (moment + QUARTER).astimezone(zone).fold:
        moment += QUARTER
        local = moment.astimezone(zone)
    return local


def is_open(window: Window, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return window.opens <= minute < window.closes or minute + 1440 < window.closes


@pytest.mark.req("SEV-6")
@pytest.mark.parametrize("tz", CHANGING_ZONES)
def test_clock_changes_count_as_the_clock_on_the_wall_shows_them(tz: str) -> None:
    zone = ZoneInfo(tz)
    plans = [(Window.from_data(hours), daily(tz, hours)) for hours in HOURS_AROUND_A_CHANGE]
    changes = list(changes_of(zone))
    assert changes
    for change in changes:
        ticks = [change + QUARTER * n for n in range(-60, 60)]
        shown = [wall_clock(zone, tick) for tick in ticks]
        for window, calendar in plans:
            open_ticks = [is_open(window, local) for local in shown]
            for since, until in ((0, 60), (60, 120), (52, 68)):
                passed = elapsed(calendar, ticks[since], ticks[since] + QUARTER * (until - since))
                assert passed == 900 * sum(open_ticks[since:until]), (tz, change, window)


# Each severity's window: around the clock, the office, a shift over noon with its break, one past midnight.
SEVERITY_WINDOWS: dict[str, tuple[tuple[str, str], ...]] = {
    "A": (("00:00", "24:00"),),
    "B": (("09:00", "17:00"),),
    "C": (("08:30", "12:30"), ("13:00", "17:30")),
    "nights": (("22:00", "06:00"),),
}


def pattern_of(zone: ZoneInfo) -> tuple[Any, ...]:
    """All that decides how the zone's clocks run from 2024 to 2035: the offset at first, and each change of it."""
    first = datetime(2024, 1, 1, tzinfo=UTC).astimezone(zone).utcoffset()
    return first, tuple((change, change.astimezone(zone).utcoffset()) for change in changes_of(zone))


@pytest.mark.req("SEV-6")
def test_every_zone_there_is_counts_through_its_clock_changes_in_each_severity_s_window() -> None:
    """All names of the time zone database; those whose clocks run alike are tested by one of them."""
    names = sorted(available_timezones() - {"localtime", "Factory"})
    alike: dict[tuple[Any, ...], str] = {}
    for name in names:
        alike.setdefault(pattern_of(ZoneInfo(name)), name)
    assert len(names) > 400
    for name in alike.values():
        zone = ZoneInfo(name)
        for severity, hours in SEVERITY_WINDOWS.items():
            calendar = daily(name, *hours)
            plan = [Window.from_data(list(window)) for window in hours]
            for change in changes_of(zone):
                _check_a_change(zone, calendar, plan, change, f"{name}, {severity}")


def _check_a_change(
    zone: ZoneInfo, calendar: CalendarData, plan: list[Window], change: datetime, where: str
) -> None:
    """Quarters of an hour from a day before the change to a day after it, each open as the clock on the wall says."""
    ticks = [change + QUARTER * n for n in range(-96, 97)]
    open_ticks = [any(is_open(window, wall_clock(zone, tick)) for window in plan) for tick in ticks[:-1]]
    assert elapsed(calendar, ticks[0], ticks[-1]) == 900 * sum(open_ticks), (where, change)
    # What has passed until then is due then: to the end of the last quarter in which the window was open.
    last = max(n for n, is_open_then in enumerate(open_ticks) if is_open_then)
    due = ticks[last] + QUARTER
    assert due_of(calendar, ticks[0], 900 * sum(open_ticks)) == due, (where, change)
    assert sum(day.seconds for day in explain(calendar, ticks[0], 900 * sum(open_ticks)).days) == elapsed(
        calendar, ticks[0], due
    )


@pytest.mark.req("SEV-6")
def test_a_window_that_opens_in_the_skipped_hour_opens_at_the_change() -> None:
    assert intervals(daily("Europe/Prague", ("02:30", "03:15")), at("2026-03-28T12:00Z"), 1) == (
        (at("2026-03-29T01:00Z"), at("2026-03-29T01:15Z")),
    )


@pytest.mark.req("SEV-6")
def test_a_window_inside_the_skipped_hour_falls_away() -> None:
    assert next_open(daily("Europe/Prague", ("02:15", "02:45")), at("2026-03-28T12:00Z")) == at(
        "2026-03-30T00:15Z"
    )


@pytest.mark.req("SEV-6")
def test_of_an_hour_that_comes_twice_the_first_opens_and_closes() -> None:
    assert intervals(daily("Europe/Prague", ("02:15", "02:45")), at("2026-10-24T12:00Z"), 2) == (
        (at("2026-10-25T00:15Z"), at("2026-10-25T00:45Z")),
        (at("2026-10-26T01:15Z"), at("2026-10-26T01:45Z")),
    )


@pytest.mark.req("SEV-6")
def test_a_day_that_a_zone_skips_is_neither_counted_nor_explained() -> None:
    samoa = office("Pacific/Apia", **weekdays(["08:00", "16:00"]))
    why = explain(samoa, at("2011-12-30T01:00Z"), 2 * HOUR)
    assert why.due == at("2012-01-01T19:00Z")
    assert [(day.day.isoformat(), day.seconds) for day in why.days] == [
        ("2011-12-29", HOUR),
        ("2011-12-31", 0),
        ("2012-01-01", 0),
        ("2012-01-02", HOUR),
    ]


# --- Conventions ---


@pytest.mark.req("SEV-6")
def test_what_ends_exactly_at_closing_time_is_due_then() -> None:
    assert add(PRAGUE, at("2026-06-05T13:00Z"), 2 * HOUR) == at("2026-06-05T15:00Z")
    assert add(PRAGUE, at("2026-06-05T13:00Z"), 2 * HOUR + 1) == at("2026-06-08T07:00:01Z")


@pytest.mark.req("SEV-6")
def test_nothing_at_all_is_due_at_once_even_outside_hours() -> None:
    sunday = at("2026-06-07T10:00Z")
    assert add(PRAGUE, sunday, 0) == sunday
    assert explain(PRAGUE, sunday, 0).days == ()


@pytest.mark.req("SEV-6")
def test_seconds_and_their_fractions_are_kept() -> None:
    start = at("2026-06-05T14:59:58.250000Z")
    assert add(PRAGUE, start, 2) == at("2026-06-08T07:00:00.250000Z")
    assert elapsed(PRAGUE, start, at("2026-06-05T14:59:59.999999Z")) == 1


@pytest.mark.req("SEV-6")
def test_an_end_before_the_start_has_nothing_elapsed() -> None:
    assert elapsed(PRAGUE, at("2026-06-05T12:00Z"), at("2026-06-05T09:00Z")) == 0
    assert elapsed(AROUND_THE_CLOCK, at("2026-06-05T12:00Z"), at("2026-06-05T09:00Z")) == 0


@pytest.mark.req("SEV-6")
def test_any_zone_may_be_passed_and_utc_comes_back() -> None:
    due = due_of(PRAGUE, at("2026-06-05T10:00+02:00"), HOUR)
    assert due == at("2026-06-05T09:00Z")
    assert due.tzinfo is UTC


@pytest.mark.req("SEV-6")
def test_windows_that_overlap_count_each_moment_once() -> None:
    calendar = office(
        "UTC",
        mon=[["09:00", "12:00"], ["10:00", "11:00"], ["11:00", "15:00"], ["22:00", "06:00"]],
        tue=[["05:00", "09:00"]],
    )
    week = elapsed(calendar, at("2026-06-01T00:00Z"), at("2026-06-08T00:00Z"))
    assert week == (6 + 8 + 3) * HOUR
    assert elapsed(calendar, at("2026-06-01T09:30Z"), at("2026-06-01T10:30Z")) == HOUR


@pytest.mark.req("SEV-6")
def test_a_shift_past_midnight_falls_away_with_the_holiday_on_which_it_starts() -> None:
    nights = office("Europe/Prague", ["2026-06-03"], **weekdays(["22:00", "06:00"]))
    wednesday_noon, thursday_noon = at("2026-06-03T10:00Z"), at("2026-06-04T10:00Z")
    assert elapsed(nights, at("2026-06-02T10:00Z"), wednesday_noon) == 8 * HOUR
    assert elapsed(nights, wednesday_noon, thursday_noon) == 0


@pytest.mark.req("SEV-6")
def test_around_the_clock_windows_stay_apart_at_midnight() -> None:
    assert intervals(AROUND_THE_CLOCK, at("2026-06-01T18:00Z"), 2) == (
        (at("2026-06-01T18:00Z"), at("2026-06-02T00:00Z")),
        (at("2026-06-02T00:00Z"), at("2026-06-03T00:00Z")),
    )


# --- Pauses ---

FRIDAY = at("2026-06-05T12:00Z")


@pytest.mark.req("SEV-6")
def test_an_open_pause_leaves_the_clock_without_a_due_instant() -> None:
    pause: list[Pause] = [(at("2026-06-05T13:00Z"), None)]
    assert add(PRAGUE, FRIDAY, 2 * HOUR, pause) is None
    assert add(AROUND_THE_CLOCK, FRIDAY, 2 * HOUR, pause) is None
    assert elapsed(PRAGUE, FRIDAY, at("2026-06-12T12:00Z"), pause) == HOUR


@pytest.mark.req("SEV-6")
def test_an_open_pause_that_begins_at_or_after_the_due_instant_changes_nothing() -> None:
    assert add(PRAGUE, FRIDAY, HOUR, [(at("2026-06-05T13:00Z"), None)]) == at("2026-06-05T13:00Z")
    assert add(PRAGUE, FRIDAY, 3 * HOUR, [(at("2026-06-05T16:00Z"), None)]) == at("2026-06-05T15:00Z")


@pytest.mark.req("SEV-6")
def test_an_open_pause_outside_hours_stops_what_is_left() -> None:
    assert add(PRAGUE, FRIDAY, 4 * HOUR, [(at("2026-06-06T16:00Z"), None)]) is None


@pytest.mark.req("SEV-6")
def test_an_open_pause_swallows_the_pauses_inside_it() -> None:
    pauses: list[Pause] = [
        (at("2026-06-05T13:00Z"), None),
        (at("2026-06-05T13:30Z"), at("2026-06-05T14:00Z")),
    ]
    assert add(PRAGUE, FRIDAY, 2 * HOUR, pauses) is None


@pytest.mark.req("SEV-6")
def test_a_pause_outside_hours_moves_nothing() -> None:
    night: list[Pause] = [(at("2026-06-05T15:00Z"), at("2026-06-08T07:00Z"))]
    assert add(PRAGUE, FRIDAY, 4 * HOUR, night) == add(PRAGUE, FRIDAY, 4 * HOUR) == at("2026-06-08T08:00Z")


@pytest.mark.req("SEV-6")
def test_pauses_that_touch_or_overlap_count_once() -> None:
    pauses: list[Pause] = [
        (at("2026-06-05T13:30Z"), at("2026-06-05T14:00Z")),
        (at("2026-06-05T12:30Z"), at("2026-06-05T13:00Z")),
        (at("2026-06-05T12:45Z"), at("2026-06-05T13:30Z")),
    ]
    assert add(PRAGUE, FRIDAY, HOUR, pauses) == at("2026-06-05T14:30Z")


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        add(PRAGUE, FRIDAY, HOUR, [(FRIDAY, FRIDAY - timedelta(seconds=1))])


# --- Why this time? ---


@pytest.mark.req("SEV-6")
def test_an_explanation_names_holidays_pauses_and_days_off() -> None:
    calendar = office(
        holidays=[{"day": "2026-12-24", "name": {"en": "Christmas Eve", "cs": "Štědrý den"}}, "--12-25"]
    )
    pauses: list[Pause] = [
        (at("2026-12-23T14:00Z"), at("2026-12-23T15:00Z")),
        (at("2026-12-23T14:30Z"), at("2026-12-23T15:30Z")),
        (at("2026-12-30T14:30Z"), at("2026-12-30T15:00Z")),
    ]
    why = explain(calendar, at("2026-12-23T13:00Z"), 4 * HOUR, pauses)
    assert why.due == at("2026-12-28T10:30Z")
    assert why.pauses == ((at("2026-12-23T14:00Z"), at("2026-12-23T15:30Z")),)
    found = [
        (day.day.day, day.seconds, day.paused_seconds, day.holiday and dict(day.holiday.name))
        for day in why.days
    ]
    assert found == [
        (23, HOUR * 3 // 2, HOUR * 3 // 2, None),
        (24, 0, 0, {"en": "Christmas Eve", "cs": "Štědrý den"}),
        (25, 0, 0, {}),
        (26, 0, 0, None),
        (27, 0, 0, None),
        (28, HOUR * 5 // 2, 0, None),
    ]
    assert why.days[0].windows == (
        (at("2026-12-23T13:00Z"), at("2026-12-23T14:00Z")),
        (at("2026-12-23T15:30Z"), at("2026-12-23T16:00Z")),
    )
    assert why.days[-1].windows == ((at("2026-12-28T08:00Z"), at("2026-12-28T10:30Z")),)


@pytest.mark.req("SEV-6")
def test_an_explanation_stands_still_where_an_open_pause_begins() -> None:
    why = explain(PRAGUE, FRIDAY, 9 * HOUR, [(at("2026-06-06T10:00Z"), None)])
    assert why.due is None
    assert [(day.day.day, day.seconds, day.paused_seconds) for day in why.days] == [
        (5, 3 * HOUR, 0),
        (6, 0, 0),
    ]
    assert why.pauses == ((at("2026-06-06T10:00Z"), None),)


@pytest.mark.req("SEV-6")
def test_an_explanation_counts_no_working_time_of_a_pause_that_is_still_open() -> None:
    began: list[Pause] = [(at("2026-06-05T13:00Z"), None)]
    assert [(day.seconds, day.paused_seconds) for day in explain(PRAGUE, FRIDAY, 9 * HOUR, began).days] == [
        (HOUR, 0)
    ]
    long_ago: list[Pause] = [(at("2026-05-01T13:00Z"), None)]
    assert [(day.day.day, day.seconds) for day in explain(PRAGUE, FRIDAY, HOUR, long_ago).days] == [(5, 0)]


@pytest.mark.req("SEV-6")
def test_an_explanation_leaves_out_pauses_from_before_its_start() -> None:
    over: list[Pause] = [(at("2026-06-05T08:00Z"), FRIDAY)]
    assert explain(PRAGUE, FRIDAY, HOUR, over).pauses == ()


@pytest.mark.req("SEV-6")
def test_a_holiday_on_a_day_off_takes_nothing_away_and_is_not_named() -> None:
    calendar = office(holidays=["2026-06-06"])
    assert [day.holiday for day in explain(calendar, FRIDAY, 4 * HOUR).days] == [None] * 4


@pytest.mark.req("SEV-6")
def test_the_small_hours_of_a_shift_stand_under_the_day_on_which_it_starts() -> None:
    nights = daily("Europe/Prague", ("22:00", "06:00"))
    why = explain(nights, at("2026-06-03T01:00Z"), 5 * HOUR)
    assert [(day.day.day, day.seconds) for day in why.days] == [(2, 3 * HOUR), (3, 2 * HOUR)]


@pytest.mark.req("SEV-6")
def test_fractions_of_a_second_do_not_make_an_explanation_miss_one() -> None:
    why = explain(PRAGUE, at("2026-06-05T14:59:58.250000Z"), 10)
    assert [day.seconds for day in why.days] == [1, 0, 0, 9]


def test_around_the_clock_is_explained_in_the_days_of_the_zone_asked_for() -> None:
    clock = CalendarData.around_the_clock("Asia/Ho_Chi_Minh")
    why = explain(clock, at("2026-06-01T16:30Z"), HOUR)
    assert [(day.day.day, day.seconds) for day in why.days] == [(1, HOUR // 2), (2, HOUR // 2)]


# --- Bounds and refusals ---


@pytest.mark.parametrize(
    "question",
    [
        lambda closed: add(closed, FRIDAY, 1),
        lambda closed: next_open(closed, FRIDAY),
        lambda closed: intervals(closed, FRIDAY, 1),
        lambda closed: explain(closed, FRIDAY, 1),
        lambda closed: add_business_days(closed, FRIDAY, 1),
        lambda closed: add(AROUND_THE_CLOCK, FRIDAY, 60 * 366 * 24 * HOUR),
    ],
)
def test_a_clock_that_would_run_for_ever_says_so(question: Callable[[CalendarData], object]) -> None:
    closed = office(holidays=EVERY_YEAR_CLOSED)
    with pytest.raises(NeverReached, match="fifty years"):
        question(closed)


def test_nothing_passes_where_every_day_is_a_holiday() -> None:
    assert elapsed(office(holidays=EVERY_YEAR_CLOSED), FRIDAY, FRIDAY + 400 * DAY) == 0


def test_the_end_of_the_calendar_era_is_no_trap() -> None:
    late = datetime(9999, 12, 30, tzinfo=UTC)
    with pytest.raises(NeverReached):
        add(PRAGUE, late, 100 * HOUR)
    with pytest.raises(NeverReached):
        next_open(AROUND_THE_CLOCK, late)


def test_a_calendar_does_not_remember_every_day_that_it_was_ever_asked_about() -> None:
    calendar = office("UTC")
    century = elapsed(calendar, at("2001-01-01T00:00Z"), at("2101-01-01T00:00Z"))
    assert (
        century == sum(day.weekday() < 5 for day in map(date.fromordinal, range(730_486, 767_010))) * 8 * HOUR
    )
    assert len(calendar._days) <= 20_000


@pytest.mark.parametrize(
    "question",
    [
        lambda naive: add(PRAGUE, naive, 1),
        lambda naive: add(AROUND_THE_CLOCK, naive, 0),
        lambda naive: elapsed(PRAGUE, naive, FRIDAY),
        lambda naive: elapsed(PRAGUE, FRIDAY, naive),
        lambda naive: next_open(PRAGUE, naive),
        lambda naive: explain(PRAGUE, naive, 1),
        lambda naive: add_business_days(PRAGUE, naive, 1),
        lambda naive: add(PRAGUE, FRIDAY, 1, [(naive, None)]),
    ],
)
def test_a_time_without_a_zone_is_refused(question: Callable[[datetime], object]) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        question(FRIDAY.replace(tzinfo=None))


def test_a_clock_cannot_run_backwards() -> None:
    with pytest.raises(ValueError, match="-1 seconds"):
        add(PRAGUE, FRIDAY, -1)
    with pytest.raises(ValueError, match="-1 seconds"):
        explain(PRAGUE, FRIDAY, -1)


NINE_TO_FIVE = {"mon": [["09:00", "17:00"]]}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"tz": "Europe/Prague", "weekly": {}}, "at least one window"),
        ({"tz": "Europe/Prague", "weekly": {"mon": []}}, "at least one window"),
        ({"tz": "Europe/Prague"}, "mapping of weekday"),
        ({"tz": "Europe/Atlantis", "weekly": NINE_TO_FIVE}, "Europe/Atlantis"),
        ({"tz": "Europe", "weekly": NINE_TO_FIVE}, '"Europe"'),
        ({"tz": "../etc/passwd", "weekly": NINE_TO_FIVE}, "not an IANA time zone"),
        ({"weekly": NINE_TO_FIVE}, "not an IANA time zone"),
        ({"tz": "UTC", "weekly": {"monday": [["09:00", "17:00"]]}}, "unknown: monday"),
        ({"tz": "UTC", "weekly": {"mon": "09:00-17:00"}}, '"mon" is a list'),
        ({"tz": "UTC", "weekly": {"mon": ["09:00"]}}, "pair"),
        ({"tz": "UTC", "weekly": {"mon": [["09:00"]]}}, "pair"),
        ({"tz": "UTC", "weekly": {"mon": [["9:00", "17:00"]]}}, "HH:MM"),
        ({"tz": "UTC", "weekly": {"mon": [[540, 1020]]}}, "HH:MM"),
        ({"tz": "UTC", "weekly": {"mon": [["09:00", "24:30"]]}}, "HH:MM"),
        ({"tz": "UTC", "weekly": {"mon": [["24:00", "06:00"]]}}, "opens between"),
        ({"tz": "UTC", "weekly": {"mon": [["00:00", "23:59"]]}}, "ends at 24:00"),
        ({"tz": "UTC", "weekly": NINE_TO_FIVE, "holidays": "2026-01-01"}, '"holidays" is a list'),
        ({"tz": "UTC", "weekly": NINE_TO_FIVE, "holidays": ["1.1.2026"]}, "YYYY-MM-DD"),
        ({"tz": "UTC", "weekly": NINE_TO_FIVE, "holidays": ["2026-02-29"]}, "2026-02-29 is not a date"),
        ({"tz": "UTC", "weekly": NINE_TO_FIVE, "holidays": ["--02-30"]}, "--02-30 is not a date"),
        ({"tz": "UTC", "weekly": NINE_TO_FIVE, "holidays": [{"name": "New Year"}]}, "YYYY-MM-DD"),
        ({"tz": "UTC", "weekly": NINE_TO_FIVE, "holidays": [{"day": "--01-01", "name": 1}]}, "name"),
    ],
)
def test_what_is_no_calendar_is_refused_with_what_was_expected(data: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidCalendar, match=complaint):
        CalendarData.from_data(data)


def test_a_calendar_has_seven_weekdays_and_windows_of_up_to_a_day() -> None:
    with pytest.raises(InvalidCalendar, match="seven weekdays"):
        CalendarData("UTC", ((Window(0, 60),),) * 6)
    with pytest.raises(InvalidCalendar, match="24 hours"):
        Window(60, 60)
    with pytest.raises(InvalidCalendar, match="24 hours"):
        Window(60, 60 + 1441)


@given(calendars)
@lawful
def test_a_calendar_survives_being_written_down(calendar: CalendarData) -> None:
    assert CalendarData.from_data(json.loads(json.dumps(calendar.as_data()))) == calendar


def test_holidays_are_read_from_dates_texts_and_named_entries() -> None:
    calendar = office(holidays=[date(2026, 5, 1), "--05-08", {"day": "2026-05-08", "name": "Liberation Day"}])
    assert calendar.holidays[0] == Holiday(2026, 5, 1)
    named = calendar.holiday_on(date(2026, 5, 8))
    assert named is not None
    assert named.name == {"en": "Liberation Day"}
    assert calendar.holiday_on(date(2027, 5, 8)) == Holiday(None, 5, 8)
    assert calendar.holiday_on(date(2027, 5, 1)) is None


def test_equal_calendars_are_equal_keys() -> None:
    assert hash(office(holidays=[{"day": "--01-01", "name": "New Year"}])) == hash(
        office(holidays=["--01-01"])
    )
    assert office(holidays=[{"day": "--01-01", "name": "New Year"}]) != office(holidays=["--01-01"])
    assert office() == office()


# --- Business days ---


@pytest.mark.req("SEV-2")
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-06-01T07:00Z", 1, "2026-06-02T15:00Z"),  # Monday's opening
        ("2026-06-01T14:59Z", 1, "2026-06-02T15:00Z"),  # shortly before its close
        ("2026-06-01T20:00Z", 1, "2026-06-02T15:00Z"),  # after hours
        ("2026-06-05T12:00Z", 1, "2026-06-08T15:00Z"),  # Friday
        ("2026-06-06T12:00Z", 1, "2026-06-08T15:00Z"),  # Saturday
        ("2026-06-01T12:00Z", 3, "2026-06-05T15:00Z"),  # over the holiday on Wednesday
    ],
)
def test_a_business_day_ends_with_the_close_of_the_next_working_day(start: str, days: int, due: str) -> None:
    assert add_business_days(office(holidays=["2026-06-03"]), at(start), days) == at(due)


@pytest.mark.req("SEV-2")
def test_a_business_day_of_night_shifts_is_the_shift() -> None:
    nights = office("UTC", **weekdays(["22:00", "06:00"]))
    assert add_business_days(nights, at("2026-06-02T03:00Z"), 1) == at("2026-06-03T06:00Z")
    assert add_business_days(nights, at("2026-06-02T06:00Z"), 1) == at("2026-06-04T06:00Z")


@pytest.mark.req("SEV-2")
def test_a_business_day_ends_with_the_last_close_and_is_a_day_with_working_time() -> None:
    overlapping = daily("UTC", ("09:00", "17:00"), ("10:00", "12:00"))
    assert add_business_days(overlapping, FRIDAY, 1) == at("2026-06-06T17:00Z")
    swallowed = daily("Europe/Prague", ("02:15", "02:45"))
    assert add_business_days(swallowed, at("2026-03-28T12:00Z"), 1) == at("2026-03-30T00:45Z")


@pytest.mark.req("SEV-6")
def test_a_pause_moves_a_term_in_business_days_by_its_working_time() -> None:
    monday = at("2026-06-01T12:00Z")
    two_hours: list[Pause] = [(at("2026-06-02T13:30:00.5Z"), at("2026-06-03T07:30:00.5Z"))]
    assert add_business_days(PRAGUE, monday, 1, two_hours) == at("2026-06-03T09:00Z")
    assert add_business_days(PRAGUE, monday, 1, [(at("2026-06-02T13:30Z"), None)]) is None


@pytest.mark.req("SEV-2")
def test_fractions_of_a_second_do_not_bring_the_close_forward() -> None:
    start = at("2026-06-01T12:00:00.7Z")
    assert add_business_days(PRAGUE, start, 1) == at("2026-06-02T15:00Z")
    assert explain_business_days(PRAGUE, start, 1).due == at("2026-06-02T15:00Z")


@pytest.mark.req("SEV-2")
def test_a_term_in_business_days_explains_itself() -> None:
    why = explain_business_days(PRAGUE, FRIDAY, 1, [(at("2026-06-08T08:00Z"), at("2026-06-08T09:00Z"))])
    assert why.due == at("2026-06-09T08:00Z")
    assert [(day.day.day, day.seconds // HOUR, day.paused_seconds // HOUR) for day in why.days] == [
        (5, 3, 0),
        (6, 0, 0),
        (7, 0, 0),
        (8, 7, 1),
        (9, 1, 0),
    ]


def test_a_term_has_at_least_one_business_day() -> None:
    with pytest.raises(ValueError, match="at least one business day"):
        add_business_days(PRAGUE, FRIDAY, 0)


# --- Promises ---

CLOUD = {
    "A": Target("A", 60, UpdateCadence(minutes=120), "24x7", needs_contact_around_the_clock=True),
    "B": Target("B", 120, UpdateCadence(business_days=1)),
    "C": Target("C", 240, UpdateCadence(business_days=3)),
}
PROVIDER = {
    "A": Target("A", 120, hours="24x7", other_within_business_days=1),
    "B": Target("B", 240, other_within_business_days=1),
    "C": Target("C", 480, other_within_business_days=1),
}


@pytest.mark.req("SEV-2")
@pytest.mark.parametrize(
    ("severity", "first_answer", "then_update"),
    [
        ("A", "2026-06-05T15:30Z", "2026-06-05T17:30Z"),
        ("B", "2026-06-08T08:30Z", "2026-06-09T15:00Z"),
        ("C", "2026-06-08T10:30Z", "2026-06-11T15:00Z"),
    ],
)
def test_cloud_support_for_partners_promises_its_table(
    severity: str, first_answer: str, then_update: str
) -> None:
    target = CLOUD[severity]
    made = promise(target, PRAGUE, at("2026-06-05T16:30+02:00"))
    assert made.submitted_at == at("2026-06-05T14:30Z")
    assert made.submitted_at.tzinfo is UTC
    assert made.first_response_due == at(first_answer)
    assert (made.severity, made.hours, made.update_every) == (severity, target.hours, target.update_every)
    assert made.needs_contact_around_the_clock is (severity == "A")
    assert next_update_due(target, PRAGUE, made.first_response_due) == at(then_update)


@pytest.mark.req("SEV-3")
@pytest.mark.parametrize(
    ("severity", "break_fix", "first_answer"),
    [
        ("A", True, "2026-06-05T16:30Z"),
        ("B", True, "2026-06-08T10:30Z"),
        ("C", True, "2026-06-08T14:30Z"),
        ("A", False, "2026-06-08T15:00Z"),
        ("C", False, "2026-06-08T15:00Z"),
    ],
)
def test_the_provider_programme_has_targets_of_its_own(
    severity: str, break_fix: bool, first_answer: str
) -> None:
    made = promise(PROVIDER[severity], PRAGUE, at("2026-06-05T14:30Z"), break_fix=break_fix)
    assert made.first_response_due == at(first_answer)
    assert made.hours == ("24x7" if severity == "A" and break_fix else "business")
    assert next_update_due(PROVIDER[severity], PRAGUE, made.first_response_due) is None


@pytest.mark.req("SEV-3")
def test_a_programme_without_another_term_answers_everything_alike() -> None:
    asked = at("2026-06-05T07:00Z")
    assert promise(CLOUD["B"], PRAGUE, asked, break_fix=False) == promise(CLOUD["B"], PRAGUE, asked)


@pytest.mark.req("SEV-3")
def test_other_languages_are_served_in_business_hours() -> None:
    target = CLOUD["A"].in_business_hours()
    made = promise(target, PRAGUE, at("2026-06-05T14:30Z"))
    assert made.first_response_due == at("2026-06-08T07:30Z")
    assert made.needs_contact_around_the_clock is False


@pytest.mark.req("SEV-6")
def test_only_the_target_around_the_clock_ignores_the_business_calendar() -> None:
    assert clock_of(CLOUD["A"], PRAGUE) is AROUND_THE_CLOCK
    assert clock_of(CLOUD["B"], PRAGUE) is PRAGUE


@pytest.mark.req("SEV-6")
def test_waiting_for_the_requester_pauses_updates_in_business_hours_only() -> None:
    waiting: list[Pause] = [(FRIDAY, None)]
    assert next_update_due(CLOUD["A"], PRAGUE, FRIDAY, waiting) == at("2026-06-05T14:00Z")
    assert next_update_due(CLOUD["B"], PRAGUE, FRIDAY, waiting) is None


@pytest.mark.parametrize(
    "lengths",
    [
        {},
        {"minutes": 60, "business_days": 1},
        {"minutes": 0},
        {"business_days": 0},
        {"minutes": "60"},
        {"hours": 2},
    ],
)
def test_a_cadence_is_one_length_in_one_unit(lengths: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a cadence"):
        UpdateCadence.from_data(lengths)


@pytest.mark.parametrize("lengths", [{"minutes": 120}, {"business_days": 3}])
def test_a_cadence_survives_being_written_down(lengths: dict[str, int]) -> None:
    assert UpdateCadence.from_data(lengths).as_data() == lengths


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"severity": ""}, "names its severity"),
        ({"initial_response_minutes": 0}, "at least one minute"),
        ({"hours": "weekends"}, "weekends"),
        ({"hours": "24x7", "update_every": UpdateCadence(business_days=1)}, "in minutes"),
        ({"other_within_business_days": 0}, "at least one business day"),
    ],
)
def test_a_target_that_contradicts_itself_is_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Target(**{"severity": "B", "initial_response_minutes": 60, **fields})


# --- Severities ---


@pytest.mark.req("WIZ-2")
def test_a_plan_offers_the_severities_that_it_has_targets_for() -> None:
    offers = rule_offered_severities("ABC", [CLOUD["C"], CLOUD["B"]])
    assert [(offer.severity, offer.offered, offer.target) for offer in offers] == [
        ("A", False, None),
        ("B", True, CLOUD["B"]),
        ("C", True, CLOUD["C"]),
    ]
    assert offers[0].decision.codes == ("severity.not-in-plan",)
    assert offers[0].decision.refusals[0].params == {"severity": "A"}


@pytest.mark.req("WIZ-2")
def test_only_the_critical_severity_is_handled_around_the_clock() -> None:
    offers = rule_offered_severities("ABC", [CLOUD["A"], Target("B", 120, hours="24x7"), CLOUD["C"]])
    assert [offer.offered for offer in offers] == [True, False, True]
    assert offers[1].decision.codes == ("severity.around-the-clock-not-critical",)
    assert offers[1].decision.refusals[0].params == {"severity": "B", "critical": "A"}


def test_every_severity_reason_is_announced() -> None:
    offers = rule_offered_severities("AB", [Target("B", 120, hours="24x7")])
    assert {code for offer in offers for code in offer.decision.codes} == set(REASON_CODES)


@pytest.mark.parametrize(
    ("severities", "targets", "complaint"),
    [
        ("AB", [CLOUD["A"], CLOUD["A"]], "two targets"),
        ("AB", [CLOUD["C"]], "severity C, which is not known"),
        ("AA", [CLOUD["A"]], "named twice"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(
    severities: str, targets: list[Target], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        rule_offered_severities(severities, targets)


# --- The reference page ---


def test_the_reference_page_shows_what_really_comes_back() -> None:
    page = HERE.parents[1] / "docs" / "reference" / "clock-arithmetic.md"
    outcome = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert outcome.attempted > 10
    assert outcome.failed == 0
