"""Terms in the partner network, and competencies of locations (BEN-2, BEN-3). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pactdesk.kernel.decisions import Decision, Reason

LEVELS: Final = ("gold", "silver", "action-pack")
# A term is a year in practice.
LONGEST: Final = timedelta(days=3 * 366)
FARTHEST: Final = timedelta(days=366)
# Terms at one level begin at least ten months apart.
LEAST_APART: Final = timedelta(days=300)


@dataclass(frozen=True, slots=True)
class Term:
    """A term at a level: from the day of the renewal through its last day."""

    level: str
    renewed_on: date
    ends_on: date


def last_day_of(renewed_on: date) -> date:
    """The last day of a term of a year: that of a renewal on 20 November is 19 November of the next year."""
    try:
        return renewed_on.replace(year=renewed_on.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(renewed_on.year + 1, 2, 28)


def may_enrol(term: Term, others: tuple[Term, ...], *, today: date) -> Decision:
    """Can an organization with these `others` be enrolled for one more term?

    A term that was ended earlier is not entered anew: what it has brought would be brought twice. One that has not
    begun has brought nothing.
    """
    refusals = []
    if term.ends_on <= term.renewed_on:
        refusals.append(Reason("enrolment.ends-before-it-begins"))
    elif term.ends_on - term.renewed_on > LONGEST:
        refusals.append(Reason("enrolment.too-long"))
    if abs(term.renewed_on - today) > FARTHEST:
        refusals.append(Reason("enrolment.too-far-away"))
    if any(
        other.level == term.level and other.renewed_on <= term.ends_on and term.renewed_on <= other.ends_on
        for other in others
    ):
        refusals.append(Reason("enrolment.overlaps"))
    elif any(
        other.level == term.level
        and other.renewed_on <= today
        and abs(term.renewed_on - other.renewed_on) < LEAST_APART
        for other in others
    ):
        refusals.append(Reason("enrolment.anew"))
    return Decision(tuple(refusals))


def may_end(term: Term, *, last_day: date) -> Decision:
    """Can a term end with `last_day`, earlier than it would?"""
    if not term.renewed_on < last_day < term.ends_on:
        params = {"from_on": (term.renewed_on + timedelta(days=1)).isoformat()}
        params["to_on"] = (term.ends_on - timedelta(days=1)).isoformat()
        return Decision((Reason("enrolment.not-within", params),))
    return Decision()
