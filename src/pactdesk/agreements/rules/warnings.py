"""When whoever answers for an agreement is warned that it runs low, or that its benefits end soon (AGR-2, AGR-10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_SHARE: Final = re.compile(r"([1-9][0-9]?)%")
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_DAYS: Final = "d"


@dataclass(frozen=True, slots=True)
class Steps:
    """At which steps people are warned, as the operator chose them: when at most so many percent of what was granted
    are left (`shares`), when at most so many units are left (`units`: incidents or hours), and when at most so many
    days remain (`days`)."""

    shares: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    days: tuple[int, ...] = ()


def read_steps(balance: str, end: str) -> Steps:
    """The steps as they are written in settings: "20%,1" and "60,30,7". Raises ValueError for anything else."""
    shares, units, days = set(), set(), set()
    for part in _parts(balance):
        if (share := _SHARE.fullmatch(part)) is not None:
            shares.add(int(share[1]))
        elif _NUMBER.fullmatch(part):
            units.add(int(part))
        else:
            raise ValueError(f"{part!r} is neither a share such as 20% nor a number of units such as 1")
    for part in _parts(end):
        if not _NUMBER.fullmatch(part) or not int(part):
            raise ValueError(f"{part!r} is no number of days")
        days.add(int(part))
    return Steps(tuple(sorted(shares)), tuple(sorted(units)), tuple(sorted(days)))


@dataclass(frozen=True, slots=True)
class Count:
    """How an agreement stands: `left` of `granted`, and how much of that is one incident or one hour (`whole`)."""

    left: int
    granted: int
    whole: int = 1


def balance_steps(count: Count, steps: Steps) -> tuple[str, ...]:
    """The codes of the steps that the balance has reached, the one that was reached last first: ("1", "20%").

    A share is at least one whole unit. What was never above a step has not come down to it: of a single incident
    nobody is told that it is the last one.
    """
    levels = [(number * count.whole, str(number)) for number in steps.units]
    levels += [(max(count.granted * share // 100, count.whole), f"{share}%") for share in steps.shares]
    reached = [(level, code) for level, code in levels if count.left <= level < count.granted]
    return tuple(code for _level, code in sorted(reached))


def end_steps(starts_at: datetime, ends_at: datetime, steps: Steps, *, at: datetime) -> tuple[str, ...]:
    """The codes of the steps before the end that are reached at `at`, the one that was reached last first: ("7d",
    "30d"). Nobody is told at the very start of a short term that it ends soon."""
    if not starts_at <= at < ends_at:
        return ()
    return tuple(
        f"{days}{_DAYS}"
        for days in steps.days
        if ends_at - timedelta(days=days) <= at and ends_at - starts_at > timedelta(days=days)
    )


def is_end_step(code: str) -> bool:
    """Whether a step is one before the end, and not one of the balance."""
    return code.endswith(_DAYS)


def _parts(text: str) -> Iterable[str]:
    return (part for part in (each.strip() for each in text.split(",")) if part)
