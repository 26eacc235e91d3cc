"""What a request is promised, for its contacts: why this time (SEV-6)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pactdesk.cases.queries import severity as cases
from pactdesk.cases.rules.numbers import read_number
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.why import Counting, counting_of


@dataclass(frozen=True, slots=True)
class WhyPage:
    """How the times of a request were counted, what is owed now first."""

    number: str
    summary: str
    back_url: str
    countings: tuple[Counting, ...]


@with_profile
@require_safe
def why(request: PageRequest, number: str) -> HttpResponse:
    """Why this time: start, each day's counted time, pauses, holidays by name, and due."""
    found = cases.why(request.viewer, read_number(number), at_desk=False, at=request.at)
    page = WhyPage(
        number=found.shown_number,
        summary=found.summary,
        back_url=reverse("portal:request", args=[found.shown_number]),
        countings=tuple(counting_of(each, viewer=request.viewer, at=request.at) for each in found.why),
    )
    return render(request, "portal/requests/why.html", {"page": page})
