"""What the service centre may correct on an agreement, and for what two of its people are needed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pactdesk.kernel.decisions import Decision, Reason

Kind = Literal["add", "adjust", "extend"]
KINDS: Final[tuple[Kind, ...]] = ("add", "adjust", "extend")
MOST_UNITS: Final = 1_000_000
MOST_YEARS: Final = 10


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be corrected: whole incidents or hours that come on top (`add`), a signed number of them (`adjust`),
    or the first UTC instant after the benefits (`extend`)."""

    kind: Kind
    units: int | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the agreement stands when it is judged. `bought`: somebody paid for it, and money is the purchase's."""

    units_left: int
    counted: bool
    starts_at: datetime
    ends_at: datetime
    is_part: bool = False
    bought: bool = False


def may_be_corrected(change: Change, standing: Standing, *, at: datetime) -> Decision:
    """Can the agreement be corrected so? Asked when it is asked for, and again when it is done."""
    if change.kind == "extend":
        return _may_be_extended(change.ends_at, standing, at)
    units = change.units or 0
    refusals = []
    if not standing.counted:
        refusals.append(Reason("correction.not-counted"))
    if standing.bought and (change.kind == "add" or units > 0):
        refusals.append(Reason("correction.bought"))
    if (change.kind == "add" and not 1 <= units <= MOST_UNITS) or not units or abs(units) > MOST_UNITS:
        refusals.append(Reason("correction.units-out-of-range", {"most": MOST_UNITS}))
    elif units < 0 and standing.units_left + units < 0:
        refusals.append(Reason("correction.below-nothing", {"left": standing.units_left}))
    if at >= standing.ends_at:
        refusals.append(Reason("correction.ended"))
    return Decision(tuple(refusals))


def _may_be_extended(ends_at: datetime | None, standing: Standing, at: datetime) -> Decision:
    if standing.is_part:
        return Decision((Reason("correction.ends-with-its-origin"),))
    if ends_at is None or ends_at <= standing.ends_at or ends_at <= at:
        return Decision((Reason("correction.not-later"),))
    if ends_at > at + timedelta(days=366 * MOST_YEARS):
        return Decision((Reason("correction.too-far", {"years": MOST_YEARS}),))
    return Decision()


def is_far_for_one(change: Change, standing: Standing, *, days: int, extended: bool) -> bool:
    """Whether the benefits are extended by more than the `days` by which one person does so alone. `extended`: the same
    person has extended them alone lately; that counts together."""
    assert change.ends_at is not None
    an_hour_of_clock_change = timedelta(hours=1)
    return extended or change.ends_at - standing.ends_at > timedelta(days=days) + an_hour_of_clock_change


def is_much_for_one(units: int, *, done: int, most: int) -> bool:
    """Whether so many units are more than one person moves alone, who has moved `done` alone lately. Many small
    corrections would do what one large one may not."""
    return done + units > most


def may_decide(
    *, asked_by: int, decider: int, approves: bool, is_open: bool, benefits: bool = False
) -> Decision:
    """May this person say yes or no? Whoever asked may only take it back, and whom it `benefits` never says yes."""
    if not is_open:
        return Decision((Reason("correction.decided-already"),))
    if approves and asked_by == decider:
        return Decision((Reason("correction.own"),))
    if approves and benefits:
        return Decision((Reason("correction.for-oneself"),))
    return Decision()
