"""Lists of requests for their contacts, and what the submitter is told after sending (REQ-1, WIZ-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pactdesk.cases.queries import lists
from pactdesk.cases.queries import requests as cases
from pactdesk.cases.queries.lists import Sought
from pactdesk.cases.queries.requests import RequestLine
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.rules.status import CLOSED, RESOLVED
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.moments import instant_in_words, short_day
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link, place_in, written_place
from pactdesk.pages.on_behalf import on_behalf_in_words
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.words import updates_of
from pactdesk.portal.forms.lists import ListForm
from pactdesk.portal.plans import language
from pactdesk.portal.standing import ROLES, STATUSES, clock_of


@dataclass(frozen=True, slots=True)
class Tab:
    """A list beside this one. What narrows this one narrows it, too."""

    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of requests. `words` and `is_filtered` are what narrows it, `clear_url` lifts that.

    `looked_at` is how many requests were looked through for a page that is empty and not the last one, else 0.
    """

    rows: list[dict[str, Any]]
    tabs: tuple[Tab, ...]
    is_closed: bool
    words: str
    is_filtered: bool
    clear_url: str
    newest_url: str
    older_url: str
    csv_url: str
    looked_at: int


@with_profile
@require_safe
def request_list(request: PageRequest) -> HttpResponse:
    """Open or closed requests, narrowed as the address says, what changed last first."""
    form, sought, kept = _sought(request)
    older_than = place_in(request.GET.get("older", ""))
    found = lists.request_list(request.viewer, sought, older_than=older_than)
    here, state = reverse("portal:request-list"), _state(sought)
    older = {"older": written_place(found.older_than)} if found.older_than else {}
    page = ListPage(
        rows=rows_of(request, found.lines),
        tabs=(
            Tab(_("Open requests"), link(here, kept), not sought.closed),
            Tab(_("Closed requests"), link(here, {**kept, "show": "closed"}), sought.closed),
            Tab(_("Drafts"), reverse("portal:draft-list"), False),
        ),
        is_closed=sought.closed,
        words=sought.words,
        is_filtered=bool(set(kept) - {"q"}),
        clear_url=link(here, state),
        newest_url=link(here, {**kept, **state}) if older_than else "",
        older_url=link(here, {**kept, **state, **older}) if older else "",
        csv_url=link(reverse("portal:request-list-csv"), {**kept, **state}),
        looked_at=lists.WINDOW if older and not found.lines else 0,
    )
    return render(request, "portal/requests/list.html", {"page": page, "list_form": form})


@with_profile
@require_safe
def request_list_csv(request: PageRequest) -> HttpResponse:
    """The same requests for a spreadsheet, up to `lists.MOST_EXPORTED`: instants with their offset, codes as words."""
    _form, sought, _kept = _sought(request)
    head = (
        _("Number"),
        _("Summary"),
        _("Product"),
        _("Severity"),
        _("Status"),
        _("Your role"),
        _("Sent"),
        _("Changed"),
        _("First answer by"),
        _("First answer"),
    )
    rows = (
        (
            line.shown_number,
            line.summary,
            text_in(line.product, language()),
            line.severity,
            str(STATUSES[line.status][0]),
            str(ROLES[line.role]),
            line.opened_at,
            line.changed_at,
            line.first_response_due_at,
            line.first_response_at,
        )
        for line in lists.whole_list(request.viewer, sought)
    )
    return download("pactdesk-requests", head, rows, zone=request.viewer.zone)


@with_profile
@require_safe
def confirmation(request: PageRequest, number: str) -> HttpResponse:
    """What whoever submitted is told, contact or not."""
    told = cases.confirmation(request.viewer, read_number(number))
    zone, words = request.viewer.time_zone, language()
    severity = catalog.current().severities.get(told.severity)
    return render(
        request,
        "portal/requests/confirmation.html",
        {
            "told": told,
            "severity_name": text_in(severity.name, words) if severity else "",
            "due": instant_in_words(told.first_response_due_at, zone, words),
            "opened": instant_in_words(told.opened_at, zone, words),
            "updates": updates_of(told.update_every),
            "customer": told.on_behalf.customer if told.on_behalf else "",
            "on_behalf": on_behalf_in_words(told.on_behalf, zone, words),
        },
    )


def _sought(request: PageRequest) -> tuple[ListForm, Sought, dict[str, str]]:
    """The form, what it asks for, and that again as it stands in addresses."""
    form = ListForm(request.GET, language=language())
    kept = form.chosen
    sought = Sought(
        closed=request.GET.get("show") == "closed",
        words=kept.get("q", ""),
        group=kept.get("status", ""),
        severity=kept.get("severity", ""),
        product=kept.get("product", ""),
        role=kept.get("role", ""),
        language=language(),
    )
    return form, sought, kept


def _state(sought: Sought) -> dict[str, str]:
    return {"show": "closed"} if sought.closed else {}


def rows_of(request: PageRequest, lines: tuple[RequestLine, ...]) -> list[dict[str, Any]]:
    """Rows for a list of requests. Dates are formatted here, because templates do it many times slower."""
    zone, words = request.viewer.time_zone, language()
    # One address for all rows, filled in by hand: resolving it for each row costs more than drawing the row.
    pattern = reverse("portal:request", args=["NUMBER"])
    statuses = {code: (str(name), kind) for code, (name, kind, _icon) in STATUSES.items()}
    return [
        {
            "url": pattern.replace("NUMBER", line.shown_number),
            "number": line.shown_number,
            "summary": line.summary,
            "product": text_in(line.product, words),
            "severity": line.severity,
            "status": statuses[line.status][0],
            "status_kind": statuses[line.status][1],
            "is_new": line.is_new,
            "changed": short_day(line.changed_at, zone, words),
            "due": instant_in_words(line.first_response_due_at, zone, words) if _is_owed(line) else "",
            "clock": clock_of(line, reader=request.viewer, at=request.at),
        }
        for line in lines
    ]


def _is_owed(line: RequestLine) -> bool:
    """Whether the first answer is still to come."""
    return line.first_response_at is None and line.status not in {RESOLVED, CLOSED}
