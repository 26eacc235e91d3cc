"""Why this time? How the times of a request were counted, day by day, in words (`components/why.html`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.severity import Counted
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.moments import clock_time, instant_in_words, place_of, short_weekday
from pactdesk.kernel.worded import text_in
from pactdesk.pages.clocks import worked
from pactdesk.servicelevels.rules import CountedDay, Timer
from pactdesk.servicelevels.rules.timers import Metric, State, Why

# More days than anybody reads one by one.
MOST_DAYS: Final = 40
STATES: Final[Mapping[State, tuple[str | Promise, str, str]]] = {
    State.RUNNING: (gettext_lazy("running"), "", "due"),
    State.PAUSED: (gettext_lazy("paused"), "pause", "paused"),
    State.MET: (gettext_lazy("on time"), "ok", "met"),
    State.BREACHED_OPEN: (gettext_lazy("late"), "bad", "late"),
    State.MET_LATE: (gettext_lazy("was late"), "warn", "late"),
    State.CANCELLED: (gettext_lazy("not owed any more"), "", ""),
}
# Why nothing is owed any more, by the reason for which a timer was cancelled.
_CANCELLED: Final[Mapping[str, str | Promise]] = {
    "unreachable": gettext_lazy("It ended when the request was lowered, because nobody could be reached."),
    "restored": gettext_lazy("It ended when the request became as severe again as before."),
    "resolved": gettext_lazy("It ended when the request was solved."),
    "closed": gettext_lazy("It ended when the request was closed."),
    "not-promised": gettext_lazy("It ended when the severity was changed to one that promises no news."),
}


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day: what was counted on it and in which hours, and what kept it from counting more."""

    day: str
    counted: str
    hours: str
    remark: str


@dataclass(frozen=True, slots=True)
class Counting:
    """One timer, explained. `facts` are its start, what was promised, and what became of it; `further` is how many days
    were left out after the last."""

    anchor: str
    title: str
    state: str
    state_kind: str
    state_icon: str
    facts: list[tuple[str, str]]
    notes: tuple[str, ...]
    days: tuple[DayLine, ...]
    further: int
    pauses: tuple[str, ...]
    place: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class WhyPage:
    """How the times of a request were counted, what is owed now first."""

    number: str
    summary: str
    back_url: str
    countings: tuple[Counting, ...]


def why_page(found: Counted, *, back_url: str, viewer: Viewer, at: datetime) -> WhyPage:
    """What both doors show of it; `back_url` is the request's page at the door."""
    return WhyPage(
        number=found.shown_number,
        summary=found.summary,
        back_url=back_url,
        countings=tuple(counting_of(each, viewer=viewer, at=at) for each in found.why),
    )


def counting_of(why: Why, *, viewer: Viewer, at: datetime) -> Counting:
    """One explanation in words. Instants are in the viewer's zone, days and hours in that in which they are counted."""
    timer, explained = why.timer, why.explanation
    version = catalog.current().levels.calendar_versions.get(timer.calendar) if timer.calendar else None
    zone = version.data.tz if version else viewer.zone.key
    state, kind, icon = STATES[timer.state]
    days = [_day(each, zone) for each in explained.days]
    return Counting(
        anchor=f"{timer.metric.value}-{timer.number}",
        title=_title(timer),
        state=str(state),
        state_kind=kind,
        state_icon=icon,
        facts=_facts(why, viewer, text_in(version.name, _language()) if version else "", zone),
        notes=_notes(why),
        days=tuple(days[:MOST_DAYS]),
        further=max(len(days) - MOST_DAYS, 0),
        pauses=_pauses(explained.pauses, viewer),
        place=place_of(zone, _language()),
        is_open=timer.is_open,
    )


def _title(timer: Timer) -> str:
    if timer.metric is Metric.INITIAL_RESPONSE:
        return _("First answer")
    return _("News %(number)s") % {"number": timer.number}


def _facts(why: Why, viewer: Viewer, calendar: str, zone: str) -> list[tuple[str, str]]:
    timer = why.timer

    def instant(at: datetime) -> str:
        return instant_in_words(at, viewer.zone.key, _language())

    rows = [(_("Began"), instant(timer.started_at))]
    if why.superseded:
        rows.append((_("Counted from"), instant(timer.counted_from)))
    rows.append((_("Promised"), _promised(timer)))
    rows.append((_("Severity"), timer.severity))
    if calendar:
        hours = _("%(calendar)s, time of %(place)s") % {
            "calendar": calendar,
            "place": place_of(zone, _language()),
        }
        rows.append((_("Business hours"), hours))
    if timer.due_at is not None:
        rows.append((_("Due"), instant(timer.due_at)))
    if timer.met_at is not None:
        rows.append((_("Done"), instant(timer.met_at)))
    if timer.cancelled_at is not None:
        rows.append((_("Ended"), instant(timer.cancelled_at)))
    return rows


def _promised(timer: Timer) -> str:
    if timer.business_days is not None:
        days = timer.business_days
        return ngettext(
            "by the close of %(count)s business day later",
            "by the close of %(count)s business days later",
            days,
        ) % {"count": days}
    length = worked(timer.target_seconds)
    if timer.calendar is None:
        return _("%(length)s, day and night") % {"length": length}
    return _("%(length)s of business time") % {"length": length}


def _notes(why: Why) -> tuple[str, ...]:
    timer, notes = why.timer, []
    if why.superseded:
        notes.append(_("The severity was changed, so counting does not begin where the clock began."))
    if timer.state is State.PAUSED:
        notes.append(
            _("It stands still while it is the requester's turn, so nobody can say yet when it is due.")
        )
    if timer.cancel_reason:
        notes.append(str(_CANCELLED[timer.cancel_reason]))
    return tuple(notes)


def _day(day: CountedDay, zone: str) -> DayLine:
    paused = worked(day.paused_seconds) if day.paused_seconds else ""
    if day.holiday is not None and day.holiday.name:
        remark = _("Public holiday: %(name)s") % {"name": text_in(day.holiday.name, _language())}
    elif day.holiday is not None:
        remark = _("Public holiday")
    elif paused:
        remark = _("%(length)s paused") % {"length": paused}
    elif not day.windows:
        remark = _("Closed")
    else:
        remark = ""
    return DayLine(
        day=_weekday(day.day),
        counted=worked(day.seconds) if day.seconds else "",
        hours=", ".join(
            f"{clock_time(since, zone, _language())}\u2013{clock_time(until, zone, _language())}"
            for since, until in day.windows
        ),
        remark=remark,
    )


def _pauses(pauses: Sequence[tuple[datetime, datetime | None]], viewer: Viewer) -> tuple[str, ...]:
    told = []
    for since, until in pauses:
        words = {"since": instant_in_words(since, viewer.zone.key, _language())}
        if until is None:
            told.append(_("Since %(since)s") % words)
        else:
            words["until"] = instant_in_words(until, viewer.zone.key, _language())
            told.append(_("From %(since)s until %(until)s") % words)
    return tuple(told)


def _weekday(day: date) -> str:
    return short_weekday(day, _language())


def _language() -> str:
    return get_language() or "en"
