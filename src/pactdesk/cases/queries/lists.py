"""Lists of requests for their contacts (REQ-1), each with a fixed number of queries, whatever is in the tables.

The places of a person are read first, in the order of their index, and then the requests by their keys. What narrows a
list stands in the requests, so a narrowed list looks through so many places at a time and says where it has come to:
else a person with very many requests would wait until all of them were looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import contacts_of
from pactdesk.cases.models import Case, Contact
from pactdesk.cases.queries.requests import RequestLine
from pactdesk.cases.queries.search import matching_places
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.rules.status import ASSIGNED, IN_PROGRESS, NEW, RESOLVED, WAITING
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.places import Place

PAGE: Final = 50
# How many requests a narrowed list looks through for one page, and how many stand on the home page's horizon.
WINDOW: Final = 1000
HORIZON: Final = 300
MOST_EXPORTED: Final = 5_000

# Whose turn it is, as contacts filter by it.
GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "yours": frozenset({WAITING}),
    "ours": frozenset({NEW, ASSIGNED, IN_PROGRESS}),
    "solved": frozenset({RESOLVED}),
}


@dataclass(frozen=True, slots=True)
class Sought:
    """Which requests are asked for; what is "" narrows nothing.

    `words` have all to be found, or are a number; `language` is the one in which they are asked for. `group` is one of
    `GROUPS` and narrows open requests only, `product` is a code, `role` that of the viewer.
    """

    closed: bool = False
    words: str = ""
    group: str = ""
    severity: str = ""
    product: str = ""
    role: str = ""
    language: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether the requests themselves have to be looked at."""
        return bool((self.group and not self.closed) or self.severity or self.product or self.role)


@dataclass(frozen=True, slots=True)
class RequestList:
    """A page of requests, what changed last first. `older_than` is what to ask for next, None on the last page."""

    lines: tuple[RequestLine, ...]
    older_than: Place | None


@dataclass(frozen=True, slots=True)
class HomeLists:
    """The requests that wait for the viewer, and the open ones that changed last."""

    waiting: tuple[RequestLine, ...]
    recent: tuple[RequestLine, ...]


_Row = tuple[int, str, datetime, datetime | None]


def request_list(viewer: Viewer, sought: Sought, *, older_than: Place | None = None) -> RequestList:
    """A page of the viewer's requests. Two queries.

    A narrowed page may be shorter than others, even empty, and still not be the last: so many requests were looked
    through for it.
    """
    most = WINDOW if sought.is_narrowed else PAGE
    rows = _rows(_sorted(_places(viewer, sought), older_than), most + 1)
    lines = _lines(rows[:most], _conditions(sought), sought.role)
    if len(lines) > PAGE:
        last = lines[PAGE - 1]
        return RequestList(tuple(lines[:PAGE]), Place(last.changed_at, last.number))
    more = len(rows) > most
    return RequestList(tuple(lines), Place(rows[most - 1][2], rows[most - 1][0]) if more else None)


def whole_list(viewer: Viewer, sought: Sought) -> Iterator[RequestLine]:
    """All of them, up to `MOST_EXPORTED`, for an export. Two queries for each thousand that are looked through."""
    older_than, told, looked = None, 0, 0
    while looked < MOST_EXPORTED * 2:
        rows = _rows(_sorted(_places(viewer, sought), older_than), WINDOW)
        for line in _lines(rows, _conditions(sought), sought.role):
            yield line
            told += 1
            if told == MOST_EXPORTED:
                return
        if len(rows) < WINDOW:
            return
        looked += len(rows)
        older_than = Place(rows[-1][2], rows[-1][0])


def home_lists(viewer: Viewer, *, most: int) -> HomeLists:
    """At most so many of each, out of the `HORIZON` open requests that changed last. Two queries."""
    rows = _rows(_sorted(_places(viewer, Sought()), None), HORIZON)
    recent = {number for number, *_rest in rows[:most]}
    lines = _lines(rows, Q(status=WAITING) | Q(pk__in=recent), "")
    return HomeLists(
        waiting=tuple([line for line in lines if line.status == WAITING][:most]),
        recent=tuple(line for line in lines if line.number in recent),
    )


def _places(viewer: Viewer, sought: Sought) -> QuerySet[Contact]:
    places = contacts_of(viewer).filter(is_open=not sought.closed)
    if not sought.words:
        return places
    found = matching_places(places, sought.words, language=sought.language)
    number = read_number(sought.words)
    if number is None:
        return found
    # A request that was sent a moment ago has no words yet.
    return places.filter(Q(case_id=number) | Q(pk__in=found.values("pk")))


def _sorted(places: QuerySet[Contact], older_than: Place | None) -> QuerySet[Contact]:
    if older_than is not None:
        # One comparison of both, as the index is sorted; the first alone is what the planner can start from.
        places = places.filter(changed_at__lte=older_than.at).exclude(
            changed_at=older_than.at, case_id__gte=older_than.id
        )
    return places.order_by("-changed_at", "-case_id")


def _rows(places: QuerySet[Contact], most: int) -> list[_Row]:
    return list(places.values_list("case_id", "role", "changed_at", "seen_at")[:most])


def _conditions(sought: Sought) -> Q:
    conditions = Q()
    if sought.group and not sought.closed:
        conditions &= Q(status__in=GROUPS[sought.group])
    if sought.severity:
        conditions &= Q(severity=sought.severity)
    if sought.product:
        conditions &= Q(product__code=sought.product)
    return conditions


def _lines(rows: list[_Row], conditions: Q, role: str) -> list[RequestLine]:
    """The requests of these places that fulfil the conditions, in the same order. One query."""
    wanted = [row for row in rows if role in {"", row[1]}]
    # Plain values: building model instances costs more than fetching the rows.
    found = {
        case["pk"]: case
        for case in Case.objects.filter(conditions, pk__in=[row[0] for row in wanted]).values(
            "pk",
            "summary",
            "status",
            "severity",
            "hours",
            "opened_at",
            "first_response_at",
            "first_response_due_at",
            "due_at",
            "product_id",
        )
    }
    return [_line(row, found[row[0]]) for row in wanted if row[0] in found]


def _line(row: _Row, case: Mapping[str, Any]) -> RequestLine:
    number, role, changed_at, seen_at = row
    return RequestLine(
        number=number,
        shown_number=shown_number(number),
        summary=case["summary"],
        status=case["status"],
        severity=case["severity"],
        hours=case["hours"],
        opened_at=case["opened_at"],
        first_response_at=case["first_response_at"],
        first_response_due_at=case["first_response_due_at"],
        due_at=case["due_at"],
        product=catalog.current().product_by_id(case["product_id"]).name,
        role=role,
        changed_at=changed_at,
        is_new=changed_at > (seen_at or case["opened_at"]),
    )
