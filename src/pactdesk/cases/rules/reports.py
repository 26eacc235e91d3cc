"""What reports count, and how it is said: shares only where there is enough to speak of, causes in one order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

# Of fewer nobody learns anything from a percentage.
ENOUGH: Final = 20
# A promise is at risk once less than this share of its time is left; earlier where nobody owns the request.
LEFT_AT_RISK: Final = 0.25
LEFT_AT_RISK_UNOWNED: Final = 0.5


class Cause(StrEnum):
    """What stood in the way of a promise at the moment it was missed."""

    UNOWNED = "unowned"
    TRANSFERRED = "transferred"
    OFF_SHIFT = "off-shift"
    OWNED = "owned"


def cause_of(*, owned: bool, transferred: bool, on_shift: bool) -> Cause:
    """The cause of a missed promise: the first that applies, from what explains most to what explains least.

    `owned`: somebody owned the request when it was due. `transferred`: it moved to another team while its time ran.
    `on_shift`: whoever owned it was at work when it was due.
    """
    if not owned:
        return Cause.TRANSFERRED if transferred else Cause.UNOWNED
    if not on_shift:
        return Cause.OFF_SHIFT
    return Cause.TRANSFERRED if transferred else Cause.OWNED


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises of one kind were kept, of all that were decided: answered, or due without an answer."""

    kept: int
    decided: int

    @property
    def percent(self) -> int | None:
        """The share in whole percent, rounded down so that 100 means all; None where too few were decided."""
        return self.kept * 100 // self.decided if self.decided >= ENOUGH else None


def together(parts: Iterable[Kept]) -> Kept:
    """All parts as one."""
    found = list(parts)
    return Kept(sum(each.kept for each in found), sum(each.decided for each in found))


@dataclass(frozen=True, slots=True)
class Week:
    """What came in and was closed in the week that begins on `monday`, and how many stood open at its end."""

    monday: date
    opened: int
    closed: int
    open_at_end: int


def mondays(until: date, weeks: int) -> tuple[date, ...]:
    """The Mondays of the last `weeks` weeks, oldest first; the last one is that of the week of `until`."""
    last = until - timedelta(days=until.weekday())
    return tuple(last - timedelta(weeks=back) for back in reversed(range(weeks)))


def flow(
    weeks: Iterable[date], opened: dict[date, int], closed: dict[date, int], *, open_now: int
) -> tuple[Week, ...]:
    """Week by week from `open_now` backwards: what stood open before a week is what stands open after it, less what
    came, and more by what went."""
    found, standing = [], open_now
    for monday in sorted(weeks, reverse=True):
        came, went = opened.get(monday, 0), closed.get(monday, 0)
        found.append(Week(monday, came, went, standing))
        standing += went - came
    return tuple(reversed(found))
