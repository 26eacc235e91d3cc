"""What the service centre may issue by hand, and when two of its people are needed. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from pactdesk.agreements.rules import may_limit_seats
from pactdesk.agreements.rules.corrections import MOST_UNITS
from pactdesk.catalog.rules import Programme
from pactdesk.kernel.decisions import Decision, Reason

MOST_DAYS_AWAY: Final = 366


@dataclass(frozen=True, slots=True)
class WantedAgreement:
    """An agreement to be issued: for an organization, or for one person, who then is its owner. `units` are whole
    incidents or hours, 0 for a membership; `starts_on` is a day where the benefits are."""

    programme_code: str
    organization_id: int | None
    owner_id: int | None
    units: int
    starts_on: date
    seat_limit: int | None = None


@dataclass(frozen=True, slots=True)
class WantedActivation:
    """What a term in the partner network brings an organization, to be activated: on request for its headquarters
    (BEN-2), or as a kit for the location with the primary key `location_id` (BEN-3)."""

    programme_code: str
    organization_id: int
    location_id: int | None = None

    @property
    def how(self) -> Literal["on-request", "kit"]:
        """How a programme that is activated so is marked in the catalogue."""
        return "on-request" if self.location_id is None else "kit"


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
    if programme is None or not may_be_granted(programme):
        refusals.append(Reason("issuance.not-this-programme"))
    if programme is not None and is_membership(programme):
        if wish.organization_id is None:
            refusals.append(Reason("issuance.members-are-organizations"))
        elif wish.owner_id is not None or wish.seat_limit is not None or wish.units:
            refusals.append(Reason("issuance.membership-has-none"))
    else:
        refusals += _refusals_of_a_pair(wish, whose)
    if abs(wish.starts_on - today) > timedelta(days=MOST_DAYS_AWAY):
        refusals.append(Reason("issuance.too-far-away"))
    return Decision(tuple(refusals))


def _refusals_of_a_pair(wish: WantedAgreement, whose: Somebody) -> Iterator[Reason]:
    if wish.organization_id is None and wish.owner_id is None:
        yield Reason("issuance.for-nobody")
    elif not whose.owner_belongs:
        yield Reason("issuance.owner-elsewhere")
    elif not whose.can_be_mailed:
        yield Reason("issuance.nobody-to-mail")
    if not 1 <= wish.units <= MOST_UNITS:
        yield Reason("issuance.units-out-of-range", {"most": MOST_UNITS})
    yield from may_limit_seats(wish.seat_limit, taken=0)


def may_be_granted(programme: Programme) -> bool:
    """Whether agreements of this programme are issued by hand: those named by a pair, and memberships."""
    return not programme.retired and programme.held_as != "purchase"


def is_membership(programme: Programme) -> bool:
    """Whether an organization is a member of the programme: without a pair, and nothing is counted."""
    return programme.held_as == "membership"


def needs_two_to_issue(programme: Programme, *, is_much: bool) -> bool:
    """Whether one person does not issue it alone. What is not counted has no end, so it is always much."""
    return is_much or programme.quantity is None
