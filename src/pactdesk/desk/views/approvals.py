"""What waits for a second person of the service centre, and deciding it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.agreements.amounts import whole_amount
from pactdesk.agreements.queries import centre, issuing
from pactdesk.agreements.queries.centre import Asked
from pactdesk.agreements.queries.issuing import AskedIssuance
from pactdesk.agreements.services import corrections
from pactdesk.desk.corrections import OUTCOMES, asked_in_words, stands
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import DecisionForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import language
from pactdesk.kernel.decisions import Refused
from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.pages.requests import PageRequest

HERE = "approvals"


@dataclass(frozen=True, slots=True)
class Row:
    """Something that waits, or was decided. `facts` say more of it."""

    what: str
    label: str
    url: str
    reason: str
    asked: str
    outcome: str
    words: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """What waits, and what was decided lately."""

    waiting: tuple[Row, ...]
    decided: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """One that waits. `is_own`: the reader asked for it, and can only take it back. `button` does what was asked."""

    row: Row
    agreement_url: str
    stands: str
    is_own: bool
    is_open: bool
    button: str


@at_service_centre
@require_safe
def approvals(request: PageRequest) -> HttpResponse:
    """What waits longest stands first."""
    viewer, at = request.viewer, request.at
    waiting = [(each.asked_at, correction_row(each, request)) for each in centre.waiting(viewer)]
    waiting += [(each.asked_at, issuance_row(each, request)) for each in issuing.waiting(viewer)]
    decided = [(each.decided_at or at, correction_row(each, request)) for each in centre.decided(viewer)]
    decided += [(each.decided_at or at, issuance_row(each, request)) for each in issuing.decided(viewer)]
    page = ListPage(
        waiting=tuple(row for _at, row in sorted(waiting, key=_when)),
        decided=tuple(row for _at, row in sorted(decided, key=_when, reverse=True)[: centre.PAGE]),
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
    if is_decided(form, request, corrections.decide, correction_id, zone=asked.time_zone):
        messages.success(
            request, _("The agreement is corrected.") if approves(request) else _("Nothing is changed.")
        )
        return redirect("desk:approvals")
    if form.errors:  # somebody else may have decided meanwhile
        asked = centre.asked(request.viewer, correction_id) or asked
    balance = centre.page(request.viewer, asked.agreement_id, at=request.at).balance
    page = DecisionPage(
        row=correction_row(asked, request),
        agreement_url=reverse("desk:agreement", args=[asked.agreement_id]),
        stands=stands(balance),
        is_own=asked.asked_by == request.viewer.account_id,
        is_open=not asked.outcome,
        button=_("Approve and correct it"),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/approval.html", page, here=HERE, status=status, form=form)


def is_decided(
    form: DecisionForm, request: PageRequest, decide: Callable[..., object], asked_id: int, *, zone: str
) -> bool:
    """Whether what was asked for is decided now. Where it is not although the form was sent, the form says why."""
    if not (form.is_bound and form.is_valid()):
        return False
    words = form.cleaned_data["words"]
    try:
        decide(asked_id, approves=approves(request), words=words, actor=request.viewer, at=request.at)
    except Refused as refused:
        form.refuse(refused.decision, zone=zone)
        return False
    return True


def approves(request: PageRequest) -> bool:
    """Whether the button that says yes was pressed."""
    return request.POST.get("do") == "approve"


def correction_row(asked: Asked, request: PageRequest) -> Row:
    """A correction in words."""
    return Row(
        what=asked_in_words(asked),
        label=asked.named.shown(language()),
        url=reverse("desk:approval", args=[asked.id]),
        reason=asked.reason,
        asked=_who_asked(asked, request),
        outcome=_what_became(asked, request),
        words=asked.words,
    )


def issuance_row(asked: AskedIssuance, request: PageRequest) -> Row:
    """An agreement to be issued or activated, in words."""
    facts = []
    if asked.place:
        facts.append((_("Location"), asked.place))
    if not asked.activates:  # what is activated begins on the day of it
        first_day = datetime.combine(asked.starts_on, time(), tzinfo=ZoneInfo(asked.time_zone))
        facts.append((_("First day"), day_in_words(first_day, asked.time_zone, language())))
    if asked.owner:
        facts.append((_("Owner of the agreement"), asked.owner))
    if asked.seat_limit is not None:
        facts.append((_("Accounts that may add it"), str(asked.seat_limit)))
    what = _("Issue %(programme)s: %(amount)s") if asked.units else _("Issue %(programme)s, not counted")
    if asked.activates:
        what = _("Activate %(programme)s: %(amount)s")
    return Row(
        what=what
        % {
            "programme": text_in(asked.programme, language()),
            "amount": whole_amount(asked.unit, asked.units),
        },
        label=asked.holder,
        url=reverse("desk:issuance", args=[asked.id]),
        reason=asked.reason,
        asked=_who_asked(asked, request),
        outcome=_what_became(asked, request),
        words=asked.words,
        facts=tuple(facts),
    )


def _who_asked(asked: Asked | AskedIssuance, request: PageRequest) -> str:
    return _("Asked for by %(who)s, %(moment)s") % {
        "who": asked.asker,
        "moment": instant_in_words(asked.asked_at, request.viewer.time_zone or "UTC", language()),
    }


def _what_became(asked: Asked | AskedIssuance, request: PageRequest) -> str:
    outcome = str(OUTCOMES[asked.outcome])
    if asked.decided_at is None:
        return outcome
    return _("%(outcome)s by %(who)s, %(moment)s") % {
        "outcome": outcome,
        "who": asked.decider,
        "moment": instant_in_words(asked.decided_at, request.viewer.time_zone or "UTC", language()),
    }


def _when(row: tuple[datetime, Row]) -> datetime:
    return row[0]
