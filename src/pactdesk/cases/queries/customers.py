"""Requests that partners made for customers, as lists: one's own organization's for one customer, and what was opened
for one's own organization. A line is told to more people than its request: who is no contact cannot open it (REQ-1),
and is told whom to ask.

Each question has a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Case
from pactdesk.cases.queries.told import MOST_EXPORTED, page_of, submitter_of, told, words_of
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.access import customer_for, within_reach
from pactdesk.kernel.places import Place


@dataclass(frozen=True, slots=True)
class Sought:
    """Which requests are asked for. `words` all stand in the summary, or are a number: nobody finds a request by what
    is said in it without being its contact."""

    closed: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRequest:
    """A request in one of these lists. `product` is worded; `may_open`: the viewer is one of its contacts. `opened_by`
    is who submitted it, `partner` the organization of that person, and `contact` its primary contact, who can be asked.

    It rests on `delegation_id`, or on the `role` on `subscription` (its number), "" where none is concerned.
    """

    number: int
    shown_number: str
    summary: str
    product: Mapping[str, str]
    status: str
    severity: str
    opened_at: datetime
    opened_by: str
    partner: str
    contact: str
    subscription: str
    delegation_id: int | None
    delegated_at: datetime | None
    role: str
    may_open: bool


@dataclass(frozen=True, slots=True)
class CustomerRequests:
    """A page of requests, the newest first. `older_than` is what to ask for next, None on the last page."""

    lines: tuple[CustomerRequest, ...]
    older_than: Place | None


def requests_for(
    viewer: Viewer, customer_id: int, sought: Sought, *, older_than: Place | None = None
) -> CustomerRequests:
    """What the viewer's organization opened for a customer, as far as the viewer may read for it now. Raises Http404.

    Five queries at most.
    """
    return _page(_ours(viewer, customer_id), viewer, sought, older_than)


def all_requests_for(viewer: Viewer, customer_id: int, sought: Sought) -> tuple[CustomerRequest, ...]:
    """All of them, up to `MOST_EXPORTED`. Raises Http404. Five queries at most."""
    return _lines(list(_narrowed(_ours(viewer, customer_id), viewer, sought)[:MOST_EXPORTED]))


def opened_for_us(viewer: Viewer, sought: Sought, *, older_than: Place | None = None) -> CustomerRequests:
    """What partners opened for the viewer's organization, for its global administrators, as far as it is told what they
    open; empty for everybody else. One query."""
    return _page(_for_us(viewer), viewer, sought, older_than)


def all_opened_for_us(viewer: Viewer, sought: Sought) -> tuple[CustomerRequest, ...]:
    """All of them, up to `MOST_EXPORTED`. One query."""
    return _lines(list(_narrowed(_for_us(viewer), viewer, sought)[:MOST_EXPORTED]))


def _ours(viewer: Viewer, customer_id: int) -> QuerySet[Case]:
    customer_for(viewer, customer_id)
    mine = Q(submitter_id=viewer.account_id)
    if viewer.organization_id is not None:
        mine = Q(organization_id=viewer.organization_id)
    return Case.objects.filter(within_reach(viewer), mine, customer_id=customer_id, is_test=False)


def _for_us(viewer: Viewer) -> QuerySet[Case]:
    if viewer.organization_id is None or not viewer.administers:
        return Case.objects.none()
    # Where it rests on a role that the customer gave itself, nobody wished otherwise.
    told = (
        Q(delegation__customer_sees=True)
        | Q(role_assignment__isnull=False, role_assignment__under=None)
        | Q(role_assignment__under__customer_sees=True)
    )
    return Case.objects.filter(told, customer_id=viewer.organization_id, is_test=False)


def _page(
    cases: QuerySet[Case], viewer: Viewer, sought: Sought, older_than: Place | None
) -> CustomerRequests:
    page, older = page_of(_narrowed(cases, viewer, sought), older_than)
    return CustomerRequests(_lines(page), older)


def _narrowed(cases: QuerySet[Case], viewer: Viewer, sought: Sought) -> Any:
    rows = told(cases, viewer, closed=sought.closed)
    number = read_number(sought.words)
    if number is not None:
        rows = rows.filter(pk=number)
    else:
        for word in words_of(sought.words):
            rows = rows.filter(summary__icontains=word)
    return rows.values(
        "pk",
        "summary",
        "product_id",
        "status",
        "severity",
        "opened_at",
        "contact",
        "may_open",
        "delegation_id",
        first_name=F("submitter__first_name"),
        last_name=F("submitter__last_name"),
        email=F("submitter__email"),
        partner=F("organization__name"),
        on=F("subscription__number"),
        delegated_at=F("delegation__granted_at"),
        role=F("role_assignment__role"),
    )


def _lines(rows: list[dict[str, Any]]) -> tuple[CustomerRequest, ...]:
    catalogue = catalog.current()
    return tuple(
        CustomerRequest(
            number=row["pk"],
            shown_number=shown_number(row["pk"]),
            summary=row["summary"],
            product=catalogue.product_by_id(row["product_id"]).name,
            status=row["status"],
            severity=row["severity"],
            opened_at=row["opened_at"],
            opened_by=submitter_of(row),
            partner=row["partner"] or "",
            contact=row["contact"] or "",
            subscription=row["on"] or "",
            delegation_id=row["delegation_id"],
            delegated_at=row["delegated_at"],
            role=row["role"] or "",
            may_open=row["may_open"],
        )
        for row in rows
    )
