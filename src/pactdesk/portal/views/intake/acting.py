"""A guided request in a customer's context: for whom it is and under what, whether that still holds, and the ways that
are in scope where it does not (OBO-1, RTE-3)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from pactdesk.cases.queries.intake import acting_in, may_act
from pactdesk.cases.rules.answers import Answers
from pactdesk.cases.services import drafts
from pactdesk.kernel.decisions import Decision
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest
from pactdesk.portal.acting import under_in_words

# The actions by which a draft goes on in the requester's own name.
REPRODUCE: Final = "way:reproduce"
BEST_EFFORT: Final = "way:best-effort"
WAYS: Final = (REPRODUCE, BEST_EFFORT)

# Reasons that are in the field beside them, for as long as nothing was chosen there.
AT_THE_FIELD: Final = frozenset({"acting.subscription-missing", "acting.subscription-ended"})
# The ways in scope are offered beside the reasons.
_HERE: Final = {"ways-in-scope": "", "request-in-own-name": ""}


@dataclass(frozen=True, slots=True)
class ActingBand:
    """For whom a draft is, drawn on top of every step. `customer` is "" for the own tenant. `reasons` are why it cannot
    be sent like this; `form` is the form whose buttons lead into scope, "" where the step has none to keep."""

    customer: str
    customer_url: str
    under: str
    reasons: tuple[WordedReason, ...]
    form: str
    problem_url: str


def band(
    request: PageRequest, answers: Answers, draft_id: uuid.UUID | None, customer_id: int | None, step: str
) -> ActingBand | None:
    """What stands on top of a step. None where the request is for the own tenant and nothing is in its way."""
    acting = acting_in(answers, request.viewer, customer_id)
    decision = may_act(answers, request.viewer, acting)
    missing = set(decision.codes) <= AT_THE_FIELD and step == "problem"
    reasons = () if missing else tuple(worded(reason, zone="UTC", places=_HERE) for reason in decision)
    if customer_id is None and not reasons:
        return None
    return ActingBand(
        customer=acting.customer_name,
        customer_url=reverse("portal:customer", args=[customer_id]) if customer_id is not None else "",
        under=under_in_words(acting, request.viewer.time_zone) if decision.allowed or missing else "",
        reasons=reasons,
        form="step-form" if step not in {"verify", "submit"} else "",
        problem_url=reverse("portal:intake-step", args=[draft_id, "problem"]) if draft_id else "",
    )


def refused(request: PageRequest, answers: Answers, customer_id: int | None) -> Decision:
    """Whether what is asked for in step 1 is out of scope for whoever asks."""
    return may_act(answers, request.viewer, acting_in(answers, request.viewer, customer_id))


def turn(request: PageRequest, draft_id: uuid.UUID, way: str) -> HttpResponse:
    """Go on in the requester's own name, with everything that was typed."""
    best_effort = way == BEST_EFFORT
    drafts.turn_to_own_tenant(draft_id, best_effort=best_effort, actor=request.viewer, at=request.at)
    if best_effort:
        said = _(
            "This request goes on in your own name and asks for help that needs no access: we do our best without it. "
            "What you typed is kept. Choose a plan of your own."
        )
    else:
        said = _(
            "This request goes on in your own name. What you typed is kept. Name the subscription of your own on which "
            "you reproduce the problem, and choose a plan of your own."
        )
    messages.success(request, said)
    return redirect("portal:intake-step", draft_id, "problem")
