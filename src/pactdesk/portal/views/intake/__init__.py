"""The guided request: six steps, one URL each (WIZ-1 to WIZ-8)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pactdesk.cases.queries.drafts import DraftPage, draft_page, known_draft
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.steps import STEPS, SUBMIT, current_step, may_visit
from pactdesk.delegation.access import customer_for
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.uploads import takes_files
from pactdesk.portal.views.intake import files, people, problem, sending, support
from pactdesk.portal.views.intake.frame import leave_to, step_url

__all__ = ["draft_file", "draft_files", "options", "resume", "start", "start_for_customer", "step"]

_SHOW = {
    "problem": problem.edit,
    "support": support.edit,
    "contact": people.contact,
    "share": people.share,
    "verify": sending.verify,
    "submit": sending.ask,
}

options = with_profile(require_safe(problem.options))


@takes_files
@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PageRequest) -> HttpResponse:
    """A new request. The first page sent once more, by a second click or after going back, goes on with its draft."""
    return _start(request, None)


@takes_files
@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def start_for_customer(request: PageRequest, customer_id: int) -> HttpResponse:
    """A new request for a customer. There is no other way into a customer's context than through that customer
    (IDN-4)."""
    return _start(request, customer_for(request.viewer, customer_id))


def _start(request: PageRequest, customer_id: int | None) -> HttpResponse:
    if request.method == "POST":
        draft = known_draft(request.viewer, problem.key_in(request.POST.get("draft", "")))
        if draft is not None:
            return _away(request, draft) or problem.edit(request, draft)
    return problem.start(request, customer_id)


@with_profile
@require_safe
def resume(request: PageRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A draft's own address leads to where one left off."""
    draft = draft_page(request.viewer, draft_id)
    return _away(request, draft) or redirect(step_url(draft_id, current_step(draft.answers)))


@takes_files
@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: PageRequest, draft_id: uuid.UUID, step: str) -> HttpResponse:
    """One step of a draft. A step whose turn has not come leads to the one whose turn it is."""
    if step not in STEPS:
        raise Http404
    if step == SUBMIT and request.method == "POST":
        return sending.send(request, draft_id)
    draft = draft_page(request.viewer, draft_id)
    if (away := _away(request, draft)) is not None:
        return away
    if not may_visit(draft.answers, step):
        messages.info(request, _("Answer this step first, then the ones after it open."))
        return redirect(step_url(draft_id, current_step(draft.answers)))
    return _SHOW[step](request, draft)


@with_profile
@require_POST
def draft_files(request: PageRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Where a script announces files of a draft."""
    return files.begin(request, draft_id)


@with_profile
@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
def draft_file(request: PageRequest, draft_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """One file of a draft, for whoever writes it."""
    return files.one(request, draft_id, file_id)


def _away(request: PageRequest, draft: DraftPage) -> HttpResponse | None:
    """A draft that was sent leads to its request, whatever was clicked; a discarded one to the list of drafts."""
    if draft.case is not None:
        return leave_to(request, reverse("portal:confirmation", args=[shown_number(draft.case)]))
    if draft.discarded:
        messages.warning(request, _("This draft was discarded."))
        return leave_to(request, reverse("portal:draft-list"))
    return None
