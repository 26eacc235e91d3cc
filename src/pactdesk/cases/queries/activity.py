"""What an organization asks for and uses, for its global administrators (REQ-3). A line is told to more people than its
request: what was written is its contacts' matter (REQ-1), so whoever is no contact is told neither summary nor words,
only that there is one, how it stands, and whom to ask.

Each question has a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Case
from pactdesk.cases.queries.told import MOST_EXPORTED, page_of, submitter_of, told, words_of
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.catalog import queries as catalog
from pactdesk.delegation.access import within_reach
from pactdesk.kernel.database import execute
from pactdesk.kernel.places import Place


@dataclass(frozen=True, slots=True)
class Sought:
    """Which requests are asked for. `words` are a number, or all stand in the name or address of who sent it;
    `location`, `person` (an account) and `agreement` are ids."""

    closed: bool = False
    words: str = ""
    location: int | None = None
    person: int | None = None
    agreement: int | None = None


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """A request of the organization. `product` is worded. `summary` is "" unless `may_open`: the viewer is one of its
    contacts. `contact` is the name of its primary contact, who can be asked; `agreement_id` is what pays."""

    number: int
    shown_number: str
    summary: str
    product: Mapping[str, str]
    status: str
    severity: str
    opened_at: datetime
    opened_by: str
    location: str
    contact: str
    agreement_id: int | None
    may_open: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """A page of requests, the newest first. `older_than` is what to ask for next, None on the last page."""

    lines: tuple[ActivityLine, ...]
    older_than: Place | None


@dataclass(frozen=True, slots=True)
class Used:
    """What requests that were opened in `month` ("2026-11", in the viewer's zone) took of an agreement, net of what was
    given back, in the ledger's units. `account_id` is who sent them, None for people of other organizations."""

    month: str
    agreement_id: int
    account_id: int | None
    requests: int
    units: int


def manages(viewer: Viewer) -> bool:
    """Whether the viewer sees what the whole organization asks for: its global administrators do."""
    return viewer.administers and viewer.organization_id is not None


def activity(viewer: Viewer, sought: Sought, *, older_than: Place | None = None) -> Activity:
    """A page of the requests of the viewer's organization; empty for whoever does not manage it. One query."""
    page, older = page_of(_narrowed(viewer, sought), older_than)
    return Activity(_lines(page), older)


def whole_activity(viewer: Viewer, sought: Sought) -> tuple[ActivityLine, ...]:
    """All of them, up to `MOST_EXPORTED`. One query."""
    return _lines(list(_narrowed(viewer, sought)[:MOST_EXPORTED]))


_USED: Final = """
SELECT to_char(c.opened_at AT TIME ZONE %(zone)s, 'YYYY-MM'), e.agreement_id,
  CASE WHEN c.organization_id = %(organization)s THEN c.submitter_id END, count(DISTINCT c.id), -sum(e.units)
FROM agreements_ledgerentry e JOIN cases_case c ON c.id = e.case_number
WHERE e.agreement_id = ANY(%(agreements)s) AND e.kind IN ('deduct', 'credit') AND c.opened_at >= %(since)s
GROUP BY 1, 2, 3
HAVING sum(e.units) <> 0
ORDER BY 1, 2, 3
"""


def used(viewer: Viewer, agreement_ids: Collection[int], *, since: datetime) -> tuple[Used, ...]:
    """What was used of agreements of the viewer's organization, by month, agreement and person; nothing for whoever
    does not manage it. `agreement_ids` are those of `agreements.queries.organization`. One query."""
    if not manages(viewer) or not agreement_ids:
        return ()
    asked = {
        "zone": viewer.time_zone or "UTC",
        "organization": viewer.organization_id,
        "agreements": list(agreement_ids),
        "since": since,
    }
    return tuple(Used(*row) for row in execute(_USED, asked).fetchall())


def _narrowed(viewer: Viewer, sought: Sought) -> Any:
    cases: QuerySet[Case] = Case.objects.none()
    if manages(viewer) and viewer.organization_id is not None:
        cases = Case.objects.filter(
            within_reach(viewer), organization_id=viewer.organization_id, is_test=False
        )
    rows = told(cases, viewer, closed=sought.closed)
    number = read_number(sought.words)
    if number is not None:
        rows = rows.filter(pk=number)
    else:
        for word in words_of(sought.words):
            rows = rows.filter(
                Q(submitter__first_name__icontains=word)
                | Q(submitter__last_name__icontains=word)
                | Q(submitter__email__icontains=word)
            )
    for field, value in (
        ("submitter__location_id", sought.location),
        ("submitter_id", sought.person),
        ("agreement_id", sought.agreement),
    ):
        if value is not None:
            rows = rows.filter(**{field: value})
    return rows.values(
        "pk",
        "summary",
        "product_id",
        "status",
        "severity",
        "opened_at",
        "agreement_id",
        "contact",
        "may_open",
        first_name=F("submitter__first_name"),
        last_name=F("submitter__last_name"),
        email=F("submitter__email"),
        location=F("submitter__location__name"),
    )


def _lines(rows: list[dict[str, Any]]) -> tuple[ActivityLine, ...]:
    catalogue = catalog.current()
    return tuple(
        ActivityLine(
            number=row["pk"],
            shown_number=shown_number(row["pk"]),
            summary=row["summary"] if row["may_open"] else "",
            product=catalogue.product_by_id(row["product_id"]).name,
            status=row["status"],
            severity=row["severity"],
            opened_at=row["opened_at"],
            opened_by=submitter_of(row),
            location=row["location"] or "",
            contact=row["contact"] or "",
            agreement_id=row["agreement_id"],
            may_open=row["may_open"],
        )
        for row in rows
    )
