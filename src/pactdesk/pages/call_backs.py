"""When a consultant may call back, in words: at the requester's place, and for whoever reads it elsewhere (RTE-2)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from pactdesk.cases.rules.call_backs import CallBack
from pactdesk.kernel.moments import clock_time, place_of, short_weekday


def call_back_in_words(wish: CallBack, language: str, *, reader_zone: str = "") -> str:
    """The wish as one line: "Fri 20 Nov 2026, 09:00 to 12:00 (Athens)". Where `reader_zone` is another one, the same by
    that clock stands behind it."""
    days = [_on(wish, day, language, reader_zone) for day in wish.days]
    if not days:
        return _("Any day, %(time)s") % {"time": _time(wish, None, language, "")}
    if len(days) == 1:
        return days[0]
    return _("%(first)s; or %(second)s") % {"first": days[0], "second": days[1]}


def _on(wish: CallBack, day: date, language: str, reader_zone: str) -> str:
    values = {"day": short_weekday(day, language), "time": _time(wish, day, language, reader_zone)}
    return _("%(day)s, %(time)s") % values


def _time(wish: CallBack, day: date | None, language: str, reader_zone: str) -> str:
    place = place_of(wish.zone, language)
    span = wish.span(day or date(2000, 1, 1))
    if span is None:
        return _("in business hours (%(place)s)") % {"place": place}
    begin, end = span
    values = {
        "begin": clock_time(begin, wish.zone, language),
        "end": clock_time(end, wish.zone, language),
        "place": place,
    }
    if not reader_zone or reader_zone == wish.zone or day is None:
        return _("%(begin)s to %(end)s (%(place)s)") % values
    here = {
        "here_begin": clock_time(begin, reader_zone, language),
        "here_end": clock_time(end, reader_zone, language),
        "here": place_of(reader_zone, language),
    }
    return _("%(begin)s to %(end)s (%(place)s), which is %(here_begin)s to %(here_end)s (%(here)s)") % (
        values | here
    )
