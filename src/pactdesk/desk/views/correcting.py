"""Correcting an agreement at the service centre, and suspending it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.agreements.queries import centre
from pactdesk.agreements.services import corrections
from pactdesk.agreements.services.corrections import CannotCorrect
from pactdesk.desk.corrections import KINDS, how_much_alone, stands
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import (
    AddForm,
    AdjustForm,
    CorrectionForm,
    ExtendForm,
    GivenReason,
    SuspensionForm,
)
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.views.agreements import HERE
from pactdesk.desk.words import language
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.requests import PageRequest

_FORMS: Final[Mapping[str, type[CorrectionForm]]] = {
    "add": AddForm,
    "adjust": AdjustForm,
    "extend": ExtendForm,
}


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """Something to be done with an agreement: `lines` say how it stands and what follows. Where it cannot be done,
    `refusals` say why."""

    title: str
    label: str
    back_url: str
    lines: tuple[str, ...]
    button: str
    is_final: bool = False
    can_be_done: bool = True
    refusals: tuple[str, ...] = ()


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: PageRequest, agreement_id: int, kind: str) -> HttpResponse:
    """Correct it, or ask for it where two people are needed."""
    if kind not in _FORMS:
        raise Http404
    found = centre.page(request.viewer, agreement_id, at=request.at)
    zone = found.line.time_zone
    if request.method != "POST":
        form = _FORMS[kind](None, zone=zone, initial={"key": uuid.uuid4()})
        return _ask(request, found, str(KINDS[kind]), form, _("Correct it"))
    form = _FORMS[kind](request.POST, zone=zone)
    if form.is_valid():
        try:
            told = corrections.ask(
                agreement_id,
                form.change(),
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotCorrect as refused:
            form.refuse(refused.decision, zone=found.line.time_zone)
        else:
            if told.waits:
                messages.info(request, _("It waits for a second person of the service centre."))
            else:
                messages.success(request, _("The agreement is corrected."))
            return redirect("desk:agreement", agreement_id)
    return _ask(request, found, str(KINDS[kind]), form, _("Correct it"))


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def suspension(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Suspend it, or end that."""
    found = centre.page(request.viewer, agreement_id, at=request.at)
    is_suspended = found.line.suspended
    title = _("End the suspension") if is_suspended else _("Suspend the agreement")
    form = SuspensionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        verb = corrections.resume if request.POST.get("do") == "resume" else corrections.suspend
        try:
            verb(agreement_id, reason=form.cleaned_data["reason"], actor=request.viewer, at=request.at)
        except CannotCorrect as refused:
            form.refuse(refused.decision)
        else:
            done = (
                _("It can be used again.") if is_suspended else _("Nobody can draw on it until you end it.")
            )
            messages.success(request, done)
            return redirect("desk:agreement", agreement_id)
    return _ask(request, found, title, form, title, does="resume" if is_suspended else "suspend")


def _ask(
    request: PageRequest,
    found: centre.Page,
    title: str,
    form: GivenReason,
    button: str,
    *,
    does: str = "",
) -> HttpResponse:
    if found.bought and isinstance(form, AdjustForm):
        form.only_takes()
    balance = found.balance
    until = day_in_words(found.line.last_day, found.line.time_zone, language())
    lines = [_("Now: %(left)s, until %(day)s.") % {"left": stands(balance), "day": until}]
    if isinstance(form, ExtendForm):
        lines.append(
            ngettext(
                "You extend it alone by up to %(count)s day. More waits for a second person.",
                "You extend it alone by up to %(count)s days. More waits for a second person.",
                settings.DAYS_ALONE,
            )
            % {"count": settings.DAYS_ALONE}
        )
    elif isinstance(form, CorrectionForm):
        lines.append(how_much_alone())
    page = QuestionPage(
        title=title,
        label=found.line.named.shown(language()),
        back_url=reverse("desk:agreement", args=[found.line.id]),
        lines=tuple(lines),
        button=button,
        is_final=does == "suspend",
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(
        request, "desk/agreement_question.html", page, here=HERE, status=status, form=form, does=does
    )
