"""The home page: what Pactdesk does, or where somebody left off."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pactdesk.agreements import queries as agreements
from pactdesk.cases.queries.drafts import DraftLine, open_drafts
from pactdesk.cases.queries.lists import home_lists
from pactdesk.cases.rules.steps import STEPS
from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.pages.requests import OpenRequest, PageRequest, with_profile
from pactdesk.portal.plans import PlanCard, language, plan_card
from pactdesk.portal.views.intake.frame import NAMES
from pactdesk.portal.views.requests import rows_of

_MOST_DRAFTS = 3
_MOST_REQUESTS = 5
_MOST_PLANS = 3


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft to go on with; `customer` is for whom it is made, "" for the own tenant."""

    id: uuid.UUID
    title: str
    where: str
    kept: str
    customer: str = ""


@dataclass(frozen=True, slots=True)
class HomePage:
    """Where somebody left off. `more_…`: the list goes on elsewhere; `unusable` counts plans that cannot pay."""

    drafts: tuple[DraftRow, ...]
    more_drafts: bool
    waiting: list[dict[str, Any]]
    more_waiting: bool
    requests: list[dict[str, Any]]
    more_requests: bool
    plans: tuple[PlanCard, ...]
    more_plans: bool
    unusable: int

    @property
    def is_new_here(self) -> bool:
        """Nothing was begun, sent or added yet."""
        return not (self.drafts or self.requests or self.plans or self.unusable)


@require_safe
def home(request: OpenRequest) -> HttpResponse:
    """The home page, for everybody; whoever signs in for the first time completes the profile before."""
    if request.viewer is None:
        return render(request, "portal/welcome.html")
    return _signed_in_home(request)


@with_profile
def _signed_in_home(request: PageRequest) -> HttpResponse:
    drafts = open_drafts(request.viewer)
    cases = home_lists(request.viewer, most=_MOST_REQUESTS + 1)
    plans = agreements.benefits(request.viewer, at=request.at)
    usable = [line for line in plans if line.decision.allowed]
    page = HomePage(
        drafts=tuple(_draft_row(draft, request) for draft in drafts[:_MOST_DRAFTS]),
        more_drafts=len(drafts) > _MOST_DRAFTS,
        waiting=rows_of(request, cases.waiting[:_MOST_REQUESTS]),
        more_waiting=len(cases.waiting) > _MOST_REQUESTS,
        requests=rows_of(request, cases.recent[:_MOST_REQUESTS]),
        more_requests=len(cases.recent) > _MOST_REQUESTS,
        plans=tuple(plan_card(line, request.viewer, at=request.at) for line in usable[:_MOST_PLANS]),
        more_plans=len(usable) > _MOST_PLANS,
        unusable=len(plans) - len(usable),
    )
    return render(request, "portal/home.html", {"page": page})


def _draft_row(draft: DraftLine, request: PageRequest) -> DraftRow:
    zone = request.viewer.time_zone
    where = {"number": draft.step_number, "steps": len(STEPS), "step": NAMES[draft.step]}
    kept = {
        "saved": instant_in_words(draft.saved_at, zone, language()),
        "expires": day_in_words(draft.expires_at, zone, language()),
    }
    return DraftRow(
        id=draft.id,
        title=draft.title or _("Request without a summary"),
        where=_("Goes on at step %(number)s of %(steps)s: %(step)s") % where,
        kept=_("Saved %(saved)s. Kept until %(expires)s.") % kept,
        customer=draft.customer,
    )
