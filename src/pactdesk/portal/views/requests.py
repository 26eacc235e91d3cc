"""Lists of requests for their contacts, and what the submitter is told after sending (REQ-1, WIZ-6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from pactdesk.cases.queries import requests as cases
from pactdesk.cases.queries.requests import Place, RequestLine
from pactdesk.cases.rules.numbers import read_number
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.moments import instant_in_words, short_day
from pactdesk.kernel.worded import text_in
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.words import updates_of
from pactdesk.portal.standing import STATUSES

_PLACE = re.compile(r"([0-9]{1,10}\.[0-9]{6})-([0-9]{1,15})")


@with_profile
@require_safe
def request_list(request: PageRequest) -> HttpResponse:
    """Open or closed requests, newest first."""
    closed = request.GET.get("show") == "closed"
    older_than = _place(request.GET.get("older", ""))
    page = cases.request_list(request.viewer, open_ones=not closed, older_than=older_than)
    here = reverse("portal:request-list")
    kept: dict[str, str | int] = {"show": "closed"} if closed else {}
    return render(
        request,
        "portal/requests/list.html",
        {
            "rows": rows_of(request, page.lines),
            "closed": closed,
            "newest_url": f"{here}?{urlencode(kept)}" if older_than else "",
            "older_url": f"{here}?{urlencode({**kept, 'older': _written(page.older_than)})}"
            if page.older_than
            else "",
        },
    )


@with_profile
@require_safe
def confirmation(request: PageRequest, number: str) -> HttpResponse:
    """What whoever submitted is told, contact or not."""
    told = cases.confirmation(request.viewer, read_number(number))
    zone, language = request.viewer.time_zone, get_language() or "en"
    severity = catalog.current().severities.get(told.severity)
    return render(
        request,
        "portal/requests/confirmation.html",
        {
            "told": told,
            "severity_name": text_in(severity.name, language) if severity else "",
            "due": instant_in_words(told.first_response_due_at, zone, language),
            "opened": instant_in_words(told.opened_at, zone, language),
            "updates": updates_of(told.update_every),
        },
    )


def _written(place: Place) -> str:
    return f"{place.changed_at.timestamp():.6f}-{place.number}"


def _place(text: str) -> Place | None:
    """The place that `_written` wrote; None for anything else."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return Place(datetime.fromtimestamp(float(found[1]), UTC), int(found[2]))


def rows_of(request: PageRequest, lines: tuple[RequestLine, ...]) -> list[dict[str, Any]]:
    """Rows for a list of requests. Dates are formatted here, because templates do it many times slower."""
    zone, language = request.viewer.time_zone, get_language() or "en"
    # One address for all rows, filled in by hand: resolving it for each row costs more than drawing the row.
    pattern = reverse("portal:request", args=["NUMBER"])
    statuses = {code: (str(name), kind) for code, (name, kind, _icon) in STATUSES.items()}
    return [
        {
            "url": pattern.replace("NUMBER", line.shown_number),
            "number": line.shown_number,
            "summary": line.summary,
            "product": text_in(line.product, language),
            "severity": line.severity,
            "status": statuses[line.status][0],
            "status_kind": statuses[line.status][1],
            "opened": short_day(line.opened_at, zone, language),
            "due": instant_in_words(line.first_response_due_at, zone, language),
        }
        for line in lines
    ]
