"""What a request is promised, at the desk: why this time, how severe it is, and whom to reach (SEV-1, SEV-4, SEV-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.cases.queries import desk
from pactdesk.cases.queries import severity as cases
from pactdesk.cases.queries.desk import DeskLine
from pactdesk.cases.queries.severity import AttemptLine, Outlook, SeverityPage
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.rules.severity import Level
from pactdesk.cases.rules.status import CLOSED
from pactdesk.cases.services import severity as services
from pactdesk.cases.services.changing import CannotChange
from pactdesk.desk.beside import Head, head_of, time_there
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.promise import OUTCOMES_IN_WORDS, AttemptForm, StartForm
from pactdesk.desk.forms.work import WorkForm, seen_in
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.views.work import ask
from pactdesk.desk.words import language, zone_name
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.moments import instant_in_words
from pactdesk.notifications.wording import sentence
from pactdesk.pages.happenings import CHANNELS
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.severity import (
    Outcome,
    SeverityForm,
    cards_of,
    changed_or_shown,
    level_in_words,
    outcome_of,
    severity_name,
    unoffered_of,
)
from pactdesk.pages.why import why_page


@at_desk
@require_safe
def why(request: PageRequest, number: str) -> HttpResponse:
    """Why this time: start, each day's counted time, pauses, holidays by name, and due."""
    found = cases.why(request.viewer, read_number(number), at_desk=True, at=request.at)
    back_url = reverse("desk:request", args=[found.shown_number])
    page = why_page(found, back_url=back_url, viewer=request.viewer, at=request.at)
    return render_at_desk(request, "desk/why.html", page)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The question how severe a request is. `outcome` is what would happen, once that was asked for."""

    head: Head
    level: str
    cards: list[dict[str, Any]]
    unoffered: list[dict[str, Any]]
    outcome: Outcome | None
    action: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt in words."""

    when: str
    channel: str
    who: str
    note: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ReachingPage:
    """Whom to call day and night, what was tried, and whether the request can be lowered: `lower_url` is "" where it
    cannot, then `reasons` say why and `counts_from` when one more attempt would count."""

    head: Head
    name: str
    phone: str
    there: str
    lowered_to: str
    lower_url: str
    reasons: tuple[str, ...]
    counts_from: str
    attempts: tuple[AttemptRow, ...]
    zone: str
    is_closed: bool


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def severity(request: PageRequest, number: str) -> HttpResponse:
    """Another severity, with a reason. What would happen is shown before it does."""
    page = cases.severity_page(request.viewer, read_number(number), at_desk=True)
    form = SeverityForm(request.POST if request.method == "POST" else None, page=page)
    changed, outlook = changed_or_shown(
        request,
        form,
        at_desk=True,
        change=lambda: services.change(
            page.number,
            form.wanted,
            reason=form.cleaned_data["reason"],
            seen=seen_in(request.POST),
            actor=request.viewer,
            at=request.at,
        ),
    )
    if changed:
        told = {"number": page.shown_number, "severity": form.wanted.severity}
        messages.success(request, _("%(number)s has severity %(severity)s now.") % told)
        return redirect("desk:request", page.shown_number)
    return _ask_severity(request, page, form, outlook)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def reaching(request: PageRequest, number: str) -> HttpResponse:
    """Whom to call, the log of attempts, and writing one down (SEV-4)."""
    line = desk.desk_line(request.viewer, read_number(number))
    data = request.POST if request.method == "POST" else None
    form = AttemptForm(data, zone=request.viewer.zone, now=request.at)
    if form.is_bound and form.is_valid():
        try:
            services.log_attempt(
                line.number,
                channel=form.cleaned_data["channel"],
                outcome=form.cleaned_data["outcome"],
                made_at=form.cleaned_data["made_at"],
                note=form.cleaned_data["note"],
                key=form.key,
                actor=request.viewer,
                at=request.at,
            )
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            messages.success(request, _("The attempt is written down."))
            return redirect("desk:reaching", line.shown_number)
    return _reaching_page(request, line, form)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def lower(request: PageRequest, number: str) -> HttpResponse:
    """Lower it because nobody can be reached. What would happen is shown before it does (SEV-4)."""
    line = desk.desk_line(request.viewer, read_number(number))
    form = WorkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            level = services.lower_as_unreachable(
                line.number, seen=form.seen, actor=request.viewer, at=request.at
            )
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            line = desk.desk_line(request.viewer, line.number)
        else:
            told = {"number": line.shown_number, "severity": level.severity}
            messages.success(
                request, _("%(number)s is lowered to %(severity)s, and its contacts are told.") % told
            )
            return redirect("desk:request", line.shown_number)
    outlook = cases.outlook_of_lowering(request.viewer, line.number, at=request.at)
    if not outlook.decision.allowed and not form.is_bound:
        return redirect("desk:reaching", line.shown_number)
    outcome = None
    if outlook.decision.allowed:
        outcome = outcome_of(outlook, now=_level(line), viewer=request.viewer)
    title = _("Lower it, because nobody can be reached")
    lines = (_("The contacts are told why, and can make it as severe again with one press."),)
    return ask(request, line, form, title, title, lines=lines, template="desk/lower.html", outcome=outcome)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PageRequest, number: str) -> HttpResponse:
    """The manager sets the clock of the first answer back. What would happen is shown before it does (SEV-6)."""
    line = desk.desk_line(request.viewer, read_number(number))
    now = cases.start_page(request.viewer, line.number)
    data = request.POST if request.method == "POST" else None
    form = StartForm(data, zone=request.viewer.zone, begins_at=now.begins_at)
    outlook: Outlook | None = None
    if form.is_bound and form.is_valid():
        wanted: datetime = form.cleaned_data["start"]
        outlook = cases.outlook_of_start(request.viewer, line.number, wanted, at=request.at)
        if not outlook.decision.allowed:
            form.refuse(outlook.decision, zone=request.viewer.time_zone)
        elif form.was_shown:
            try:
                services.set_back(
                    line.number,
                    wanted,
                    reason=form.cleaned_data["reason"],
                    seen=form.seen,
                    actor=request.viewer,
                    at=request.at,
                )
            except CannotChange as refused:
                form.refuse(refused.decision, zone=request.viewer.time_zone)
            else:
                messages.success(request, _("The clock of the first answer is set back."))
                return redirect("desk:request", line.shown_number)
    is_shown = outlook is not None and outlook.decision.allowed and form.is_valid()
    outcome = None
    if is_shown and outlook is not None:
        outcome = outcome_of(outlook, now=_level(line), viewer=request.viewer)
    lines = [_("Times are those of %(place)s.") % {"place": zone_name(request.viewer)}]
    if not now.is_manager:
        lines.append(_sentence("case.only-a-manager"))
    elif now.begins_at is None:
        lines.append(_sentence("case.answered-already"))
    return ask(
        request,
        line,
        form,
        _("Set the clock back"),
        _("Set the clock back") if is_shown else _("Show what would happen"),
        lines=lines,
        template="desk/start.html",
        status=200 if is_shown else None,
        outcome=outcome,
        shown=form.cleaned_data["start"].isoformat() if is_shown else "",
    )


def _ask_severity(
    request: PageRequest, page: SeverityPage, form: SeverityForm, outlook: Outlook | None
) -> HttpResponse:
    chosen = form.data.get("severity", "") if form.is_bound else page.level.severity
    wanted = form.wanted.severity if outlook is not None else ""
    line = desk.desk_line(request.viewer, page.number)
    shown = ChangePage(
        head=head_of(line, viewer=request.viewer, at=request.at),
        level=level_in_words(page.level),
        cards=cards_of(page, chosen),
        unoffered=unoffered_of(page),
        outcome=outcome_of(outlook, now=page.level, viewer=request.viewer) if outlook else None,
        action=_("Change it to %(severity)s") % {"severity": severity_name(wanted)},
    )
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render_at_desk(request, "desk/severity.html", shown, status=status, form=form)


def _reaching_page(request: PageRequest, line: DeskLine, form: AttemptForm) -> HttpResponse:
    found, viewer = cases.reaching(request.viewer, line.number), request.viewer
    page = ReachingPage(
        head=head_of(line, viewer=viewer, at=request.at),
        name=line.night_name,
        phone=line.night_phone,
        there=time_there(line.night_time_zone, at=request.at),
        lowered_to=found.lowered_to if line.hours == "24x7" else "",
        lower_url=reverse("desk:lower", args=[line.shown_number]) if found.decision.allowed else "",
        reasons=tuple(sentence(reason, viewer.time_zone) for reason in found.decision),
        counts_from=instant_in_words(found.counts_from, viewer.zone.key, language())
        if found.counts_from is not None and found.counts_from > request.at
        else "",
        attempts=tuple(_attempt(each, request) for each in found.attempts),
        zone=_("Times are those of %(place)s.") % {"place": zone_name(viewer)},
        is_closed=line.status == CLOSED,
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/reaching.html", page, status=status, form=form)


def _attempt(attempt: AttemptLine, request: PageRequest) -> AttemptRow:
    return AttemptRow(
        when=instant_in_words(attempt.at, request.viewer.zone.key, language()),
        channel=str(CHANNELS[attempt.channel]),
        who=attempt.who,
        note=attempt.note,
        outcome=str(OUTCOMES_IN_WORDS[attempt.outcome]),
    )


def _level(line: DeskLine) -> Level:
    return Level(line.severity, "24x7" if line.hours == "24x7" else "business")


def _sentence(code: str) -> str:
    """A reason without values, as a sentence."""
    return sentence(Reason(code), "UTC")
