"""What waits for a second person of the service centre, and deciding it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.agreements.queries import centre
from pactdesk.agreements.queries.centre import Asked
from pactdesk.agreements.services import corrections
from pactdesk.agreements.services.corrections import CannotCorrect
from pactdesk.desk.corrections import OUTCOMES, asked_in_words, stands
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import DecisionForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import language
from pactdesk.kernel.moments import instant_in_words
from pactdesk.pages.requests import PageRequest

HERE = "approvals"


@dataclass(frozen=True, slots=True)
class Row:
    """Something that waits, or was decided."""

    what: str
    label: str
    url: str
    reason: str
    asked: str
    outcome: str
    words: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """What waits, and what was decided lately."""

    waiting: tuple[Row, ...]
    decided: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """One that waits. `is_own`: the reader asked for it, and can only take it back."""

    row: Row
    agreement_url: str
    stands: str
    is_own: bool
    is_open: bool


@at_service_centre
@require_safe
def approvals(request: PageRequest) -> HttpResponse:
    """What waits longest stands first."""
    page = ListPage(
        waiting=tuple(_row(each, request) for each in centre.waiting(request.viewer)),
        decided=tuple(_row(each, request) for each in centre.decided(request.viewer)),
    )
    return render_at_desk(request, "desk/approvals.html", page, here=HERE)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: PageRequest, correction_id: int) -> HttpResponse:
    """Look at one, and say yes or no; who asked takes it back."""
    asked = centre.asked(request.viewer, correction_id)
    if asked is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        approves = request.POST.get("do") == "approve"
        try:
            corrections.decide(
                correction_id,
                approves=approves,
                words=form.cleaned_data["words"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotCorrect as refused:
            form.refuse(refused.decision, zone=asked.time_zone)
            asked = centre.asked(request.viewer, correction_id) or asked
        else:
            messages.success(
                request, _("The agreement is corrected.") if approves else _("Nothing is changed.")
            )
            return redirect("desk:approvals")
    balance = centre.page(request.viewer, asked.agreement_id, at=request.at).balance
    page = DecisionPage(
        row=_row(asked, request),
        agreement_url=reverse("desk:agreement", args=[asked.agreement_id]),
        stands=stands(balance),
        is_own=asked.asked_by == request.viewer.account_id,
        is_open=not asked.outcome,
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/approval.html", page, here=HERE, status=status, form=form)


def _row(asked: Asked, request: PageRequest) -> Row:
    zone = request.viewer.time_zone or "UTC"
    told = {"who": asked.asker, "moment": instant_in_words(asked.asked_at, zone, language())}
    outcome = str(OUTCOMES[asked.outcome])
    if asked.decided_at is not None:
        outcome = _("%(outcome)s by %(who)s, %(moment)s") % {
            "outcome": outcome,
            "who": asked.decider,
            "moment": instant_in_words(asked.decided_at, zone, language()),
        }
    return Row(
        what=asked_in_words(asked),
        label=asked.named.shown(language()),
        url=reverse("desk:approval", args=[asked.id]),
        reason=asked.reason,
        asked=_("Asked for by %(who)s, %(moment)s") % told,
        outcome=outcome,
        words=asked.words,
    )
