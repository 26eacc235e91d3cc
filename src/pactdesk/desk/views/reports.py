"""Reports: how the team stands now, and how promises were kept over the past weeks, as plots, tables and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from babel.dates import format_skeleton
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_safe

from pactdesk.accounts import queries as accounts
from pactdesk.cases.queries import reports
from pactdesk.cases.queries.reports import Asked
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.reports import Cause, Kept, Week, together
from pactdesk.catalog import queries as catalog
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import Words, language
from pactdesk.kernel.moments import clock_time, instant_in_words, place_of, short_day
from pactdesk.kernel.worded import text_in
from pactdesk.pages import plots
from pactdesk.pages.clocks import duration
from pactdesk.pages.plots import Bar, Line, Part, Plot
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.words import share_in_words

PERIODS: Final = (4, 13, 26, 52)
USUAL: Final = 13
TARGET: Final = 95  # percent of promises kept; what the mark in the plots stands for
_LOOKS: Final = ("s5", "s3", "s1", "s2", "s4", "s6")
_CAUSES: Final[Mapping[Cause, Words]] = {
    Cause.UNOWNED: gettext_lazy("Nobody owned it"),
    Cause.TRANSFERRED: gettext_lazy("Moved to another team"),
    Cause.OFF_SHIFT: gettext_lazy("Owner off shift"),
    Cause.OWNED: gettext_lazy("Owner at work"),
}
_TURNS: Final[Mapping[str, tuple[Words, str]]] = {
    "us": (gettext_lazy("Us"), "s1"),
    "requester": (gettext_lazy("The requester"), "s3"),
    "solved": (gettext_lazy("Their word that it is solved"), "s6"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in the form above the plots."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class LoweredRow:
    """A severity that was lowered because nobody could be reached."""

    number: str
    url: str
    summary: str
    when: str
    restored: str


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Plots of now and of the past weeks, for the teams and the period that were chosen."""

    now: tuple[Plot, ...]
    past: tuple[Plot, ...]
    lowered: str
    lowered_rows: tuple[LoweredRow, ...]
    teams: tuple[Option, ...]
    periods: tuple[Option, ...]
    as_of: str


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is asked for, by whom, and the words that go with it."""

    request: PageRequest
    asked: Asked
    team: int | None

    @property
    def period(self) -> str:
        place = place_of(self.asked.zone, language())
        weeks = ngettext("last week", "last %(count)s weeks", self.asked.weeks) % {"count": self.asked.weeks}
        return _("%(weeks)s (%(place)s)") % {"weeks": weeks, "place": place}

    def queue(self, **more: str) -> str:
        kept = {"team": str(self.team)} if self.team is not None else {}
        return f"{reverse('desk:queue')}?{urlencode(kept | {'view': 'team'} | more)}"


@at_desk
@require_safe
def report_page(request: PageRequest) -> HttpResponse:
    """All plots of one's teams, or of one of them."""
    scope = _scope(request)
    lowered = reports.lowered_as_unreachable(scope.asked)
    page = ReportsPage(
        now=tuple(_linked(plot(scope), scope) for plot in _NOW.values()),
        past=tuple(_linked(plot(scope), scope) for plot in _PAST.values()),
        lowered=_lowered_in_words(lowered.lowered, lowered.restored),
        lowered_rows=tuple(_lowered_row(each, scope) for each in lowered.newest),
        teams=tuple(
            [Option("", _("All my teams"), scope.team is None)]
            + [
                Option(str(team.id), text_in(team.name, language()), team.id == scope.team)
                for team in accounts.teams(only=request.viewer.teams)
            ]
        ),
        periods=tuple(
            Option(
                str(weeks),
                ngettext("Last week", "Last %(count)s weeks", weeks) % {"count": weeks},
                weeks == scope.asked.weeks,
            )
            for weeks in PERIODS
        ),
        as_of=instant_in_words(request.at, request.viewer.time_zone, language()),
    )
    return render_at_desk(request, "desk/reports.html", page, here="reports", team=scope.team)


@at_desk
@require_safe
def report_csv(request: PageRequest, code: str) -> HttpResponse:
    """The numbers of one plot as a file."""
    scope = _scope(request)
    plot = {**_NOW, **_PAST}.get(code)
    if plot is None:
        raise Http404
    drawn = plot(scope)
    return download(f"pactdesk-{code}", drawn.head, drawn.rows)


def _scope(request: PageRequest) -> _Scope:
    told = request.GET.get("team", "")
    team = int(told) if told.isascii() and told.isdigit() and int(told) in request.viewer.teams else None
    told = request.GET.get("weeks", "")
    weeks = int(told) if told in map(str, PERIODS) else USUAL
    return _Scope(request, reports.asked_by(request.viewer, team=team, weeks=weeks, at=request.at), team)


def _linked(plot: Plot, scope: _Scope) -> Plot:
    kept = {"weeks": str(scope.asked.weeks)} | ({"team": str(scope.team)} if scope.team is not None else {})
    return replace(plot, csv_url=f"{reverse('desk:report-csv', args=[plot.code])}?{urlencode(kept)}")


def _due_soon(scope: _Scope) -> Plot:
    found = reports.due_soon(scope.asked)
    severities = list(catalog.current().severities)
    looks = dict(zip(severities, _LOOKS, strict=False))
    zone, at = scope.asked.zone, scope.asked.at
    labels = [clock_time(at + timedelta(hours=hour), zone, language()) for hour in range(reports.HOURS_AHEAD)]
    stacks: list[list[Part]] = [[] for _hour in labels]
    for each in found.hours:
        title = _("%(time)s and after, severity %(severity)s: %(count)s, %(risk)s at risk") % {
            "time": labels[each.hour],
            "severity": each.severity,
            "count": each.count,
            "risk": each.at_risk,
        }
        look, url = looks.get(each.severity, "s6"), scope.queue(severity=each.severity)
        stacks[each.hour].append(Part(each.at_risk, f"{look} at-risk", title, url))
        stacks[each.hour].append(Part(each.count - each.at_risk, look, title, url))
    total, at_risk = sum(each.count for each in found.hours), sum(each.at_risk for each in found.hours)
    height, shapes = plots.columns(stacks, labels, every=4)
    return Plot(
        code="due-soon",
        title=_("Due within a day: %(count)s, at risk: %(risk)s, late already: %(late)s")
        % {"count": total, "risk": at_risk, "late": found.late},
        subtitle=_("Requests by the hour in which they are due (%(place)s); hatched: at risk")
        % {"place": place_of(zone, language())},
        nothing=_("Nothing is due within a day."),
        height=height,
        shapes=shapes if found.hours else (),
        head=(_("From"), _("Severity"), _("Due"), _("At risk")),
        rows=tuple(
            (labels[each.hour], each.severity, str(each.count), str(each.at_risk)) for each in found.hours
        ),
        key=tuple(
            (look, _("Severity %(severity)s") % {"severity": code})
            for code, look in looks.items()
            if any(each.severity == code for each in found.hours)
        ),
    )


def _waiting_on(scope: _Scope) -> Plot:
    found = reports.waiting_on(scope.asked)
    total = sum(found.values())
    rows = [
        Bar(str(_TURNS[turn][0]), (Part(count, _TURNS[turn][1], str(_TURNS[turn][0])),), str(count))
        for turn, count in found.items()
    ]
    height, shapes = plots.bars(rows)
    return Plot(
        code="waiting-on",
        title=ngettext(
            "%(count)s open request waits for us", "%(count)s open requests wait for us", found["us"]
        )
        % {"count": found["us"]},
        subtitle=_("On whom open requests wait now"),
        nothing=_("Nothing is open."),
        height=height,
        shapes=shapes if total else (),
        head=(_("Waiting on"), _("Requests")),
        rows=tuple((str(_TURNS[turn][0]), str(count)) for turn, count in found.items()),
    )


def _load(scope: _Scope) -> Plot:
    found = reports.load(scope.asked)
    rows = [
        Bar(
            each.name,
            (
                Part(each.due_today, "s3", _("Due today: %(count)s") % {"count": each.due_today}),
                Part(
                    each.in_hand - each.due_today,
                    "s1",
                    _("Due later: %(count)s") % {"count": each.in_hand - each.due_today},
                    scope.queue(owner=str(each.account_id)),
                ),
            ),
            str(each.in_hand),
            target=each.in_hand + each.room,
            target_title=_("Room for %(count)s more") % {"count": each.room},
        )
        for each in found
    ]
    room = sum(each.room for each in found)
    height, shapes = plots.bars(rows, most=max((each.in_hand + each.room for each in found), default=0))
    return Plot(
        code="load",
        title=ngettext(
            "There is room for %(count)s more request", "There is room for %(count)s more requests", room
        )
        % {"count": room},
        subtitle=_("Requests in hand by engineer; the mark is the capacity"),
        nothing=_("Nobody answers for these teams."),
        height=height,
        shapes=shapes if found else (),
        key=(("s3", _("Due today")), ("s1", _("Due later"))),
        head=(_("Engineer"), _("In hand"), _("Due today"), _("Room")),
        rows=tuple((each.name, str(each.in_hand), str(each.due_today), str(each.room)) for each in found),
    )


def _first_replies(scope: _Scope) -> Plot:
    found = reports.first_replies(scope.asked)
    return _kept_plot(
        scope,
        "first-replies",
        found,
        {code: _("Severity %(severity)s") % {"severity": code} for code in found},
        title=_("First answers on time: %(share)s"),
        subtitle=_("By severity, %(period)s; the mark is %(target)s %%"),
        first=_("Severity"),
    )


def _updates(scope: _Scope) -> Plot:
    found = reports.updates_kept(scope.asked)
    names = {
        code: text_in(catalog.current().programme(code).name, language()) if code else _("No programme")
        for code in found
    }
    return _kept_plot(
        scope,
        "updates",
        found,
        names,
        title=_("Updates on time: %(share)s"),
        subtitle=_("By programme, %(period)s; the mark is %(target)s %%"),
        first=_("Programme"),
    )


def _kept_plot(
    scope: _Scope,
    code: str,
    found: Mapping[str, Kept],
    names: Mapping[str, str],
    *,
    title: str,
    subtitle: str,
    first: str,
) -> Plot:
    """Shares of kept promises as bars to 100; where there are few, the bar is pale and only counts are told."""
    rows = [
        Bar(
            names[key],
            (
                Part(
                    kept.kept * 100 / kept.decided if kept.decided else 0,
                    "s1" if kept.percent is not None else "s6",
                    share_in_words(kept),
                ),
            ),
            share_in_words(kept, short=True),
            target=TARGET,
            target_title=_("%(target)s %%") % {"target": TARGET},
        )
        for key, kept in found.items()
    ]
    height, shapes = plots.bars(rows, most=100)
    return Plot(
        code=code,
        title=title % {"share": share_in_words(together(found.values()))},
        subtitle=subtitle % {"period": scope.period, "target": TARGET},
        nothing=_("Nothing was promised and decided in these weeks."),
        height=height,
        shapes=shapes if found else (),
        head=(first, _("On time"), _("Of"), _("Percent")),
        rows=tuple(
            (
                names[key],
                str(kept.kept),
                str(kept.decided),
                str(kept.percent) if kept.percent is not None else "–",
            )
            for key, kept in found.items()
        ),
    )


def _answer_times(scope: _Scope) -> Plot:
    found = {each.monday: each for each in reports.answer_times(scope.asked)}
    weeks = [found.get(monday) for monday in scope.asked.mondays]
    half = tuple(each.half / 3600 if each else None for each in weeks)
    most = tuple(each.most / 3600 if each else None for each in weeks)
    last = next((each for each in reversed(weeks) if each), None)
    titles = tuple(
        _("%(day)s: half within %(half)s, nine of ten within %(most)s")
        % {"day": _day(monday), "half": _length(each.half), "most": _length(each.most)}
        if each
        else ""
        for monday, each in zip(scope.asked.mondays, weeks, strict=True)
    )
    height, shapes = plots.lines(
        [
            Line(_("nine of ten"), "s2 dashed", most, titles),
            Line(pgettext("of all answers", "half"), "s1", half, titles),
        ],
        [_day(monday) for monday in scope.asked.mondays],
    )
    return Plot(
        code="answer-times",
        title=_("Half of the first answers came within %(length)s") % {"length": _length(last.half)}
        if last
        else _("Time to the first answer"),
        subtitle=_("Hours of counted time to the first answer, by week, %(period)s")
        % {"period": scope.period},
        nothing=_("Nothing was answered in these weeks."),
        height=height,
        shapes=shapes if last else (),
        head=(_("Week from"), _("Answers"), _("Half within (hours)"), _("Nine of ten within (hours)")),
        rows=tuple(
            (
                monday.isoformat(),
                str(each.answers if each else 0),
                f"{each.half / 3600:.2f}" if each else "",
                f"{each.most / 3600:.2f}" if each else "",
            )
            for monday, each in zip(scope.asked.mondays, weeks, strict=True)
        )
        if last
        else (),
    )


def _flow(scope: _Scope) -> Plot:
    weeks = reports.opened_and_closed(scope.asked)
    opened, closed = sum(week.opened for week in weeks), sum(week.closed for week in weeks)
    labels = [_day(week.monday) for week in weeks]

    def titles(told: Callable[[Week], int]) -> tuple[str, ...]:
        return tuple(f"{label}: {told(week)}" for label, week in zip(labels, weeks, strict=True))

    height, shapes = plots.lines(
        [
            Line(
                pgettext("requests at the end of a week", "open"),
                "s6",
                tuple(float(week.open_at_end) for week in weeks),
                titles(lambda week: week.open_at_end),
                area=True,
            ),
            Line(
                pgettext("requests of a week", "opened"),
                "s1",
                tuple(float(week.opened) for week in weeks),
                titles(lambda week: week.opened),
            ),
            Line(
                pgettext("requests of a week", "closed"),
                "s2 dashed",
                tuple(float(week.closed) for week in weeks),
                titles(lambda week: week.closed),
            ),
        ],
        labels,
    )
    return Plot(
        code="opened-closed",
        title=_("Opened: %(opened)s, closed: %(closed)s, open now: %(open)s")
        % {"opened": opened, "closed": closed, "open": weeks[-1].open_at_end},
        subtitle=_("Requests by week, %(period)s") % {"period": scope.period},
        nothing=_("Nothing was opened or closed in these weeks."),
        height=height,
        shapes=shapes if opened or closed or weeks[-1].open_at_end else (),
        head=(_("Week from"), _("Opened"), _("Closed"), _("Open at its end")),
        rows=tuple(
            (week.monday.isoformat(), str(week.opened), str(week.closed), str(week.open_at_end))
            for week in weeks
        ),
    )


def _missed(scope: _Scope) -> Plot:
    found = reports.missed_because(scope.asked)
    total = sum(found.values())
    ordered = sorted(found.items(), key=lambda each: -each[1])
    height, shapes = plots.bars(
        [
            Bar(str(_CAUSES[cause]), (Part(count, "s5", str(_CAUSES[cause])),), str(count))
            for cause, count in ordered
        ]
    )
    return Plot(
        code="missed",
        title=ngettext("%(count)s missed promise", "%(count)s missed promises", total) % {"count": total},
        subtitle=_("By what stood in the way when it was due, %(period)s") % {"period": scope.period},
        nothing=_("No promise was missed in these weeks."),
        height=height,
        shapes=shapes if total else (),
        head=(_("Cause"), _("Missed")),
        rows=tuple((str(_CAUSES[cause]), str(count)) for cause, count in ordered) if total else (),
    )


def _lowered_in_words(lowered: int, restored: int) -> str:
    if not lowered:
        return _("No severity was lowered because nobody could be reached.")
    told = ngettext(
        "%(count)s severity was lowered because nobody could be reached; restored: %(restored)s.",
        "%(count)s severities were lowered because nobody could be reached; restored: %(restored)s.",
        lowered,
    )
    return told % {"count": lowered, "restored": restored}


def _lowered_row(each: reports.Lowered, scope: _Scope) -> LoweredRow:
    zone = scope.asked.zone
    number = shown_number(each.number)
    return LoweredRow(
        number=number,
        url=reverse("desk:request", args=[number]),
        summary=each.summary,
        when=short_day(each.at, zone, language()),
        restored=short_day(each.restored_at, zone, language()) if each.restored_at else "",
    )


def _length(seconds: float) -> str:
    return duration(timedelta(seconds=seconds))


def _day(monday: date) -> str:
    return str(format_skeleton("MMMd", monday, locale=language()))


_NOW: Final[Mapping[str, Callable[[_Scope], Plot]]] = {
    "due-soon": _due_soon,
    "waiting-on": _waiting_on,
    "load": _load,
}
_PAST: Final[Mapping[str, Callable[[_Scope], Plot]]] = {
    "first-replies": _first_replies,
    "answer-times": _answer_times,
    "updates": _updates,
    "opened-closed": _flow,
    "missed": _missed,
}
