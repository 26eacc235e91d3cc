"""What a request is promised, for its contacts: why this time, and how severe it is (SEV-1, SEV-4, SEV-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.cases.queries import severity as cases
from pactdesk.cases.queries.severity import Outlook, SeverityPage
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.services import severity as services
from pactdesk.cases.services.changing import CannotChange
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
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


@with_profile
@require_safe
def why(request: PageRequest, number: str) -> HttpResponse:
    """Why this time: start, each day's counted time, pauses, holidays by name, and due."""
    found = cases.why(request.viewer, read_number(number), at_desk=False, at=request.at)
    back_url = reverse("portal:request", args=[found.shown_number])
    page = why_page(found, back_url=back_url, viewer=request.viewer, at=request.at)
    return render(request, "portal/requests/why.html", {"page": page})


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The question how severe the request is. `outcome` is what would happen, once that was asked for."""

    number: str
    summary: str
    back_url: str
    restore_url: str
    level: str
    cards: list[dict[str, Any]]
    unoffered: list[dict[str, Any]]
    outcome: Outcome | None
    action: str
    seen: int


@dataclass(frozen=True, slots=True)
class RestorePage:
    """The question before the request is as severe again as it was; `outcome` is None where that cannot be."""

    number: str
    summary: str
    title: str
    back_url: str
    change_url: str
    reachable: str
    outcome: Outcome | None
    refusals: tuple[WordedReason, ...]


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def severity(request: PageRequest, number: str) -> HttpResponse:
    """Another severity, with a reason. What would happen is shown before it does."""
    page = cases.severity_page(request.viewer, read_number(number), at_desk=False)
    form = SeverityForm(request.POST if request.method == "POST" else None, page=page)
    changed, outlook = changed_or_shown(
        request,
        form,
        at_desk=False,
        change=lambda: services.change_by_contact(
            page.number,
            form.wanted,
            reason=form.cleaned_data["reason"],
            actor=request.viewer,
            at=request.at,
        ),
    )
    if changed:
        done = _("The severity is %(severity)s now.") % {"severity": form.wanted.severity}
        messages.success(request, done)
        return redirect("portal:request", page.shown_number)
    return _ask(request, page, form, outlook)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: PageRequest, number: str) -> HttpResponse:
    """One press makes the request as severe again as it was before it was lowered (SEV-4)."""
    page = cases.severity_page(request.viewer, read_number(number), at_desk=False)
    if request.method == "POST":
        try:
            level = services.restore(page.number, actor=request.viewer, at=request.at)
        except CannotChange as refused:
            outlook = Outlook(refused.decision, None)
        else:
            messages.success(request, _("The severity is %(severity)s again.") % {"severity": level.severity})
            return redirect("portal:request", page.shown_number)
    else:
        outlook = cases.outlook_of_restoring(request.viewer, page.number, at=request.at)
    back = reverse("portal:request", args=[page.shown_number])
    allowed = outlook.decision.allowed and page.lowered_from is not None
    severity_code = page.lowered_from.severity if page.lowered_from else page.level.severity
    shown = RestorePage(
        number=page.shown_number,
        summary=page.summary,
        title=_("Make it severity %(severity)s again") % {"severity": severity_code},
        back_url=back,
        change_url=reverse("portal:request-severity", args=[page.shown_number]),
        reachable=_("We call %(name)s at %(phone)s, day and night.")
        % {"name": page.reachable.name, "phone": page.reachable.phone},
        outcome=outcome_of(outlook, now=page.level, viewer=request.viewer) if allowed else None,
        refusals=tuple(worded(reason, zone=request.viewer.time_zone) for reason in outlook.decision),
    )
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/requests/restore.html", {"page": shown}, status=status)


def _ask(
    request: PageRequest, page: SeverityPage, form: SeverityForm, outlook: Outlook | None
) -> HttpResponse:
    chosen = form.data.get("severity", "") if form.is_bound else page.level.severity
    wanted = form.wanted.severity if outlook is not None else ""
    shown = ChangePage(
        number=page.shown_number,
        summary=page.summary,
        back_url=reverse("portal:request", args=[page.shown_number]),
        restore_url=reverse("portal:request-restore", args=[page.shown_number]) if page.lowered_from else "",
        level=level_in_words(page.level),
        cards=cards_of(page, chosen),
        unoffered=unoffered_of(page),
        outcome=outcome_of(outlook, now=page.level, viewer=request.viewer) if outlook else None,
        action=_("Change it to %(severity)s") % {"severity": severity_name(wanted)},
        seen=page.revision,
    )
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "portal/requests/severity.html", {"page": shown, "form": form}, status=status)
