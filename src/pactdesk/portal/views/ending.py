"""Contacts close a request, or reopen it, and are told before what that does to the plan (REQ-2, AGR-6)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.agreements.amounts import in_time
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries import requests as cases
from pactdesk.cases.queries.requests import Reopening
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services import ending as services
from pactdesk.cases.services.changing import CannotChange
from pactdesk.kernel.decisions import ALLOWED, Decision
from pactdesk.pages.happenings import deducted_again
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.conversation import ReasonForm

_NOTHING_TO_DO = frozenset({"case.cannot-close", "case.cannot-reopen"})


@dataclass(frozen=True, slots=True)
class EndingPage:
    """The question before closing or reopening. `consequences` are what it does, each with an icon, `refusals` why it
    cannot be done."""

    number: str
    summary: str
    back_url: str
    consequences: tuple[tuple[str, str], ...]
    refusals: tuple[WordedReason, ...]


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: PageRequest, number: str) -> HttpResponse:
    """Close the request, with a reason; a closed one stays as it is."""
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        label=_("Why can it be closed?"),
        help_text=_("For example what solved it. Everybody who sees the request can read this."),
    )
    refused = ALLOWED
    if form.is_bound and form.is_valid():
        try:
            services.close_by_contact(
                read_number(number), reason=form.cleaned_data["reason"], actor=request.viewer, at=request.at
            )
        except CannotChange as cannot:
            refused = cannot.decision
        else:
            messages.success(request, _("The request is closed."))
            return _back(number)
    page = cases.request_page(request.viewer, read_number(number), most=1)
    if not page.may_close.allowed:
        messages.info(request, _("The request is closed already."))
        return _back(number)
    consequences = []
    if page.unit == ADVISORY_HOUR and page.charged_units:
        consequences.append(
            _(
                "The request counts: the time that a consultant has written stays deducted, and what was set aside "
                "beyond that is given back. If you think it should not count, say so in a reply instead. Only we can "
                "give it back."
            )
        )
    elif page.charged_units:
        consequences.append(
            _(
                "The request counts: the incident that was deducted for it stays deducted. If you think it should "
                "not count, say so in a reply instead. Only we can give it back."
            )
        )
    if page.unit == ADVISORY_HOUR and page.charged_units:
        consequences.append(
            _(
                "You can reopen it later. One hour is then set aside again, and what was spent counts towards it."
            )
        )
    else:
        consequences.append(_("You can reopen it later. Nothing is deducted again for that."))
    return _ask(request, "close", number, page.line.summary, form, tuple(consequences), refused)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: PageRequest, number: str) -> HttpResponse:
    """Reopen the request, with a reason, where the plan can pay for it again; one that is open stays as it is."""
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        label=_("What is not solved?"),
        help_text=_("Everybody who sees the request can read this, and your engineer begins with it."),
    )
    before = cases.reopening(request.viewer, read_number(number), at=request.at)
    decision = before.decision
    if decision.allowed and form.is_bound and form.is_valid():
        try:
            taken = services.reopen_by_contact(
                read_number(number), reason=form.cleaned_data["reason"], actor=request.viewer, at=request.at
            )
        except CannotChange as cannot:
            decision = cannot.decision
        else:
            told = (deducted_again(taken, before.unit),) if taken else ()
            messages.success(request, " ".join((_("The request is open again."), *told)))
            return _back(number)
    if _NOTHING_TO_DO & set(decision.codes):
        messages.info(request, _("The request is open already."))
        return _back(number)
    consequences = () if not decision.allowed else _reopening_in_words(before)
    return _ask(request, "reopen", number, before.summary, form, consequences, decision)


def _ask(
    request: PageRequest,
    what: str,
    number: str,
    summary: str,
    form: ReasonForm,
    consequences: tuple[str, ...],
    refused: Decision,
) -> HttpResponse:
    url = _url(number)
    page = EndingPage(
        number=shown_number(read_number(number) or 0),
        summary=summary,
        back_url=url,
        consequences=tuple(("info", sentence) for sentence in consequences),
        refusals=tuple(
            worded(reason, zone=request.viewer.time_zone, places={"reopen": ""}) for reason in refused
        ),
    )
    status = 422 if form.is_bound else 200
    return render(request, f"portal/requests/{what}.html", {"page": page, "form": form}, status=status)


def _reopening_in_words(before: Reopening) -> tuple[str, ...]:
    if not before.unit:
        return ()
    if not before.takes:
        return (_("Nothing is deducted again."),)
    left = before.left - before.takes
    if before.unit == ADVISORY_HOUR:
        return (
            _("%(time)s of advice were given back when it was closed. They are deducted again.")
            % {"time": in_time(before.takes)},
            _("%(time)s of advice will be left.") % {"time": in_time(left)},
        )
    taken = ngettext(
        "%(count)s incident was given back when it was closed. It is deducted again.",
        "%(count)s incidents were given back when it was closed. They are deducted again.",
        before.takes,
    )
    rest = ngettext("%(count)s incident will be left.", "%(count)s incidents will be left.", left)
    return (taken % {"count": before.takes}, rest % {"count": left})


def _back(number: str) -> HttpResponse:
    return redirect(_url(number))


def _url(number: str) -> str:
    return reverse("portal:request", args=[shown_number(read_number(number) or 0)])
