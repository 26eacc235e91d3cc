"""What renewal carries from an agreement to the one that follows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Carried:
    """`moved` units go to the new agreement; or `settled` come back from it for what was drawn in advance."""

    moved: int = 0
    settled: int = 0


def not_again_within(length_months: int) -> timedelta:
    """How long after a programme of that length was activated no other term activates it again: two months less than
    its length, so that a term that was ended and entered anew brings nothing, and a renewal in time is not held up."""
    return timedelta(days=30 * max(length_months - 2, 1))


def carried(*, left: int, fresh: int, most: int | None, ended: bool, alike: bool) -> Carried:
    """What becomes of the `left` units of an agreement when another one with `fresh` units follows it.

    What was drawn in advance is settled out of what is fresh, as far as that goes, whatever the programme says. Of what
    is left `most` are carried over (None: all), but nothing of what has `ended`, or of what is not `alike`: hours are
    no incidents.
    """
    if not alike:
        return Carried()
    if left < 0:
        return Carried(settled=max(min(-left, fresh), 0))
    if ended:
        return Carried()
    return Carried(moved=left if most is None else min(left, most))
