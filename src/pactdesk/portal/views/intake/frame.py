"""What all steps have in common: the rail, the frame that a page or a part of it is drawn in, and moving on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from pactdesk.cases.queries.intake import chosen_of
from pactdesk.cases.rules.answers import Answers
from pactdesk.cases.rules.steps import STEPS, current_step, may_visit
from pactdesk.cases.services import drafts
from pactdesk.cases.services.drafts import StepValue
from pactdesk.kernel.moments import clock_time, instant_in_words, place_of
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.words import product_name
from pactdesk.portal.views.intake import acting

# The actions that keep what was typed, complete or not.
KEEPS: Final = frozenset({"leave", "autosave", *acting.WAYS})

NAMES = {
    "problem": _("What is wrong"),
    "support": _("Plan and severity"),
    "contact": _("Primary contact"),
    "share": _("Share"),
    "verify": _("Verify"),
    "submit": _("Submit"),
}
TITLES = {
    "problem": _("Tell us about the problem"),
    "support": _("Tell us about the support you need"),
    "contact": _("Who should we talk to?"),
    "share": _("Who else should see this request?"),
    "verify": _("Check what you told us"),
    "submit": _("Submit your request"),
}


@dataclass(frozen=True, slots=True)
class RailStep:
    """One line of the rail. `state` is "done", "now" or "later"; only done steps have a `url`."""

    number: int
    name: str
    state: str
    url: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntakePage:
    """The page of one step. `frame` is the template around it: all of the page, or only the part that htmx swaps."""

    frame: str
    step: str
    number: int
    title: str
    draft_id: uuid.UUID | None
    url: str
    rail: tuple[RailStep, ...]
    saved: str = ""
    acting: acting.ActingBand | None = None
    details: dict[str, Any] = field(default_factory=dict)


def step_url(draft_id: uuid.UUID, step: str) -> str:
    return reverse("portal:intake-step", args=[draft_id, step])


def new_url(customer_id: int | None) -> str:
    """Where a request begins, for a customer or for the own tenant (IDN-4)."""
    if customer_id is None:
        return reverse("portal:request-new")
    return reverse("portal:customer-request-new", args=[customer_id])


def show(
    request: PageRequest,
    step: str,
    *,
    answers: Answers,
    draft_id: uuid.UUID | None,
    customer_id: int | None = None,
    saved_at: datetime | None = None,
    status: int = 200,
    template: str = "",
    **context: Any,
) -> HttpResponse:
    """Draw a step: the whole page, or with htmx only what changed. `customer_id` is for whom the request is made, None
    for the own tenant."""
    in_part = bool(request.htmx) and not request.htmx.history_restore_request
    page = IntakePage(
        frame="portal/intake/part.html" if in_part else "pages/base.html",
        step=step,
        number=STEPS.index(step) + 1,
        title=str(TITLES[step]),
        draft_id=draft_id,
        url=step_url(draft_id, step) if draft_id else new_url(customer_id),
        rail=_rail(answers, step, draft_id),
        saved=saved_words(request, saved_at) if saved_at else "",
        acting=acting.band(request, answers, draft_id, customer_id, step),
    )
    response = render(
        request, template or f"portal/intake/{step}.html", {"page": page, **context}, status=status
    )
    patch_vary_headers(response, ("HX-Request",))
    return response


def saved_words(request: PageRequest, saved_at: datetime) -> str:
    """ "Saved 14:02 (Prague)"; with its day where that was not today."""
    zone, language = request.viewer.zone, get_language() or "en"
    if saved_at.astimezone(zone).date() != request.at.astimezone(zone).date():
        return str(_("Saved %(moment)s")) % {"moment": instant_in_words(saved_at, zone.key, language)}
    return str(_("Saved %(time)s (%(place)s)")) % {
        "time": clock_time(saved_at, zone.key, language),
        "place": place_of(zone.key, language),
    }


def go_on(request: PageRequest, draft_id: uuid.UUID, answers: Answers) -> HttpResponse:
    """To the first step that is still open: after an edit, that is where one came from."""
    return redirect(step_url(draft_id, current_step(answers)))


def leave_to(request: PageRequest, url: str) -> HttpResponse:
    """To a page outside the guided request; with htmx the whole page changes, not a part of it."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def keep(
    request: PageRequest, draft_id: uuid.UUID, step: str, value: StepValue, action: str | None
) -> HttpResponse:
    """Keep what was typed: by itself ("autosave"), on leaving, or on going on in one's own name (`acting.WAYS`). By
    itself it never reopens an answered step."""
    by_itself = action == "autosave"
    kept = drafts.keep_unfinished(
        draft_id, step, value, actor=request.viewer, at=request.at, reopen=not by_itself
    )
    if by_itself and not kept:
        return HttpResponse(status=204)
    if action in acting.WAYS:
        return acting.turn(request, draft_id, action)
    return after_keeping(request, action)


def after_keeping(request: PageRequest, action: str | None) -> HttpResponse:
    """Say in place that it was kept, or leave to the list of drafts."""
    if action == "autosave":
        return HttpResponse(saved_words(request, request.at))
    messages.success(request, _("Your draft is kept. Go on with it whenever you like."))
    return leave_to(request, reverse("portal:draft-list"))


def _rail(answers: Answers, now: str, draft_id: uuid.UUID | None) -> tuple[RailStep, ...]:
    summaries = _summaries(answers)
    steps = []
    for number, step in enumerate(STEPS, start=1):
        visitable = draft_id is not None and step != now and may_visit(answers, step)
        done = step in answers.done and step != now
        state = "now" if step == now else "done" if done else "later"
        url = step_url(draft_id, step) if visitable and draft_id and done else ""
        steps.append(RailStep(number, str(NAMES[step]), state, url, summaries.get(step, ()) if done else ()))
    return tuple(steps)


def _summaries(answers: Answers) -> dict[str, tuple[str, ...]]:
    language = get_language() or "en"
    chosen = chosen_of(answers.problem)
    product = (product_name(chosen.product.name, chosen.version.name, language),) if chosen else ()
    return {
        "problem": (*product, answers.problem.summary),
        "support": (str(_("Severity %(severity)s")) % {"severity": answers.support.severity},),
        "contact": (answers.contact.name,),
        "share": tuple(person.name for person in answers.share) or (str(_("Nobody else")),),
    }
