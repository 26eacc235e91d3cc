"""The ledger explained line by line: a page of an agreement's, the whole of it, and that of many (AGR-10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import TruncDate

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.access import agreement_for, programme_of, visible_agreements
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.agreements.queries import named
from pactdesk.agreements.rules import PlanName

PAGE: Final = 50
# So many lines of many agreements are in one file; whoever has more chooses a span of time.
MOST: Final = 20_000
NOBODY: Final = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """What a statement is narrowed to: a kind of entry, the instants from `since` on and before `until`, and the
    account that moved the balance, `NOBODY` for what moved by itself."""

    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    person: int | None = None


EVERYTHING: Final = Sought()


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of the ledger. `units` is signed, `actor` a name ("" for the system); `other` is the organization at
    the other end of a transfer."""

    position: int
    kind: str
    units: int
    balance_after: int
    at: datetime
    actor: str
    case_number: int | None
    note: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of the ledger, newest entry first. `older_than` is the position to ask for next, None on the last page."""

    lines: tuple[StatementLine, ...]
    older_than: int | None


@dataclass(frozen=True, slots=True)
class DayBalance:
    """What was left at the end of a day on which the balance moved; `at` is the instant of its last entry."""

    at: datetime
    balance: int


@dataclass(frozen=True, slots=True)
class LineOfOne:
    """A line of the statement of one agreement among many. `unit` is what it counts."""

    agreement_id: int
    access_id: str
    named: PlanName
    unit: str
    line: StatementLine


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of many agreements, one after the other, each oldest entry first. `is_cut`: there is more than one
    file takes."""

    lines: tuple[LineOfOne, ...]
    is_cut: bool


def statement(
    viewer: Viewer,
    agreement_id: int,
    sought: Sought = EVERYTHING,
    *,
    older_than: int | None = None,
    most: int = PAGE,
) -> Statement:
    """What is sought of the ledger of an agreement, `most` lines on a page. Raises Http404 like `agreement_page`. Four
    queries at most."""
    return statement_of(agreement_for(viewer, agreement_id), sought, older_than=older_than, most=most)


def statement_of(
    agreement: Agreement, sought: Sought = EVERYTHING, *, older_than: int | None = None, most: int = PAGE
) -> Statement:
    """The same of an agreement that somebody may see. Three queries at most."""
    entries = LedgerEntry.objects.filter(_wanted(sought), agreement=agreement).order_by("-position")
    if older_than is not None:
        entries = entries.filter(position__lt=older_than)
    page = list(entries[: most + 1])
    more = len(page) > most
    page = page[:most]
    return Statement(_lines(page), page[-1].position if more else None)


def whole_statement(
    viewer: Viewer, agreement_id: int, sought: Sought = EVERYTHING
) -> tuple[StatementLine, ...]:
    """All that is sought of one ledger, oldest entry first, for an export. Raises Http404 like `agreement_page`. Four
    queries at most."""
    agreement = agreement_for(viewer, agreement_id)
    entries = LedgerEntry.objects.filter(_wanted(sought), agreement=agreement)
    return _lines(list(entries.order_by("position")))


def statements(
    viewer: Viewer, agreement_ids: Collection[int], sought: Sought = EVERYTHING, *, most: int = MOST
) -> Statements:
    """What is sought of the ledgers of these agreements, those of them that the viewer may open; the one that ends
    soonest first, and at most `most` lines in all. Four queries at most."""
    agreements = {
        each.pk: each
        for each in visible_agreements(viewer)
        .filter(pk__in=set(agreement_ids))
        .select_related("organization")
    }
    entries = list(
        LedgerEntry.objects.filter(_wanted(sought), agreement__in=list(agreements)).order_by(
            "agreement__ends_at", "agreement_id", "position"
        )[: most + 1]
    )
    found = entries[:most]
    return Statements(
        tuple(
            _line_of(agreements[entry.agreement_id], line)
            for entry, line in zip(found, _lines(found), strict=True)
        ),
        is_cut=len(entries) > most,
    )


def kinds() -> list[tuple[str, str]]:
    """The kinds of entries, by code and name in the active language."""
    return [(code, str(name)) for code, name in LedgerEntry.Kind.choices]


def people_of(viewer: Viewer, agreement_id: int) -> tuple[tuple[int, str], ...]:
    """Who has moved the balance of an agreement, by account and name, in the order of names: those whom its statement
    names. Raises Http404 like `agreement_page`. Three queries."""
    agreement = agreement_for(viewer, agreement_id)
    entries = LedgerEntry.objects.filter(agreement=agreement, actor__isnull=False)
    names = accounts.names_of(entries.order_by().values_list("actor_id", flat=True).distinct())
    return tuple(sorted(names.items(), key=lambda each: (each[1].casefold(), each[0])))


def balances_by_day(viewer: Viewer, agreement_id: int) -> tuple[DayBalance, ...]:
    """How the balance went, a day at a time in the agreement's zone, oldest first: no more than its term has days.
    Raises Http404 like `agreement_page`. Two queries."""
    agreement = agreement_for(viewer, agreement_id)
    days = (
        LedgerEntry.objects.filter(agreement=agreement)
        .annotate(day=TruncDate("at", tzinfo=ZoneInfo(agreement.time_zone)))
        .order_by("day", "-position")
        .distinct("day")
    )
    return tuple(DayBalance(entry.at, entry.balance_after) for entry in days)


def _wanted(sought: Sought) -> Q:
    wanted = Q()
    if sought.kind:
        wanted &= Q(kind=sought.kind)
    if sought.since is not None:
        wanted &= Q(at__gte=sought.since)
    if sought.until is not None:
        wanted &= Q(at__lt=sought.until)
    if sought.person is not None:
        wanted &= Q(actor=None) if sought.person == NOBODY else Q(actor_id=sought.person)
    return wanted


def _line_of(agreement: Agreement, line: StatementLine) -> LineOfOne:
    unit = programme_of(agreement.programme_id).unit
    return LineOfOne(agreement.pk, agreement.access_id, named(agreement), unit, line)


def _lines(entries: Sequence[LedgerEntry]) -> tuple[StatementLine, ...]:
    names = accounts.names_of(entry.actor_id for entry in entries if entry.actor_id is not None)
    ends = {entry.counterpart_id for entry in entries if entry.counterpart_id is not None}
    others: dict[int, str] = {}
    if ends:
        found = Agreement.objects.filter(pk__in=ends).values_list("pk", "organization__name", "owner__email")
        others = {pk: organization or owner or "" for pk, organization, owner in found}
    return tuple(
        StatementLine(
            position=entry.position,
            kind=entry.kind,
            units=entry.units,
            balance_after=entry.balance_after,
            at=entry.at,
            actor=names.get(entry.actor_id, "") if entry.actor_id is not None else "",
            case_number=entry.case_number,
            note=entry.note,
            other=others.get(entry.counterpart_id, "") if entry.counterpart_id is not None else "",
        )
        for entry in entries
    )
