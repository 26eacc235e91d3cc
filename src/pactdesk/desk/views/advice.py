"""The time that consultants spend on a request of advice: written, corrected, taken off (AGR-7, RTE-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.agreements.amounts import in_time
from pactdesk.cases.queries import advice as queries
from pactdesk.cases.queries import desk as cases
from pactdesk.cases.queries.advice import AdvicePage, TimeLine
from pactdesk.cases.queries.desk import DeskLine
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.services import advice
from pactdesk.cases.services.changing import CannotChange
from pactdesk.desk.beside import Head, head_of
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.advice import TimeForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import language
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.requests import PageRequest


@dataclass(frozen=True, slots=True)
class TimeRow:
    """Some time in words. `url` is where its consultant corrects it, "" for everybody else."""

    day: str
    time: str
    who: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class TimePage:
    """The time of a request. `summary` says what was written and what that costs. `corrects`: it is the page of one."""

    head: Head
    rows: tuple[TimeRow, ...]
    summary: str
    takes_advice: bool
    is_closed: bool
    corrects: bool
    back_url: str


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: PageRequest, number: str) -> HttpResponse:
    """What was written, and writing more."""
    line, found = _found(request, number)
    form = TimeForm(request.POST if request.method == "POST" else None, day=_today(request))
    if form.is_bound and form.is_valid():
        try:
            advice.write_time(
                line.number,
                minutes=form.cleaned_data["minutes"],
                day=form.cleaned_data["day"],
                note=form.cleaned_data["note"],
                key=form.key,
                actor=request.viewer,
                at=request.at,
            )
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            return _done(request, line, _("The time is written down."))
    return _show(request, line, found, form)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: PageRequest, number: str, time_id: int) -> HttpResponse:
    """Correct what one wrote, or take it off again."""
    line, found = _found(request, number)
    own = next((each for each in found.lines if each.id == time_id and each.is_mine), None)
    if own is None:
        raise Http404
    begun = {"minutes": own.minutes, "note": own.note}
    removes = request.POST.get("do") == "remove"
    data = request.POST if request.method == "POST" and not removes else None
    form = TimeForm(data, day=own.day, initial=begun)
    try:
        if removes:
            advice.remove_time(line.number, time_id, actor=request.viewer, at=request.at)
            return _done(request, line, _("The time is taken off."))
        if form.is_bound and form.is_valid():
            advice.correct_time(
                line.number,
                time_id,
                minutes=form.cleaned_data["minutes"],
                day=form.cleaned_data["day"],
                note=form.cleaned_data["note"],
                actor=request.viewer,
                at=request.at,
            )
            return _done(request, line, _("The time is corrected."))
    except CannotChange as refused:
        if removes:
            form = TimeForm({**begun, "day": own.day.isoformat()}, day=own.day)
            form.full_clean()
        form.refuse(refused.decision, zone=request.viewer.time_zone)
    return _show(request, line, found, form, corrects=True)


def _found(request: PageRequest, number: str) -> tuple[DeskLine, AdvicePage]:
    asked = read_number(number)
    return cases.desk_line(request.viewer, asked), queries.advice_page(request.viewer, asked)


def _today(request: PageRequest) -> date:
    return request.at.astimezone(request.viewer.zone).date()


def _done(request: PageRequest, line: DeskLine, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("desk:times", line.shown_number)


def _show(
    request: PageRequest, line: DeskLine, found: AdvicePage, form: TimeForm, *, corrects: bool = False
) -> HttpResponse:
    head = head_of(line, viewer=request.viewer, at=request.at)
    page = TimePage(
        head=head,
        rows=() if corrects else tuple(_row(each, line.shown_number) for each in found.lines),
        summary=_("Written: %(spent)s. Deducted: %(charged)s. Left on the plan: %(left)s.")
        % {
            "spent": in_time(found.spent),
            "charged": in_time(found.charged),
            "left": in_time(found.left),
        },
        takes_advice=found.takes_advice,
        is_closed=line.status == "closed",
        corrects=corrects,
        back_url=reverse("desk:times", args=[line.shown_number]) if corrects else head.url,
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/times.html", page, status=status, form=form)


def _row(line: TimeLine, number: str) -> TimeRow:
    return TimeRow(
        day=day_in_words(line.day, "UTC", language()),
        time=in_time(line.minutes),
        who=line.consultant,
        note=line.note,
        url=reverse("desk:time", args=[number, line.id]) if line.is_mine else "",
    )
