"""What a requester says about an article that was suggested in step 1: it solved the problem, or it did not help."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pactdesk.cases.queries.drafts import is_open
from pactdesk.cases.services import drafts
from pactdesk.knowledge import services as knowledge
from pactdesk.knowledge.queries import ArticleNotFound
from pactdesk.pages.requests import PageRequest, with_profile


@with_profile
@require_POST
def verdict(request: PageRequest, number: int) -> HttpResponse:
    """Keep the verdict. "solved" also throws the draft away, which can be undone; "not-helpful" goes on with it."""
    draft_id = _draft_of(request)
    said = request.POST.get("verdict", "")
    try:
        knowledge.record_verdict(
            article=number, draft_key=draft_id, verdict=said, actor=request.viewer, at=request.at
        )
    except (ArticleNotFound, knowledge.CannotRecordVerdict) as unknown:
        raise Http404 from unknown
    known = draft_id is not None and is_open(request.viewer, draft_id)
    if said == "solved":
        if known and draft_id is not None:
            drafts.discard(draft_id, actor=request.viewer, at=request.at)
            return redirect(f"{reverse('portal:draft-discard', args=[draft_id])}?solved")
        messages.success(request, _("Good to hear. No request was sent and nothing was deducted."))
        return redirect("portal:home")
    if request.htmx:
        return render(request, "portal/intake/article_answered.html")
    messages.success(request, _("Thank you. It helps us to suggest better articles."))
    return redirect("portal:intake", draft_id) if known else redirect("portal:request-new")


def _draft_of(request: PageRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("draft", ""))
    except ValueError:
        return None
