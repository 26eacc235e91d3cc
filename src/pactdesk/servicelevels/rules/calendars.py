"""Calendars as values: a time zone, weekly working windows, holidays; and when a given day is open (SEV-6).

Inside this package an instant is a whole number of microseconds since 1970-01-01 UTC, so that sums are exact.
A day is its proleptic ordinal (`date.toordinal`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

SECOND = 1_000_000
_MINUTES_A_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_SECONDS = date(1970, 1, 1).toordinal() * 86_400

_CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_HOLIDAY = re.compile(r"(?:([0-9]{4})|-)-([0-9]{2})-([0-9]{2})")

# Days kept open in memory for one calendar: more than the fifty years that a clock may run.
_DAYS_KEPT = 20_000


class InvalidCalendar(ValueError):
    """What was given is no calendar. The message names the entry and says what was expected."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One stretch of working time on a weekday, in minutes of wall-clock time since that day's midnight.

    `closes` is later than `opens`, at most 24 hours later; beyond 1440 it lies on the next day (an overnight
    shift, which belongs to the day on which it starts). Raises InvalidCalendar.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < _MINUTES_A_DAY:
            raise InvalidCalendar(f"a window opens between 00:00 and 23:59, not at minute {self.opens}")
        if not self.opens < self.closes <= self.opens + _MINUTES_A_DAY:
            raise InvalidCalendar(f"a window lasts up to 24 hours, not minutes {self.opens} to {self.closes}")

    @classmethod
    def from_data(cls, data: object) -> Window:
        """The window written as ["09:00", "17:00"].

        "24:00" is the end of the day; an end at or before the start lies on the next day. Raises InvalidCalendar,
        also for an end at 23:59, which would leave a minute uncounted each night.
        """
        if isinstance(data, str) or not isinstance(data, Sequence) or len(data) != 2:
            raise InvalidCalendar(f'a window is a pair such as ["09:00", "17:00"], not {data!r}')
        opens, closes = _minutes(data[0]), _minutes(data[1])
        if closes == _MINUTES_A_DAY - 1:
            raise InvalidCalendar("a window that lasts until midnight ends at 24:00, not at 23:59")
        return cls(opens, closes if closes > opens else closes + _MINUTES_A_DAY)

    def as_data(self) -> list[str]:
        """The form that `from_data` reads."""
        closes = self.closes if self.closes <= _MINUTES_A_DAY else self.closes - _MINUTES_A_DAY
        return [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.opens, closes)]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day without working time: a date, or, with `year` None, the same date of every year.

    `name` is a worded value (language to text) and may be empty. A shift that starts on a holiday falls away
    as a whole. Raises InvalidCalendar for a date that does not exist; 29 February of every year is allowed.
    """

    year: int | None
    month: int
    day: int
    name: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        try:
            date(2000 if self.year is None else self.year, self.month, self.day)
        except ValueError as error:
            raise InvalidCalendar(f"the holiday {self.written} is not a date: {error}") from None

    @property
    def written(self) -> str:
        """The date as it stands in data: "2026-05-01", or "--05-01" for every year."""
        return f"{'-' if self.year is None else f'{self.year:04d}'}-{self.month:02d}-{self.day:02d}"

    @classmethod
    def from_data(cls, data: object) -> Holiday:
        """The holiday written as "2026-05-01", "--05-01", or {"day": …, "name": text or {language: text}}."""
        named: object = {}
        if isinstance(data, Mapping):
            named, data = data.get("name") or {}, data.get("day")
        if isinstance(named, str):
            named = {"en": named}
        if not isinstance(named, Mapping):
            raise InvalidCalendar(f"a holiday's name is text or maps language to text, not {named!r}")
        # YAML reads a bare 2026-05-01 as a date.
        written = data.isoformat() if isinstance(data, date) else data
        found = _HOLIDAY.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            raise InvalidCalendar(f'a holiday is "YYYY-MM-DD" or, for every year, "--MM-DD", not {data!r}')
        year, month, day = found.groups()
        return cls(int(year) if year else None, int(month), int(day), dict(named))

    def as_data(self) -> dict[str, Any] | str:
        """The form that `from_data` reads: the bare date where the holiday has no name."""
        return {"day": self.written, "name": dict(self.name)} if self.name else self.written


@dataclass(frozen=True, slots=True)
class CalendarData:
    """When work is done: an IANA time zone, windows for Monday to Sunday, and holidays. Immutable.

    Windows of a day are sorted; where windows overlap, each moment counts once. Keep the value while it is in
    use: it remembers the days that it has worked out. Raises InvalidCalendar for an unknown zone, for
    anything but seven days, and for a calendar without any window, because no clock in it would ever end.
    """

    tz: str
    weekly: tuple[tuple[Window, ...], ...]
    holidays: tuple[Holiday, ...] = ()
    zone: ZoneInfo = field(init=False, repr=False, compare=False)
    always_open: bool = field(init=False, repr=False, compare=False)
    _dated: dict[tuple[int | None, int, int], Holiday] = field(init=False, repr=False, compare=False)
    _days: dict[int, tuple[tuple[int, int], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != len(WEEKDAYS):
            raise InvalidCalendar(f"a calendar has windows for seven weekdays, not for {len(self.weekly)}")
        if not any(self.weekly):
            raise InvalidCalendar("a calendar needs at least one window in the week")
        weekly = tuple(tuple(sorted(windows)) for windows in self.weekly)
        whole_day = (Window(0, _MINUTES_A_DAY),)
        object.__setattr__(self, "weekly", weekly)
        object.__setattr__(self, "holidays", tuple(self.holidays))
        object.__setattr__(self, "zone", _zone(self.tz))
        object.__setattr__(self, "always_open", not self.holidays and all(day == whole_day for day in weekly))
        object.__setattr__(self, "_dated", {(h.year, h.month, h.day): h for h in self.holidays})
        object.__setattr__(self, "_days", {})

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CalendarData:
        """The calendar written as {"tz": "UTC", "weekly": {"mon": [["09:00", "17:00"]], …}, "holidays": […]}.

        A weekday that is left out has no windows; "holidays" may be left out; other keys are notes and are
        passed over. Raises InvalidCalendar.
        """
        weekly = data.get("weekly")
        if not isinstance(weekly, Mapping):
            raise InvalidCalendar('"weekly" is a mapping of weekday to windows')
        if unknown := sorted(str(day) for day in weekly if day not in WEEKDAYS):
            raise InvalidCalendar(f"weekdays are {', '.join(WEEKDAYS)}; unknown: {', '.join(unknown)}")
        return cls(
            tz=str(data.get("tz", "")),
            weekly=tuple(tuple(map(Window.from_data, _listed(weekly.get(day), day))) for day in WEEKDAYS),
            holidays=tuple(map(Holiday.from_data, _listed(data.get("holidays"), "holidays"))),
        )

    @classmethod
    def around_the_clock(cls, tz: str = "UTC") -> CalendarData:
        """Open at every moment. `tz` only decides into which local days `explain` splits the time."""
        return cls(tz=tz, weekly=((Window(0, _MINUTES_A_DAY),),) * len(WEEKDAYS))

    def as_data(self) -> dict[str, Any]:
        """The JSON form that `from_data` reads."""
        return {
            "tz": self.tz,
            "weekly": {
                name: [window.as_data() for window in windows]
                for name, windows in zip(WEEKDAYS, self.weekly, strict=True)
            },
            "holidays": [holiday.as_data() for holiday in self.holidays],
        }

    def holiday_on(self, day: date) -> Holiday | None:
        """The holiday on `day`, or None. A dated entry goes before one of every year."""
        return self._dated.get((day.year, day.month, day.day)) or self._dated.get((None, day.month, day.day))

    def holiday_that_closes(self, day: date) -> Holiday | None:
        """The holiday that takes working time away on `day`; None where the weekday has no window anyway."""
        return self.holiday_on(day) if self.weekly[day.weekday()] else None

    def exists(self, day: date) -> bool:
        """Whether `day` happened in this time zone: Samoa had no 30 December 2011."""
        return self._instant(day, 0) < self._instant(day, _MINUTES_A_DAY)

    def windows_on(self, ordinal: int) -> tuple[tuple[int, int], ...]:
        """The windows that start on the day `ordinal`, as microseconds (from, to), sorted by their start.

        They may reach into the next day, never further. What a clock change swallows is left out.
        """
        windows = self._days.get(ordinal)
        if windows is None:
            if len(self._days) >= _DAYS_KEPT:
                self._days.clear()
            windows = self._days[ordinal] = self._work_out(date.fromordinal(ordinal))
        return windows

    def _work_out(self, day: date) -> tuple[tuple[int, int], ...]:
        if self.holiday_on(day) is not None:
            return ()
        weekly = self.weekly[day.weekday()]
        spans = ((self._instant(day, window.opens), self._instant(day, window.closes)) for window in weekly)
        return tuple((opens, closes) for opens, closes in spans if opens < closes)

    def _instant(self, day: date, minute: int) -> int:
        """When the clock on the wall first shows `minute` of `day`.

        A time that the clock skips is the moment of the change; of a time that comes twice, the first counts.
        """
        seconds = minute * 60
        wall = datetime.combine(day, time()) + timedelta(seconds=seconds)
        before = _offset(self.zone, wall)
        after = _offset(self.zone, wall.replace(fold=1))
        local = day.toordinal() * 86_400 - _EPOCH_SECONDS + seconds
        if before < after:
            return self._change_between(local - after, local - before, before) * SECOND
        return (local - before) * SECOND

    def _change_between(self, low: int, high: int, before: int) -> int:
        """The second in (low, high] at which the zone leaves the offset `before`."""
        while high - low > 1:
            middle = (low + high) // 2
            there = (_EPOCH + timedelta(seconds=middle)).astimezone(self.zone)
            if _seconds(there.utcoffset()) == before:
                low = middle
            else:
                high = middle
        return high


def microseconds(at: datetime) -> int:
    """`at` as microseconds since 1970. Raises ValueError for a datetime without a time zone."""
    if at.utcoffset() is None:
        raise ValueError(f"{at!r} has no time zone; pass UTC instants")
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant(at: int) -> datetime:
    """The UTC datetime of `at` microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


def _seconds(offset: timedelta | None) -> int:
    if offset is None:
        raise InvalidCalendar("the time zone has no offset")
    return offset.days * 86_400 + offset.seconds


def _offset(zone: ZoneInfo, wall: datetime) -> int:
    return _seconds(zone.utcoffset(wall))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # zoneinfo answers a name that is a folder ("Europe") or a path with whatever the file system says.
    except (KeyError, ValueError, OSError):
        raise InvalidCalendar(f'"{name}" is not an IANA time zone such as "Europe/Prague"') from None


def _minutes(text: object) -> int:
    if not isinstance(text, str) or _CLOCK_TIME.fullmatch(text) is None:
        raise InvalidCalendar(f'a time of day is "HH:MM" from "00:00" to "24:00", not {text!r}')
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _listed(data: object, name: str) -> Iterable[object]:
    if data is None:
        return ()
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise InvalidCalendar(f'"{name}" is a list, not {data!r}')
    return data


AROUND_THE_CLOCK = CalendarData.around_the_clock()
