"""What the service centre may issue by hand, and when two of its people are needed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pactdesk.agreements.rules import may_limit_seats
from pactdesk.agreements.rules.corrections import MOST_UNITS
from pactdesk.catalog.rules import Programme
from pactdesk.kernel.decisions import Decision, Reason

MOST_DAYS_AWAY: Final = 366


@dataclass(frozen=True, slots=True)
class WantedAgreement:
    """An agreement to be issued: for an organization, or for one person, who then is its owner. `units` are whole
    incidents or hours; `starts_on` is a day where the benefits are."""

    programme_code: str
    organization_id: int | None
    owner_id: int | None
    units: int
    starts_on: date
    seat_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Somebody:
    """For whom it is to be issued, as far as it matters: whether its owner is one of the organization's people, and
    whether there is anybody who can be mailed the pair."""

    owner_belongs: bool
    can_be_mailed: bool


def may_be_issued(
    wish: WantedAgreement, programme: Programme | None, whose: Somebody, *, today: date
) -> Decision:
    """Can it be issued so? Asked when it is asked for, and again when it is done. `today` is the day where the benefits
    are."""
    refusals = []
    if not may_be_granted(programme):
        refusals.append(Reason("issuance.not-this-programme"))
    if wish.organization_id is None and wish.owner_id is None:
        refusals.append(Reason("issuance.for-nobody"))
    elif not whose.owner_belongs:
        refusals.append(Reason("issuance.owner-elsewhere"))
    elif not whose.can_be_mailed:
        refusals.append(Reason("issuance.nobody-to-mail"))
    if not 1 <= wish.units <= MOST_UNITS:
        refusals.append(Reason("issuance.units-out-of-range", {"most": MOST_UNITS}))
    if abs(wish.starts_on - today) > timedelta(days=MOST_DAYS_AWAY):
        refusals.append(Reason("issuance.too-far-away"))
    refusals += may_limit_seats(wish.seat_limit, taken=0)
    return Decision(tuple(refusals))


def may_be_granted(programme: Programme | None) -> bool:
    """Whether agreements of this programme are issued by hand: counted ones that are named by a pair."""
    return programme is not None and not programme.retired and programme.held_as == "agreement"
