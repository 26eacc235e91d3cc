"""The time that was spent on requests of advice, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries as agreements
from pactdesk.agreements.access import programme_of
from pactdesk.cases.access import contacts_of, desk_case
from pactdesk.cases.models import AdvisoryTime, Case
from pactdesk.cases.rules.advice import cost, reopening_takes_more
from pactdesk.cases.rules.outcomes import taken_again
from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import ALLOWED, Decision


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Some time that a consultant wrote. `is_mine`: the viewer did."""

    id: int
    number: int
    day: date
    minutes: int
    note: str
    consultant: str
    is_mine: bool
    written_at: datetime


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """A request of advice at the desk: what was written, in all, of what is deducted. `takes_advice` is False where
    another unit, or nothing, pays for it. `left` may still be deducted, with what may be drawn in advance."""

    lines: tuple[TimeLine, ...]
    spent: int
    charged: int
    left: int
    takes_advice: bool


def hour_of(case: Case) -> int:
    """How many minutes are one unit of what pays for the request; 0 where that counts no hours, or is not counted.
    Its agreement should have come with it."""
    if case.agreement is None or case.is_test:
        return 0
    programme = programme_of(case.agreement.programme_id)
    return programme.whole if programme.counted_unit and programme.whole > 1 else 0


def spent_on(case: Case) -> int:
    """The minutes that were written on a request. One query."""
    found = AdvisoryTime.objects.filter(case=case, removed_at=None).aggregate(total=Sum("minutes"))
    return found["total"] or 0


def taken_by_reopening(case: Case) -> int:
    """How many units reopening the request takes now, of advice minutes. Its agreement should have come with it. One
    query at most."""
    if case.status != CLOSED:
        return 0
    hour = hour_of(case)
    return taken_again(
        status=case.status,
        charge_count=case.charge_count,
        charged=case.charged_units,
        due=cost(reserved=hour, spent=spent_on(case)) if hour else 1,
    )


def may_be_taken(case: Case, units: int, *, at: datetime) -> Decision:
    """Whether what pays for the request can pay `units` more at `at` for reopening it, of advice minutes. Its agreement
    should have come with it. One query at most."""
    if case.agreement is None:
        return ALLOWED
    if not hour_of(case):
        return agreements.standing_of(case.agreement.pk, at=at)
    decision = agreements.standing_of(case.agreement.pk, at=at, whatever_is_left=True)
    if units > case.agreement.units_left + case.agreement.overdraft:
        return Decision((*decision, reopening_takes_more(units)))
    return decision


def advice_page(viewer: Viewer, number: int | None) -> AdvicePage:
    """The time of a request for an engineer who sees it. Raises Http404. Three queries."""
    case = desk_case(viewer, number, along=("agreement",))
    lines = _lines(AdvisoryTime.objects.filter(case=case, removed_at=None).order_by("day", "pk"), viewer)
    return AdvicePage(
        lines=lines,
        spent=sum(line.minutes for line in lines),
        charged=case.charged_units,
        left=max(case.agreement.units_left + case.agreement.overdraft, 0) if case.agreement else 0,
        takes_advice=bool(hour_of(case)),
    )


def times_told(viewer: Viewer, numbers: Iterable[int]) -> dict[int, tuple[TimeLine, ...]]:
    """What was written on those of the requests of which the viewer is a contact, by their numbers. Three queries."""
    mine = contacts_of(viewer).filter(case_id__in=set(numbers)).values_list("case_id", flat=True)
    told: dict[int, list[TimeLine]] = {}
    times = AdvisoryTime.objects.filter(case_id__in=list(mine), removed_at=None).order_by("day", "pk")
    for line in _lines(times, viewer):
        told.setdefault(line.number, []).append(line)
    return {number: tuple(lines) for number, lines in told.items()}


def _lines(times: Iterable[AdvisoryTime], viewer: Viewer) -> tuple[TimeLine, ...]:
    rows = list(times)
    names = accounts.names_of(row.consultant_id for row in rows)
    return tuple(
        TimeLine(
            id=row.pk,
            number=row.case_id,
            day=row.day,
            minutes=row.minutes,
            note=row.note,
            consultant=names.get(row.consultant_id, ""),
            is_mine=row.consultant_id == viewer.account_id,
            written_at=row.written_at,
        )
        for row in rows
    )
