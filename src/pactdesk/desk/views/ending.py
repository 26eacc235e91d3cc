"""Closing and reopening a request, with what that does to the plan said before (AGR-6)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.cases.queries import desk as cases
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.rules.outcomes import DECREMENT, NON_DECREMENT
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import ending
from pactdesk.cases.services.changing import CannotChange
from pactdesk.desk.beside import what_closing_does, what_reopening_does
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.work import CloseForm, ReasonForm
from pactdesk.desk.views.work import ask
from pactdesk.desk.words import OUTCOMES
from pactdesk.pages.happenings import given_back
from pactdesk.pages.requests import PageRequest


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: PageRequest, number: str) -> HttpResponse:
    """Close a request and say whether it counts. What is closed already is shown as it is."""
    found = cases.desk_page(request.viewer, read_number(number), at=request.at)
    line = found.line
    if request.method != "POST" and not line.may(Move.CLOSE).allowed:
        messages.info(request, _("This request is closed already."))
        return redirect("desk:request", line.shown_number)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            credited = ending.close(
                line.number,
                outcome=form.cleaned_data["outcome"],
                cause=form.cleaned_data["cause"],
                reason=form.cleaned_data["reason"],
                seen=form.seen,
                actor=request.viewer,
                at=request.at,
            )
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            found = cases.desk_page(request.viewer, line.number, at=request.at)
        else:
            text = _("%(number)s is closed.") % {"number": line.shown_number}
            if credited:
                unit = found.plan.unit if found.plan else ""
                text = f"{text} {given_back(credited, unit)}"
            messages.success(request, text)
            return redirect("desk:request", line.shown_number)
    counts, does_not = what_closing_does(found.line, found.plan)
    cards = [
        {"value": DECREMENT, "title": OUTCOMES[DECREMENT], "lines": [counts]},
        {"value": NON_DECREMENT, "title": OUTCOMES[NON_DECREMENT], "lines": [does_not]},
    ]
    title = _("Close the request")
    return ask(request, found.line, form, title, title, template="desk/close.html", cards=cards)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: PageRequest, number: str) -> HttpResponse:
    """Take a closed or resolved request up again. What is open is shown as it is."""
    found = cases.desk_page(request.viewer, read_number(number), at=request.at)
    line = found.line
    if request.method != "POST" and not line.may(Move.REOPEN).allowed:
        messages.info(request, _("This request is open already."))
        return redirect("desk:request", line.shown_number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            ending.reopen(line.number, reason=reason, seen=form.seen, actor=request.viewer, at=request.at)
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            found = cases.desk_page(request.viewer, line.number, at=request.at)
        else:
            messages.success(request, _("%(number)s is open again.") % {"number": line.shown_number})
            return redirect("desk:request", line.shown_number)
    title = _("Reopen the request")
    return ask(request, found.line, form, title, title, lines=(what_reopening_does(found),))
