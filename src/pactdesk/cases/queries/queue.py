"""The queue of the desk: what the teams of an engineer have to do, in views, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import programme_of
from pactdesk.cases.access import desk_cases
from pactdesk.cases.models import Case
from pactdesk.cases.queries.search import matching_cases
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.rules.queues import TEAM, VIEWS, WAITING_ON, View, Whose
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import NotInCatalogue
from pactdesk.kernel.database import execute

PAGE: Final = 40
# Where counting stops: nobody needs to know how many more than that there are.
MOST_COUNTED: Final = 99


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests are asked for: a view, and what narrows it ("" and None narrow nothing).

    `team` is one of the viewer's teams, None for all of them; another one's is as good as none. `owner` is an account,
    `programme` a code, `waiting_on` "us" or "requester". Of `words` all have to be found.
    """

    view: View = TEAM
    team: int | None = None
    severity: str = ""
    waiting_on: str = ""
    programme: str = ""
    language: str = ""
    owner: int | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is set beside view and team."""
        return bool(
            self.severity or self.waiting_on or self.programme or self.language or self.owner is not None
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ends: its last request, by what it is sorted by. `due_at` is None where the view is not
    sorted by it, or nothing is owed."""

    due_at: datetime | None
    changed_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A request in the queue. Instants are UTC; `customer` is the organization or, without one, who sent it;
    `programme` and `product` are worded, `programme` is None where nothing pays."""

    number: int
    shown_number: str
    summary: str
    status: str
    severity: str
    hours: str
    language: str
    customer: str
    product: Mapping[str, str]
    programme: Mapping[str, str] | None
    team_id: int | None
    owner_id: int | None
    owner_name: str
    outcome: str
    revision: int
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    first_response_at: datetime | None
    first_response_due_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue. `after` is what to ask for next, None on the last page."""

    lines: tuple[QueueLine, ...] = ()
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many requests stand in each view, by its code, up to `MOST_COUNTED` and one more for "more"."""

    by_view: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, view: str) -> int:
        return self.by_view.get(view, 0)


def queue(viewer: Viewer, asked: Asked, *, after: Place | None = None, most: int = PAGE) -> Queue:
    """A page of a view, sorted by what is due and then by what changed last, or by the latter alone. Two queries.

    Every branch of the first is read from one index in the order of the page, so it costs the same at any depth and
    however long the queue is.
    """
    if not viewer.works_at_desk:
        return Queue()
    order = ("due_at", "-changed_at", "-pk") if asked.view.by_due else ("-changed_at", "-pk")
    branches = [
        segment.order_by(*order).values_list("pk", "due_at", "changed_at")[: most + 1]
        for scope in _scopes(viewer, asked)
        for segment in _segments(scope, asked.view, after)
    ]
    if not branches:
        return Queue()
    found = branches[0]
    if len(branches) > 1:
        found = found.union(*branches[1:], all=True).order_by(
            "due_at" if asked.view.by_due else "-changed_at", *order[1:]
        )
    rows = list(found[: most + 1])
    last = rows[most - 1] if len(rows) > most else None
    return Queue(
        lines=_lines([number for number, _due, _changed in rows[:most]]),
        after=Place(last[1] if asked.view.by_due else None, last[2], last[0]) if last else None,
    )


def _count(view: View) -> str:
    whose = {
        Whose.MINE: "owner_id = %(mine)s AND (NOT %(one_team)s OR team_id = ANY(%(teams)s))",
        Whose.NOBODYS: "owner_id IS NULL AND team_id = ANY(%(teams)s)",
        Whose.TEAMS: "team_id = ANY(%(teams)s)",
    }
    statuses = ", ".join(f"'{status}'" for status in view.statuses)
    # Statuses are written out, because the indexes name them.
    return (
        f"(SELECT '{view.code}' AS view FROM cases_case "  # noqa: S608 - our own constants
        f"WHERE NOT is_test AND status IN ({statuses}) AND {whose[view.whose]} LIMIT {MOST_COUNTED + 1})"
    )


_COUNTS = (
    f"SELECT view, count(*) FROM ({' UNION ALL '.join(map(_count, VIEWS.values()))}) AS each_one "  # noqa: S608
    "GROUP BY view"
)


def counts(viewer: Viewer, *, team: int | None = None) -> Counts:
    """How much stands in each view, for all of the viewer's teams or one of them. One query."""
    teams = _teams(viewer, team)
    if not teams:
        return Counts()
    asked = {"mine": viewer.account_id, "teams": teams, "one_team": team is not None}
    return Counts(dict(execute(_COUNTS, asked).fetchall()))


def lines_of(viewer: Viewer, numbers: Iterable[int]) -> dict[int, QueueLine]:
    """The requests with these numbers, as far as they stand at the viewer's desk. One query."""
    rows = _as_rows(desk_cases(viewer).filter(pk__in=set(numbers)))
    return {row["pk"]: _line(row) for row in rows}


def changed_since(viewer: Viewer, asked: Asked, since: datetime) -> int:
    """How many requests of a view have changed, or come into it, after `since`; bounded like `counts`. One query."""
    if not viewer.works_at_desk:
        return 0
    scope = _narrowed(viewer, asked)
    if asked.view.whose is not Whose.MINE:
        scope = scope.filter(team_id__in=_teams(viewer, asked.team))
    return scope.filter(changed_at__gt=since)[: MOST_COUNTED + 1].count()


def _teams(viewer: Viewer, team: int | None) -> list[int]:
    """The viewer's teams that are meant. One of somebody else's is none."""
    return sorted(viewer.teams if team is None else viewer.teams & {team})


def _scopes(viewer: Viewer, asked: Asked) -> list[QuerySet[Case]]:
    """What stands in the view, in parts that each begin at one place of an index: a team, or an owner."""
    cases = _narrowed(viewer, asked)
    if asked.view.whose is Whose.MINE:
        return [cases]
    teams = _teams(viewer, asked.team)
    scopes = [cases.filter(team_id=team) for team in teams]
    if asked.view.whose is Whose.ALL and asked.team is None:
        scopes.append(cases.filter(owner_id=viewer.account_id).exclude(team_id__in=teams))
    return scopes


def _narrowed(viewer: Viewer, asked: Asked) -> QuerySet[Case]:
    """What the filters leave: of the viewer's own where the view shows these, else of any team's, to be cut down."""
    cases = Case.objects.filter(is_test=False, status__in=asked.view.statuses)
    if asked.severity:
        cases = cases.filter(severity=asked.severity)
    if asked.waiting_on:
        cases = cases.filter(status__in=WAITING_ON[asked.waiting_on])
    if asked.programme:
        cases = cases.filter(agreement__programme_id__in=_programme_ids(asked.programme))
    if asked.language:
        cases = cases.filter(language=asked.language)
    if asked.owner is not None:
        cases = cases.filter(owner_id=asked.owner)
    if asked.words:
        cases = matching_cases(cases, asked.words, language=viewer.language)
    if asked.view.whose is Whose.NOBODYS:
        cases = cases.filter(owner__isnull=True)
    elif asked.view.whose is Whose.MINE:
        # What somebody owns stays theirs, whatever team it stands with.
        cases = cases.filter(owner_id=viewer.account_id)
        cases = cases if asked.team is None else cases.filter(team_id=asked.team)
    return cases


def _segments(scope: QuerySet[Case], view: View, after: Place | None) -> list[QuerySet[Case]]:
    """What of the scope comes behind `after`, in parts that each are one range of an index."""
    if not view.by_due:
        return [scope if after is None else _changed_behind(scope, after)]
    owed, not_owed = scope.filter(due_at__isnull=False), scope.filter(due_at__isnull=True)
    if after is None:
        return [owed, not_owed]
    if after.due_at is None:
        return [_changed_behind(not_owed, after)]
    later = owed.filter(due_at__gte=after.due_at).exclude(
        Q(due_at=after.due_at)
        & (Q(changed_at__gt=after.changed_at) | Q(changed_at=after.changed_at, pk__gte=after.number))
    )
    return [later, not_owed]


def _changed_behind(scope: QuerySet[Case], after: Place) -> QuerySet[Case]:
    # The first comparison is what the planner can start from.
    return scope.filter(changed_at__lte=after.changed_at).exclude(
        changed_at=after.changed_at, pk__gte=after.number
    )


def _programme_ids(code: str) -> list[int]:
    try:
        return [catalog.current().programme(code).id]
    except NotInCatalogue:
        return []


def _lines(numbers: list[int]) -> tuple[QueueLine, ...]:
    """The requests with these numbers, in this order. One query."""
    rows = {row["pk"]: row for row in _as_rows(Case.objects.filter(pk__in=numbers))} if numbers else {}
    return tuple(_line(rows[number]) for number in numbers if number in rows)


def _as_rows(cases: QuerySet[Case]) -> Iterable[Mapping[str, Any]]:
    # Plain values: building model instances costs more than fetching the rows.
    return cases.values(
        "pk",
        "summary",
        "status",
        "severity",
        "hours",
        "language",
        "product_id",
        "team_id",
        "owner_id",
        "outcome",
        "revision",
        "opened_at",
        "changed_at",
        "due_at",
        "first_response_at",
        "first_response_due_at",
        "agreement__programme_id",
        "organization__name",
        "submitter__first_name",
        "submitter__last_name",
        "owner__first_name",
        "owner__last_name",
        "owner__email",
    )


def _line(row: Mapping[str, Any]) -> QueueLine:
    programme = row["agreement__programme_id"]
    return QueueLine(
        number=row["pk"],
        shown_number=shown_number(row["pk"]),
        summary=row["summary"],
        status=row["status"],
        severity=row["severity"],
        hours=row["hours"],
        language=row["language"],
        customer=row["organization__name"]
        or f"{row['submitter__first_name']} {row['submitter__last_name']}".strip(),
        product=catalog.current().product_by_id(row["product_id"]).name,
        programme=programme_of(programme).name if programme is not None else None,
        team_id=row["team_id"],
        owner_id=row["owner_id"],
        owner_name=f"{row['owner__first_name'] or ''} {row['owner__last_name'] or ''}".strip()
        or row["owner__email"]
        or "",
        outcome=row["outcome"],
        revision=row["revision"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        due_at=row["due_at"],
        first_response_at=row["first_response_at"],
        first_response_due_at=row["first_response_due_at"],
    )
