"""Drafts: the list, throwing one away, and taking that back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.cases.queries.drafts import draft_page, open_drafts
from pactdesk.cases.rules.steps import STEPS
from pactdesk.cases.services import drafts
from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.views.intake.frame import NAMES


@with_profile
@require_safe
def draft_list(request: PageRequest) -> HttpResponse:
    """Every draft with its age and the step where it goes on."""
    zone, language = request.viewer.time_zone, get_language() or "en"
    lines = [
        {
            "id": draft.id,
            "title": draft.title or _("Request without a summary"),
            "saved": instant_in_words(draft.saved_at, zone, language),
            "expires": day_in_words(draft.expires_at, zone, language),
            "step": NAMES[draft.step],
            "number": draft.step_number,
            "steps": len(STEPS),
            "customer": draft.customer,
        }
        for draft in open_drafts(request.viewer)
    ]
    return render(request, "portal/requests/drafts.html", {"drafts": lines})


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: PageRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Ask, throw away, and offer to take it back."""
    if request.method == "POST":
        if request.POST.get("action") == "restore":
            drafts.restore(draft_id, actor=request.viewer)
            messages.success(request, _("The draft is back."))
            return redirect("portal:draft-list")
        drafts.discard(draft_id, actor=request.viewer, at=request.at)
        return redirect("portal:draft-discard", draft_id)
    draft = draft_page(request.viewer, draft_id)
    if draft.case is not None:
        return redirect("portal:intake", draft_id)
    if draft.discarded:
        solved = "solved" in request.GET
        return render(
            request, "portal/requests/draft_discarded.html", {"draft_id": draft_id, "solved": solved}
        )
    return render(request, "portal/requests/draft_discard.html", {"draft": draft})
