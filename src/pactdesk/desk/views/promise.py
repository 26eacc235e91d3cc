"""What a request is promised, at the desk: why this time (SEV-6)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pactdesk.cases.queries import severity as cases
from pactdesk.cases.rules.numbers import read_number
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.frame import render_at_desk
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.why import Counting, counting_of


@dataclass(frozen=True, slots=True)
class WhyPage:
    """How the times of a request were counted, what is owed now first."""

    number: str
    summary: str
    back_url: str
    countings: tuple[Counting, ...]


@at_desk
@require_safe
def why(request: PageRequest, number: str) -> HttpResponse:
    """Why this time: start, each day's counted time, pauses, holidays by name, and due."""
    found = cases.why(request.viewer, read_number(number), at_desk=True, at=request.at)
    page = WhyPage(
        number=found.shown_number,
        summary=found.summary,
        back_url=reverse("desk:request", args=[found.shown_number]),
        countings=tuple(counting_of(each, viewer=request.viewer, at=request.at) for each in found.why),
    )
    return render_at_desk(request, "desk/why.html", page)
